package dev.srun;

import java.util.List;

/**
 * Loads what a stop, a halt, a refused upgrade and their reports need, while the program runs: they
 * have to work also when its jar has been overwritten or is gone by then. Called once the program
 * is up, on a thread of its own, so that neither a start nor a short program waits for it.
 */
final class StopClasses {

  /** Of the listener, which has loaded the others of its package when it was opened. */
  private static final List<String> OF_HTTP =
      List.of("dev.srun.http.Farewell", "dev.srun.http.SelfRequest", "dev.srun.http.TcpTable");

  private StopClasses() {}

  /**
   * Loads classes and all that are nested in them.
   *
   * @param log is told of each that cannot be loaded, as where a jar that a program does not need
   *     was left out
   */
  static void load(Class<?>[] classes, LogWriter log) {
    int count = 0;
    for (Class<?> each : classes) {
      try {
        count += each.getNestMembers().length;
      } catch (LinkageError e) {
        log.debug("srun", "not loaded ahead of a stop: " + e);
      }
    }
    log.debug("srun", count + " classes loaded ahead of a stop");
  }

  /** Loads what a listener closes with; there may be none. */
  static void loadThoseOfHttp(LogWriter log) {
    for (String name : OF_HTTP) {
      try {
        Class.forName(name);
      } catch (ClassNotFoundException | LinkageError e) {
        log.debug("srun", "not loaded ahead of a stop: " + e);
      }
    }
  }

  /** Those of this package. To name them is to load them. A test holds that none is missing. */
  static Class<?>[] all() {
    return new Class<?>[] {
      AcceptBrake.class,
      AdminSettings.class,
      Alarm.class,
      Baton.class,
      BindFailedException.class,
      BlackBox.class,
      Budget.class,
      Cause.class,
      CombinedHealth.class,
      Config.class,
      Console.class,
      Context.class,
      CountedScope.class,
      CutOffException.class,
      Deadlines.class,
      DebugAccess.class,
      DefaultServices.class,
      Definition.class,
      DescriptorFigures.class,
      DescriptorReserve.class,
      Descriptors.class,
      DiskFile.class,
      Drain.class,
      Durations.class,
      Event.class,
      ExecutorEnd.class,
      Exit.class,
      ExitCall.class,
      ExitCodes.class,
      Failure.class,
      Failures.class,
      Findings.class,
      ForeignThreads.class,
      Frames.class,
      Group.class,
      Health.class,
      HealthBus.class,
      HealthChannel.class,
      HealthChecked.class,
      HealthChecks.class,
      HealthEntry.class,
      HealthFigures.class,
      HealthFunction.class,
      HealthListener.class,
      HealthOptions.class,
      HealthSource.class,
      HealthStatus.class,
      HealthSubscriber.class,
      HealthSubscription.class,
      HealthTable.class,
      HealthText.class,
      HealthVerdicts.class,
      Heartbeat.class,
      Host.class,
      Hysteresis.class,
      Judge.class,
      JulExitWatch.class,
      JulHandlers.class,
      JvmHost.class,
      JvmSignals.class,
      LastRun.class,
      LastRunText.class,
      Latency.class,
      LibraryType.class,
      LatencySnapshot.class,
      Launch.class,
      Leak.class,
      Lifecycle.class,
      Listener.class,
      ListeningSocket.class,
      Liveness.class,
      Log4jLibrary.class,
      LogCopies.class,
      LogDetail.class,
      LogFormat.class,
      LogLevels.class,
      LogLine.class,
      LogSetup.class,
      LogSink.class,
      LogText.class,
      LogWriter.class,
      LogbackLibrary.class,
      LoggingLibrary.class,
      Lookout.class,
      Machine.class,
      Mailbox.class,
      MemoryReserve.class,
      MisconfiguredException.class,
      Moment.class,
      Outcome.class,
      OverallHealth.class,
      Owned.class,
      OwnedProcess.class,
      ParkingMailbox.class,
      PendingTexts.class,
      Phase.class,
      PhaseThreads.class,
      PhaseTime.class,
      PhaseTimes.class,
      PlainScope.class,
      PoolWorkers.class,
      PortHolder.class,
      Program.class,
      ProgramThreads.class,
      Quoted.class,
      ReadyRetries.class,
      RegisteredService.class,
      Registrar.class,
      Registration.class,
      Registry.class,
      RunProgress.class,
      RunWriter.class,
      Runner.class,
      RunnerStatus.class,
      Running.class,
      Service.class,
      ServiceContext.class,
      ServiceHealth.class,
      ServiceHealthChannel.class,
      ServiceScheduler.class,
      ServiceState.class,
      ServiceStatus.class,
      ServiceThreads.class,
      Settings.class,
      SetupCall.class,
      ShutdownLog.class,
      Setup.class,
      SignalReceiver.class,
      Signals.class,
      Slot.class,
      Sockets.class,
      SpanIds.class,
      Srun.class,
      StartFailedException.class,
      StartSequence.class,
      StateChange.class,
      StateFeed.class,
      StateFile.class,
      StateListener.class,
      StopRequest.class,
      StopSequence.class,
      Straggler.class,
      StreamSink.class,
      StructuredScope.class,
      Supervisor.class,
      SystemLoggerSink.class,
      SystemSignals.class,
      Task.class,
      TaskScope.class,
      TelemetrySettings.class,
      ThreadSnapshot.class,
      ThreadsOfService.class,
      Thrown.class,
      Timer.class,
      Transitions.class,
      UpgradeFigures.class,
      UpgradeOutcome.class,
      UpgradeSettings.class,
      UpgradeStep.class,
      Upgrades.class,
      WarmUp.class,
      WarmedUp.class,
      Watchdog.class,
      WatchdogThread.class,
      Watched.class,
      Wellbeing.class,
      Work.class,
      WorkCount.class,
    };
  }
}
