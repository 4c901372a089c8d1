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
    if (chosen != null) {
      log.ignoreBelow(chosen);
    }
    Program program = new Program(settings, host, log, logSetup, ownsProcess);
    program.attachSignals(new SignalReceiver(program));
    try {
      program.blackBox(BlackBox.open(settings, host, log));
      SetupCall call = new SetupCall(this, program, new Registry(settings));
      program.setupCall(call);
      call.make(setup);
      return program;
    } catch (Throwable e) {
      program.detachSignals(); // nobody is there to do what they ask for
      throw e;
    }
  }

  /**
   * Has the supervisor begin when the setup has ended. Where a stop was requested before, nothing
   * is started, and what the setup owns is closed.
   *
   * @param thrown what the setup has thrown; null if it has returned, or never will
   */
  void begin(Program program, Registry registry, @Nullable Thrown thrown) {
    program.setupCall(null);
    Settings settings = program.settings();
    boolean stops = program.request().asked() != null;
    Failure failure = thrown == null ? null : failureOf(program, thrown);
    List<List<Slot>> stages = new ArrayList<>();
    boolean isComplete = thrown == null && !stops;
    if (isComplete) {
      try {
        stages.addAll(registry.slots(program));
      } catch (Throwable e) {
        isComplete = false;
        failure = Failures.of("srun", Phase.SETUP, e);
      }
    }
    registry.close();
    if (settings.logLevel() == null && registry.hasMainTask()) {
      logSetup.configure(settings.logFormat(), Level.WARNING);
    }
    if (!isComplete) {
      stages.clear();
      stages.addAll(registry.ownedBySetup(program));
    }
    List<Slot> slots = new ArrayList<>();
    for (List<Slot> stage : stages) {
      slots.addAll(stage);
    }
    Supervisor supervisor =
        new Supervisor(program, stages, slots, registry.listeners(), lastResort(program));
    program.watchExits();
    program.post(new Event.Begin(failure, !isComplete && registry.hasMainTask()));
    program.start(supervisor, List.copyOf(slots));
  }

  /** Null where the setup has thrown because a stop interrupted its wait. */
  private static @Nullable Failure failureOf(Program program, Thrown thrown) {
    if (thrown.leadsTo(false, false) == Thrown.Consequence.FAILS) {
      return thrown.failure();
    }
    String line = "setup threw after a stop was requested";
    LogDetail detail = new LogDetail.Thrown(thrown.failure().stackTrace());
    program.log().say(Level.DEBUG, "srun", line, detail);
    return null;
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

  /** The exit of a program whose setup has not ended within the grace. */
  Exit leftInSetup(Program program, Cause cause, Straggler setup) {
    int third = program.request().insistentSignal();
    int code = program.settings().exitCodes().of(cause, Outcome.FORCED, false, third);
    Duration up = Duration.between(program.startedAt(), host.now());
    return new Exit(
        cause, Outcome.FORCED, code, List.of(), List.of(setup), List.of(), up, setup.used());
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
