package dev.srun;

import static java.time.Duration.ofSeconds;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.srun.http.HttpListener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The promise of DESIGN "Nothing left", on the real machine. */
class NothingLeftTest {
  private static final int RUNS = 1_000;
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  /** Owns a listener, threads of its own, and a run that goes on. */
  private static final class Web implements Service {
    private final CountDownLatch stopped = new CountDownLatch(1);

    @Override
    public void init(Context ctx) throws IOException {
      ctx.listen("raw", ANY_PORT);
      ctx.threads().start("worker", own -> stopped.await());
    }

    @Override
    public void run(Context ctx) throws InterruptedException {
      ctx.ready();
      stopped.await();
    }

    @Override
    public void stop(Context ctx) {
      stopped.countDown();
    }
  }

  /** Serves HTTP, which has threads of the JDK's as well. */
  private static final class Http implements Service {
    @Override
    public void run(Context ctx) throws IOException {
      HttpListener listener = ctx.http("http", ANY_PORT);
      listener.open();
    }
  }

  private static Exit run(Service service) {
    return Srun.run(
        Config.named("again"),
        app -> {
          app.onStateChange(change -> {});
          app.service("service", service);
          app.main("main", ctx -> {});
        });
  }

  @Test
  void aThousandRunsLeaveNoThreadDescriptorHookOrSignalHandlerAndNameNoLeak() throws IOException {
    run(new Web());
    run(new Http());
    Set<Thread> threadsBefore = threads();
    long descriptorsBefore = descriptors();
    for (int i = 0; i < RUNS; i++) {
      Exit exit = run(i % 10 == 0 ? new Http() : new Web());
      assertEquals(0, exit.code(), exit::toString);
      assertEquals(List.of(), exit.leaks());
    }
    await()
        .pollInSameThread()
        .atMost(ofSeconds(2))
        .until(() -> newThreads(threadsBefore), List::isEmpty);
    assertTrue(
        descriptors() <= descriptorsBefore + 5, // what the JVM itself opens meanwhile
        () -> "descriptors: " + descriptorsBefore + " before");
    assertNull(System.getProperties().get("dev.srun.signals.owner"));
  }

  /** Threads that are not the JVM's own; a JDK's executor takes a moment to end its workers. */
  private static List<String> newThreads(Set<Thread> before) {
    return threads().stream()
        .filter(thread -> !before.contains(thread))
        .map(Thread::getName)
        .filter(name -> !name.startsWith("ForkJoinPool") && !name.startsWith("VirtualThread-"))
        .toList();
  }

  private static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream().collect(Collectors.toSet());
  }

  private static long descriptors() throws IOException {
    assumeTrue(Files.isDirectory(DESCRIPTORS), "counts descriptors in /proc, which Linux has");
    try (Stream<Path> open = Files.list(DESCRIPTORS)) {
      return open.count();
    }
  }

  @Test
  void aRunThatReturnedHasEndedItsThreadsOfEveryKind() throws InterruptedException {
    Thread[] seen = new Thread[3];
    Srun.run(
        Config.named("once"),
        app -> {
          app.service(
              "service",
              new Service() {
                @Override
                public void run(Context ctx) throws InterruptedException {
                  seen[0] = Thread.currentThread();
                  seen[1] = ctx.threads().start("own", own -> new CountDownLatch(1).await());
                  ctx.ready();
                  new CountDownLatch(1).await();
                }

                @Override
                public void stop(Context ctx) {
                  seen[2] = Thread.currentThread();
                  ctx.interruptRun();
                }
              });
          app.main("main", ctx -> {});
        });
    for (Thread thread : seen) {
      assertTrue(thread.join(ofSeconds(1)), thread::toString);
    }
  }
}
