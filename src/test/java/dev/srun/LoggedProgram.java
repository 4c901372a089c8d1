package dev.srun;

import static org.awaitility.Awaitility.await;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A program under the real clock, with what it logs. */
final class LoggedProgram implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final List<LogLine> said = new CopyOnWriteArrayList<>();
  private final LogWriter log = new LogWriter(new EveryLine(said::add));
  private final Program program;

  private LoggedProgram(Config config, Setup setup) throws InterruptedException {
    program = new Launch(new JvmHost(), log, LogSetup.NOT_OURS, false).start(config, setup);
    if (!program.awaitUp()) {
      throw new AssertionError("not started: " + program.await());
    }
  }

  static LoggedProgram start(Setup setup) throws InterruptedException {
    return start(Config.named("t"), setup);
  }

  static LoggedProgram start(Config config, Setup setup) throws InterruptedException {
    return new LoggedProgram(config.withoutSignals().withoutAdmin().withoutTelemetry(), setup);
  }

  Program program() {
    return program;
  }

  /** Has the program stop, and returns how it ended. */
  Exit stop() throws InterruptedException {
    program.close();
    Exit exit = program.await();
    log.flush(PATIENCE);
    return exit;
  }

  /** What was logged by the service at that level or above it. */
  List<LogLine> said(String service, Level least) {
    log.flush(PATIENCE);
    return said.stream()
        .filter(line -> line.scope().equals("t." + service))
        .filter(line -> line.level().compareTo(least) >= 0)
        .toList();
  }

  List<String> messages(String service, Level least) {
    return said(service, least).stream().map(LogLine::message).toList();
  }

  /** Waits until the service has logged so many lines at that level or above it. */
  void awaitSaid(String service, Level least, int times) {
    await()
        .dontCatchUncaughtExceptions() // which is done by a default handler
        .atMost(PATIENCE)
        .until(() -> said(service, least).size() >= times);
  }

  @Override
  public void close() {
    program.close();
  }
}
