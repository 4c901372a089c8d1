package dev.srun.process;

import dev.srun.Config;
import dev.srun.Context;
import dev.srun.Health;
import dev.srun.HealthChecked;
import dev.srun.ListeningSocket;
import dev.srun.Registrar;
import dev.srun.Service;
import dev.srun.Srun;
import dev.srun.WarmedUp;
import dev.srun.http.HttpListener;
import dev.srun.http.SampleRequest;
import io.opentelemetry.api.metrics.ObservableDoubleMeasurement;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;

/**
 * A program with code of its own in every place where srun calls some, each of which says once in
 * what surroundings it was called. Its main thread has unusual ones.
 */
final class UserCode {

  private static final InheritableThreadLocal<String> INHERITED = new InheritableThreadLocal<>();
  private static final Set<String> TOLD = ConcurrentHashMap.newKeySet();

  private UserCode() {}

  @SuppressWarnings("ThreadPriorityCheck") // to see that nobody inherits it
  public static void main(String[] args) {
    Thread self = Thread.currentThread();
    self.setContextClassLoader(
        new URLClassLoader("the-programs", new URL[0], UserCode.class.getClassLoader()));
    self.setPriority(Thread.MAX_PRIORITY);
    INHERITED.set("the main thread's");
    Srun.runOrExit(Config.named("code"), UserCode::setUp);
  }

  /** Says where the calling thread is, and its surroundings. */
  private static void at(String place) {
    Thread self = Thread.currentThread();
    if (TOLD.add(place)) {
      System.out.println(
          "at "
              + place
              + ": "
              + self.getContextClassLoader().getName()
              + ", priority "
              + self.getPriority()
              + ", inherited "
              + INHERITED.get());
    }
  }

  private static void setUp(Registrar app) {
    at("Setup.register");
    app.own(() -> at("AutoCloseable.close of the program"));
    app.onStateChange(change -> at("StateListener.changed"));
    app.judgeHealth(program -> {
      at("HealthFunction.judge of health");
      return Health.healthy();
    });
    app.judgeReadiness(program -> {
      at("HealthFunction.judge of readiness");
      return Health.healthy();
    });
    app.init("once", ctx -> at("Task.run of init"));
    app.service("virtual", new Everything());
    app.service("platform", new OnPlatformThread()).onPlatformThread();
    app.service("foreign", new Foreign());
    app.task("task", ctx -> at("Task.run of a task"));
    app.main("main", UserCode::goOn);
  }

  private static void goOn(Context ctx) throws InterruptedException {
    at("Task.run of the main task");
    Thread.sleep(Long.MAX_VALUE);
  }

  private static final class Everything implements Service, HealthChecked, WarmedUp {
    private HttpListener http;

    @Override
    public void init(Context ctx) throws IOException {
      at("Service.init");
      ctx.own(() -> at("AutoCloseable.close"));
      ctx.onDrain(draining -> at("Task.run of a drain"));
      ctx.threads().start("started", own -> at("Task.run of a thread"));
      run(ctx.threads().virtual("pool"), "Runnable.run of a virtual thread");
      run(ctx.threads().platform("pool"), "Runnable.run of a platform thread");
      ctx.health().subscribe("task", health -> at("HealthListener.changed"));
      ctx.meter().gaugeBuilder("depth").buildWithCallback(UserCode::measure);
      http = listener(ctx, "http");
      HttpListener other = listener(ctx, "http-platform").onPlatformThreads(2);
      http.open();
      other.open();
    }

    private static void run(ThreadFactory threads, String place) {
      try (ExecutorService executor = Executors.newThreadPerTaskExecutor(threads)) {
        executor.execute(() -> at(place));
      }
    }

    private static HttpListener listener(Context ctx, String name) throws IOException {
      return ctx.http(name, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
          .handle(
              "GET /",
              exchange -> {
                boolean isRehearsed = HttpListener.isRehearsed(exchange);
                at("Handler.handle of " + name + (isRehearsed ? ", rehearsed" : ""));
                HttpListener.respond(exchange, 200, "text/plain", "x");
              });
    }

    @Override
    public void warmUp(Context ctx) throws Exception {
      at("WarmedUp.warmUp");
      http.rehearse(1, Duration.ofSeconds(5), SampleRequest.of("GET /"));
    }

    @Override
    public void ready(Context ctx) {
      at("Service.ready");
    }

    @Override
    public void run(Context ctx) throws InterruptedException {
      at("Service.run");
      ctx.ready();
      Thread.sleep(Long.MAX_VALUE);
    }

    @Override
    public Health check() {
      at("HealthChecked.check");
      return Health.healthy();
    }

    @Override
    public void stop(Context ctx) throws InterruptedException {
      at("Service.stop");
      ctx.interruptRun();
    }
  }

  private static void measure(ObservableDoubleMeasurement depth) {
    at("Consumer.accept of a metric");
    depth.record(1);
  }

  private static final class OnPlatformThread implements Service {
    @Override
    public void init(Context ctx) {
      at("Service.init on a platform thread");
    }

    @Override
    public void run(Context ctx) {
      at("Service.run on a platform thread");
    }

    @Override
    public void stop(Context ctx) {
      at("Service.stop of what runs on a platform thread");
    }
  }

  /** A server of another library that never accepts, so that an upgrade is rolled back. */
  private static final class Foreign implements Service, ListeningSocket.Acceptor {
    @Override
    public void init(Context ctx) throws IOException {
      var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      ListeningSocket socket = ctx.own(ctx.socket("foreign", address));
      ServerSocketChannel channel = ctx.own(ServerSocketChannel.open());
      channel.bind(socket.bindTo());
      socket.bound(channel.getLocalAddress());
      socket.open(this);
    }

    @Override
    public void begin() {
      at("Acceptor.begin");
    }

    @Override
    public void letGo(Duration over) {
      at("Acceptor.letGo");
    }

    @Override
    public void takeBack() {
      at("Acceptor.takeBack");
    }

    @Override
    public int connections() {
      at("Acceptor.connections");
      return 0;
    }

    @Override
    public void run(Context ctx) {
      ctx.ready();
    }
  }
}
