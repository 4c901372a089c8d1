package dev.srun.http;

import dev.srun.Config;
import dev.srun.Context;
import dev.srun.Running;
import dev.srun.Srun;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** A running program of one service, {@code web}, whose context a test uses, and its log. */
final class OneService implements AutoCloseable {
  static final Config CONFIG =
      Config.named("t").withoutSignals().withoutTelemetry().drain(Duration.ZERO);

  private final Log log = new Log();
  private final AtomicInteger listeners = new AtomicInteger();
  private final Running app;
  private final Context context;

  OneService() {
    AtomicReference<Context> web = new AtomicReference<>();
    app = Srun.start(CONFIG, it -> it.service("web", web::set));
    context = web.get();
  }

  /** A free port of the loopback interface. */
  static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  Context context() {
    return context;
  }

  HttpListener http() throws IOException {
    int number = listeners.incrementAndGet();
    return context.http(number == 1 ? "api" : "api-" + number, anyPort());
  }

  String fact(String name) {
    return String.valueOf(app.status().services().getFirst().facts().get(name));
  }

  List<LogRecord> log() {
    return List.copyOf(log.records);
  }

  List<LogRecord> errors() {
    return log().stream().filter(record -> record.getLevel().equals(Level.SEVERE)).toList();
  }

  /** Stops the program. */
  @Override
  public void close() {
    app.close();
    log.close();
  }

  private static final class Log extends Handler {
    private final ConcurrentLinkedQueue<LogRecord> records = new ConcurrentLinkedQueue<>();
    private final Logger logger = Logger.getLogger("t.web");

    Log() {
      logger.setLevel(Level.ALL);
      logger.setUseParentHandlers(false);
      logger.addHandler(this);
    }

    @Override
    public void publish(LogRecord record) {
      records.add(record);
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
      logger.removeHandler(this);
      logger.setUseParentHandlers(true);
      logger.setLevel(null);
    }
  }
}
