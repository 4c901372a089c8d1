package dev.srun;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * How a configuration and a setup become a running program: settings, registrations, supervisor.
 * Runs on the caller's thread.
 *
 * @param onThirdSignal takes the exit code when the user insists
 * @param configureLog takes the settings and whether there is a main task, before the first line
 */
record Launch(Host host, LogWriter log, IntConsumer onThirdSignal, LogSetup configureLog) {

  /** Takes what the log's format and level depend on. */
  @FunctionalInterface
  interface LogSetup {
    void configure(LogFormat format, Level lowest);
  }

  /** Launch of a program that leaves the process and its logging alone. */
  static Launch embedded(Host host) {
    return new Launch(
        host, new LogWriter(LogSink.systemLogger()), code -> {}, (format, lowest) -> {});
  }

  /**
   * Starts a program; does not wait for it.
   *
   * @throws MisconfiguredException if the configuration is refused
   */
  Program start(Config config, Setup setup) {
    Settings settings = Settings.resolve(config, host.environment());
    Program program = new Program(settings, host, log, host.openQueue());
    Registry registry = new Registry(settings);
    Failure failure = Failures.of("srun", Phase.SETUP, () -> setup.register(registry));
    registry.close();
    configureLog.configure(settings.logFormat(), logLevel(settings, registry));
    List<List<Slot>> stages =
        failure == null ? registry.slots(program) : registry.ownedBySetup(program);
    program.start(stages, () -> supervise(program, stages, registry.listeners(), failure));
    return program;
  }

  private static Level logLevel(Settings settings, Registry registry) {
    Level chosen = settings.logLevel();
    if (chosen != null) {
      return chosen;
    }
    return registry.hasMainTask() ? Level.WARNING : Level.INFO;
  }

  private void supervise(
      Program program,
      List<List<Slot>> stages,
      List<StateListener> listeners,
      @Nullable Failure setupFailure) {
    try {
      new Supervisor(program, stages, listeners, new SignalReceiver(program, onThirdSignal))
          .run(setupFailure);
    } catch (Throwable e) {
      // The JVM cannot go on (no memory, no threads): whoever waits must not wait for ever.
      program.hasEnded(broken(program, Failures.of("srun", Phase.RUN, e)));
    }
  }

  private static Exit broken(Program program, Failure failure) {
    return new Exit(
        new Cause.Failed(failure),
        Outcome.FORCED,
        program.settings().exitCodes().forced(),
        List.of(failure),
        List.of(),
        Duration.ZERO,
        Duration.ZERO);
  }

  /** The exit of a program whose configuration was refused, and a line about it. */
  Exit refused(Config config, MisconfiguredException error) {
    Failure failure = Failures.of("srun", Phase.SETUP, error);
    Exit exit =
        new Exit(
            new Cause.Misconfigured(failure),
            Outcome.FAILURES,
            config.exitCodes().misconfigured(),
            List.of(failure),
            List.of(),
            Duration.ZERO,
            Duration.ZERO);
    log.say(Level.ERROR, "srun", config.program() + ": " + exit, null);
    log.flush();
    return exit;
  }
}
