package dev.srun;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a configuration and a setup become a running program: settings, registrations, supervisor.
 * Runs on the caller's thread.
 *
 * @param ownsProcess whether the process ends with the program
 */
record Launch(Host host, LogWriter log, LogSetup logSetup, boolean ownsProcess) {

  /** How long a refusal waits for the log, where there is nothing else to wait for. */
  private static final Duration REFUSAL = Duration.ofSeconds(1);

  /** Launch of a program that leaves the process and its logging alone. */
  static Launch embedded(Host host) {
    return new Launch(host, new LogWriter(new SystemLoggerSink()), LogSetup.NOT_OURS, false);
  }

  /**
   * Starts a program; does not wait for it.
   *
   * @throws MisconfiguredException if the configuration is refused
   */
  Program start(Config config, Setup setup) {
    if (config == null) {
      throw new NullPointerException("the configuration is null");
    }
    logSetup.configure(Settings.logFormat(config, host.environment()), Level.INFO);
    Settings settings = Settings.resolve(withVersion(config, setup), host.environment());
    Level chosen = settings.logLevel();
    logSetup.configure(settings.logFormat(), chosen == null ? Level.INFO : chosen);
    BlackBox blackBox = BlackBox.open(settings, host, log);
    Program program = new Program(settings, host, log, logSetup, blackBox, ownsProcess);
    Registry registry = new Registry(settings);
    List<List<Slot>> stages = new ArrayList<>();
    Failure failure = null;
    try {
      if (setup == null) {
        throw new MisconfiguredException("the setup of " + settings.program() + " is null");
      }
      setup.register(registry);
      stages.addAll(registry.slots(program));
    } catch (Throwable e) {
      failure = Failures.of("srun", Phase.SETUP, e);
    }
    registry.close();
    if (chosen == null && registry.hasMainTask()) {
      logSetup.configure(settings.logFormat(), Level.WARNING);
    }
    if (failure != null) {
      stages.addAll(registry.ownedBySetup(program));
    }
    List<Slot> slots = new ArrayList<>();
    for (List<Slot> stage : stages) {
      slots.addAll(stage);
    }
    Supervisor supervisor =
        new Supervisor(
            program,
            stages,
            slots,
            registry.listeners(),
            new SignalReceiver(program),
            lastResort(program));
    supervisor.attachSignals();
    program.post(new Event.Begin(failure));
    program.start(supervisor, List.copyOf(slots));
    return program;
  }

  /** With the version of the jar that the setup comes from, where the author says none. */
  private static Config withVersion(Config config, @Nullable Setup setup) {
    if (config.version() != null || setup == null) {
      return config;
    }
    String its = setup.getClass().getPackage().getImplementationVersion();
    return its == null || its.isBlank() ? config : config.version(its);
  }

  /**
   * Made before it is needed: whoever waits must not wait for ever where there is no memory left.
   */
  private static Exit lastResort(Program program) {
    String message = "the supervisor could not go on (no memory, no threads?)";
    Failure failure = new Failure("srun", Phase.RUN, new IllegalStateException(message), message);
    int code = program.settings().exitCodes().forced();
    return withoutSupervisor(new Cause.Failed(failure), Outcome.FORCED, code, failure);
  }

  /** The exit of a program whose configuration was refused, and a line about it. */
  Exit refused(Config config, MisconfiguredException error) {
    Failure failure = Failures.of("srun", Phase.SETUP, error);
    int code = config.exitCodes().misconfigured();
    Exit exit =
        withoutSupervisor(new Cause.Misconfigured(failure), Outcome.FAILURES, code, failure);
    log.say(Level.ERROR, "srun", config.program() + ": " + exit, null);
    log.flush(REFUSAL);
    return exit;
  }

  /** An exit that no supervisor has measured. */
  private static Exit withoutSupervisor(Cause cause, Outcome outcome, int code, Failure failure) {
    return new Exit(
        cause, outcome, code, List.of(failure), List.of(), List.of(), Duration.ZERO, Duration.ZERO);
  }
}
