package dev.srun;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Notices that the process has no file descriptor left, and when there are some again. The watchdog
 * looks once a second by opening one: counting them would take the longer the more there are.
 *
 * <p>While none is left, accepting is slowed down, which would take all processors otherwise; the
 * admin server answers by means of a reserve; and one line of the log says what is open. Looked at
 * by one thread; read and closed by others.
 */
final class Descriptors {

  /** For how long there must be some, or what is freed and taken again at once would be an end. */
  private static final long FREE_NANOS = Duration.ofSeconds(2).toNanos();

  /** How many of the reserve may be given up for reading what is open. */
  private static final int READ_TRIES = 4;

  private static final Path SELF = Path.of("/proc/self");

  /** Keeps servers from trying to accept in an endless loop. */
  interface Brake {

    /** For a runtime without java.util.logging. */
    Brake NONE =
        new Brake() {
          @Override
          public void apply() {}

          @Override
          public void release() {}
        };

    void apply();

    void release();
  }

  private final DescriptorReserve reserve;
  private final Brake brake;
  private final LogWriter log;
  private final Path process;
  private volatile boolean exhausted;
  private long since;
  private long freeSince;
  private boolean free;

  Descriptors(DescriptorReserve reserve, Brake brake, LogWriter log, Path process) {
    this.reserve = reserve;
    this.brake = brake;
    this.log = log;
    this.process = process;
  }

  /**
   * Those of this process.
   *
   * @param admin the name of the listener that is to answer while none is left
   * @return null where the system has no device that can be opened for nothing
   */
  static @Nullable Descriptors ofThisProcess(LogWriter log, String admin) {
    if (!new File(DescriptorReserve.NullDevice.PATH).exists()) {
      return null;
    }
    DescriptorReserve reserve = new DescriptorReserve(new DescriptorReserve.NullDevice());
    return new Descriptors(reserve, brake(reserve, admin), log, SELF);
  }

  private static Brake brake(DescriptorReserve reserve, String admin) {
    try {
      return new AcceptBrake(reserve, admin);
    } catch (NoClassDefFoundError noLogging) {
      return Brake.NONE;
    }
  }

  /** Whether none was left at the last look. Any thread. */
  boolean areExhausted() {
    return exhausted;
  }

  /** Looks. Called by the watchdog. */
  void look(long now) {
    IOException whyNot = reserve.fill();
    if (whyNot != null) {
      free = false;
      if (!exhausted) {
        begin(now, whyNot);
      }
    } else if (exhausted && !free) {
      free = true;
      freeSince = now;
    } else if (exhausted && now - freeSince >= FREE_NANOS) {
      end();
    }
  }

  private void begin(long now, IOException why) {
    exhausted = true;
    since = now;
    brake.apply(); // first, or what is given up next is taken at once
    log.warning(
        "srun",
        "no file descriptor is left: "
            + figures(why)
            + "; new connections wait until some are closed. See /proc/"
            + ProcessHandle.current().pid()
            + "/fd for what is open; the limit is LimitNOFILE of systemd, or ulimit -n");
  }

  private String figures(IOException why) {
    for (int i = 0; i < READ_TRIES && reserve.giveOne(); i++) {
      try {
        return DescriptorFigures.of(process).toString();
      } catch (IOException | LinkageError takenByAnother) { // where classes are files, too
        why.addSuppressed(takenByAnother);
      }
    }
    return String.valueOf(why.getMessage());
  }

  private void end() {
    exhausted = false;
    brake.release();
    log.info(
        "srun",
        "file descriptors are free again; there was none left for "
            + Durations.text(Duration.ofNanos(freeSince - since)));
  }

  /** Gives the reserve back. Called when the watchdog has ended. */
  void close() {
    if (exhausted) {
      brake.release();
    }
    reserve.close();
  }
}
