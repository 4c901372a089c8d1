package dev.srun;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** A program as its watchdog sees it. */
final class Lookout implements Watched {
  /** How long after the grace run has returned, and the process has ended, at the latest. */
  static final Duration AFTER_GRACE = Duration.ofMillis(500);

  /** The same after a second signal, which leaves no time but for interrupts. */
  private static final Duration AFTER_SECOND_SIGNAL = Duration.ofSeconds(1);

  /** What giving the exit may take. */
  private static final Duration GIVING = Duration.ofMillis(30);

  private static final String HEAP_TEXT =
      "the heap has been full for two seconds: ending the process";

  /** Made ahead, since there is no memory for a line of the log then; nor for the time of day. */
  private static final byte[] HEAP_IS_FULL = ascii("ERROR   logger_scope=srun " + HEAP_TEXT + "\n");

  private static final byte[] HEAP_IS_FULL_JSON =
      ascii("{\"level\":\"ERROR\",\"logger_scope\":\"srun\",\"msg\":\"" + HEAP_TEXT + "\"}\n");

  /** The virtual thread that shows whether virtual threads run. */
  private enum Canary {
    NONE,
    STARTED,
    RAN
  }

  private final Program program;
  private final Supervisor supervisor;
  private final FileOutputStream stderr = new FileOutputStream(FileDescriptor.err);
  private volatile Canary canary = Canary.NONE;

  Lookout(Program program, Supervisor supervisor) {
    this.program = program;
    this.supervisor = supervisor;
  }

  private static byte[] ascii(String line) {
    return line.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void ring() {
    program.post(Event.DeadlinePassed.MESSAGE);
  }

  @Override
  public void ping() {
    program.post(Event.Ping.MESSAGE);
  }

  @Override
  public long handled() {
    return program.handled();
  }

  @Override
  public boolean hasMessages() {
    return !program.events().isEmpty();
  }

  @Override
  public boolean hasWork() {
    return program.events().hasOtherThan(Event.Ping.MESSAGE);
  }

  @Override
  public boolean isUp() {
    return program.isUpOrWas();
  }

  @Override
  public boolean isStopping() {
    return program.request().asked() != null;
  }

  @Override
  public boolean isOver() {
    return program.isOver();
  }

  @Override
  public void lookAtLiveness(long now, boolean stands) {
    program.wellbeing().liveness().look(now, stands);
  }

  @Override
  public boolean virtualThreadsRun() {
    Canary was = canary;
    if (was != Canary.STARTED) {
      canary = Canary.STARTED;
      program.host().startThread("srun-canary", false, () -> canary = Canary.RAN);
    }
    return was == Canary.RAN;
  }

  @Override
  public long graceEnd() {
    return program.graceEnd();
  }

  @Override
  public boolean takeOver() {
    boolean done = supervisor.takeOver();
    if (done) {
      program.wellbeing().liveness().stallIsTold();
    }
    return done;
  }

  @Override
  public long endsBy() {
    long end = stopEnds(program);
    return end == Alarm.NEVER ? end : end - GIVING.toNanos();
  }

  @Override
  public void end() {
    if (!program.isOver()) {
      program.hasEnded(
          program.isOutOfMemory() ? supervisor.lastResort() : supervisor.exitFromOutside());
    }
  }

  @Override
  public void loadStopClasses() {
    program.host().startThread("srun-stop-classes", true, new LoadStopClasses(program));
  }

  /** The body of the thread that loads what a stop needs: a file system may let it wait. */
  private record LoadStopClasses(Program program) implements Runnable {
    @Override
    public void run() {
      StopClasses.load(StopClasses.all(), program.log());
      StopClasses.loadThoseOfHttp(program.log());
      for (Runnable each : program.onceUp()) {
        each.run();
      }
      program.log().debug("srun", "what a stop needs is loaded");
    }
  }

  @Override
  public void rehearse() {
    supervisor.rehearseTheEnd();
  }

  @Override
  public void failed(Throwable error) {
    program.log().error("srun", "the watchdog failed", Failures.of("srun", Phase.RUN, error));
  }

  @Override
  public void lookAtDescriptors(long now) {
    program.lookAtDescriptors(now);
  }

  @Override
  public void keepMemory() {
    program.keepMemory();
  }

  @Override
  public boolean isOutOfMemory() {
    return program.isOutOfMemory();
  }

  @Override
  public void askForWantOfMemory() {
    program.askForWantOfMemory();
  }

  @Override
  public void lookAtMemory() {
    program.lookAtMemory();
  }

  /** Takes no memory. Where the process is somebody else's, it ends within the grace. */
  @Override
  public void endForWantOfMemory() {
    if (program.ownsProcess()) {
      try {
        stderr.write(
            program.settings().logFormat() == LogFormat.JSON ? HEAP_IS_FULL_JSON : HEAP_IS_FULL);
      } catch (Throwable nothingCanBeSaid) {
        // It ends all the same.
      }
      program.host().halt(program.settings().exitCodes().forced());
    } else {
      program.outOfMemory();
    }
  }

  @Override
  public void releaseMemory() {
    program.releaseMemory();
  }

  @Override
  public long haltsBy() {
    return program.ownsProcess() ? stopEnds(program) : Alarm.NEVER;
  }

  /** When the program must have ended, if it is stopping; else {@link Alarm#NEVER}. */
  static long stopEnds(Program program) {
    long grace = program.graceEnd();
    if (grace == Alarm.NEVER) {
      return grace;
    }
    long end = grace + AFTER_GRACE.toNanos();
    long second = program.request().secondAt();
    return second == Alarm.NEVER
        ? end
        : Deadlines.earlier(end, second + AFTER_SECOND_SIGNAL.toNanos());
  }

  /** Where shutdown hooks of others do not let the process end. */
  @Override
  public void halt() {
    Exit how = program.exitOrNull();
    boolean inTime = how != null && !program.isShutDownByOthers();
    program.host().halt(inTime ? how.code() : program.settings().exitCodes().forced());
  }
}
