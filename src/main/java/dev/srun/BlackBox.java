package dev.srun;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the last run ended, and what the next one will learn of this one: a small file that says how
 * far the program has come, which outlives a kill. Off unless a state directory is configured.
 *
 * <p>What is reported here is written by a thread of its own, {@link RunWriter}: no method waits
 * for the file system or throws, but {@link #open} and {@link #close}, which wait within a limit.
 * The latest report wins. Any thread.
 */
final class BlackBox {

  /** How long a start waits to hear whether the directory can be used. */
  private static final Duration OPENING = Duration.ofSeconds(2);

  /** Notes nothing. */
  static final BlackBox OFF = new BlackBox(null);

  private final @Nullable RunWriter writer;

  private BlackBox(@Nullable RunWriter writer) {
    this.writer = writer;
  }

  /**
   * Says in the log how the last run ended, and begins to note how far this one comes. Where
   * another live process has the file, says so and notes nothing. A file that cannot be understood
   * is a warning; so is a file system that does not answer, or a disk that is full.
   *
   * @throws MisconfiguredException if the directory cannot be made or nothing can be made in it
   */
  static BlackBox open(Settings settings, Host host, LogWriter log) {
    Path directory = settings.stateDirectory();
    if (directory == null) {
      return OFF;
    }
    Machine machine = Machine.of(host);
    StateFile file = new DiskFile(directory, settings.program(), machine.pid());
    return open(directory, file, settings.program(), machine, log, OPENING);
  }

  static BlackBox open(
      Path directory,
      StateFile file,
      String program,
      Machine machine,
      LogWriter log,
      Duration limit) {
    RunWriter writer = new RunWriter(file, program, machine, log);
    Throwable refusal = writer.start(limit);
    if (refusal != null) {
      throw new MisconfiguredException(
          "state directory (SRUN_STATE_DIR) is '%s': expected a directory in which files can be made (%s)"
              .formatted(directory, refusal),
          refusal);
    }
    return new BlackBox(writer);
  }

  /** Whether anything is noted. */
  boolean isOn() {
    return writer != null;
  }

  /** Every service is RUNNING. */
  void running() {
    if (writer != null) {
      writer.report(new RunWriter.Report(now -> new RunProgress.Running(), false, false));
    }
  }

  /**
   * The stop has come to a step. From here on the time it takes is noted every second.
   *
   * @param what the step, as it will stand in the next run's log: {@code the stop of kafka}
   * @param budget how long it may take
   * @param since when it began, as {@link Host#nanoTime}
   */
  void stopping(String what, Duration budget, long since) {
    if (writer != null) {
      writer.report(
          new RunWriter.Report(
              now ->
                  new RunProgress.Stopping(
                      what, budget, Duration.ofNanos(Math.max(0, now - since))),
              true,
              false));
    }
  }

  /** The program has ended. The first one to say so has the last word. */
  void ended(Exit exit) {
    if (writer != null) {
      writer.report(new RunWriter.Report(now -> RunProgress.Ended.of(exit), false, true));
    }
  }

  /**
   * Waits until what was reported last is noted, and ends the thread. A file system that hangs is
   * left to the thread. An interrupt ends the wait and is kept.
   *
   * @return whether the thread has ended within the limit
   */
  boolean close(Duration limit) {
    return writer == null || writer.end(limit);
  }
}
