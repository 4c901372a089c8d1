package dev.srun.upgrade;

import dev.srun.Cause;
import dev.srun.Context;
import dev.srun.HealthStatus;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The child's part of an upgrade, from what it inherits to the end of its parent. It waits on
 * threads of its own, but for the first words.
 */
final class Succession {

  /** How often it is seen how the program is. */
  private static final Duration LOOK = Duration.ofMillis(250);

  /** How long connections may stay with a process whose parent serves again. */
  private static final Duration LEAVING = Duration.ofSeconds(2);

  /** A wait that is longer than that is logged. */
  private static final Duration SHORT = Duration.ofSeconds(2);

  /** How long the last lines for the parent may hold up a stop. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(1);

  private final Context context;
  private final ListenerTable table;
  private final LazyKernel kernel;
  private final LastWords lastWords;
  private final Steps steps;
  private final Inheritance from;
  private final int oomScore;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final CountDownLatch linesAreTold = new CountDownLatch(1);
  private volatile boolean isMainProcess;

  private Succession(
      Context context,
      ListenerTable table,
      LazyKernel kernel,
      LastWords lastWords,
      Steps steps,
      Inheritance from,
      int oomScore) {
    this.context = context;
    this.table = table;
    this.kernel = kernel;
    this.lastWords = lastWords;
    this.steps = steps;
    this.from = from;
    this.oomScore = oomScore;
  }

  /** Takes what the parent hands over; the sockets themselves come later. */
  static Succession begin(
      Context context,
      ListenerTable table,
      LazyKernel kernel,
      LastWords lastWords,
      Steps steps,
      Rendezvous.Place place)
      throws IOException {
    steps.next("services start");
    start(context, "upgrade-kernel", kernel::seek); // beside what the services do
    int oomScore = oomScoreOf(place.parent(), context);
    Inheritance from;
    try {
      from = Inheritance.take(kernel, place);
    } catch (IOException e) {
      throw cannotTakeOver(place.parent(), e);
    }
    table.inherit(from.sockets());
    Succession succession =
        new Succession(context, table, kernel, lastWords, steps, from, oomScore);
    start(context, "upgrade-lines", succession::tellLines);
    return succession;
  }

  /** The old process has raised the one of this process: what it is to be again. */
  private static int oomScoreOf(long parent, Context context) {
    try {
      return OomScore.of(parent).value();
    } catch (IOException e) {
      context.logger().log(Level.DEBUG, "the oom_score_adj of the old process is unknown", e);
      return 0;
    }
  }

  private static IOException cannotTakeOver(long parent, IOException why) {
    return new IOException("cannot take over from pid " + parent + ": " + why.getMessage(), why);
  }

  private static void start(Context context, String name, Runnable work) {
    context.threads().platform(name).newThread(work).start();
  }

  Inheritance from() {
    return from;
  }

  private void tellLines() {
    try {
      lastWords.tell(from);
    } finally {
      linesAreTold.countDown();
    }
  }

  /** Something to be done before this process accepts. */
  interface Before {
    void accepting() throws IOException, InterruptedException;
  }

  /** Waits until this process may accept, and does. */
  void enter(Before before) throws IOException, InterruptedException {
    steps.next("it is let in");
    try {
      from.receiveSockets(kernel.get(), table);
    } catch (IOException e) {
      throw cannotTakeOver(from.parent(), e);
    }
    table.checkThatNobodyAccepts();
    boolean isAsked = from.awaitEntrance();
    if (stopping.getCount() == 0) {
      throw new IOException("this process is stopping");
    }
    table.checkThatNobodyAccepts(); // on a busy machine a server may take long to accept one
    before.accepting();
    table.letIn();
    from.entered();
    steps.next("beside pid " + from.parent());
    OtherProcess.of(ProcessHandle.current().pid())
        .age()
        .ifPresent(age -> steps.cameFirst("this process boots", Instant.now().minus(age)));
    log(
        Level.INFO,
        isAsked
            ? "let in; pid " + from.parent() + " answers what it has"
            : "pid " + from.parent() + " has died; going on in its place");
  }

  /**
   * Serves beside the parent, until that runs nothing any more that must not run twice.
   *
   * @return false if it wants to serve again instead: this process is stopping then
   */
  boolean awaitExclusive() throws IOException, InterruptedException {
    boolean isWell = true;
    while (true) {
      switch (from.awaitWish(LOOK)) {
        case NONE -> {
          if (isWell && !isWell(context)) {
            isWell = false;
            tell(new Message.Unwell(context.runner().status().health().reason()));
          }
        }
        case BE_MAIN_PROCESS -> becomeMainProcess();
        case STOP ->
            context.runner().stop("pid " + from.parent() + ", which supervises it, was stopped");
        case START_EXCLUSIVE -> {
          lastWords.end();
          becomeMainProcess();
          return true;
        }
        case LEAVE -> {
          lastWords.end();
          leave();
          return false;
        }
      }
    }
  }

  /** Nothing depends on the old process any more. */
  private void becomeMainProcess() {
    if (!isMainProcess) {
      isMainProcess = true;
      OomScore.of(ProcessHandle.current().pid()).set(oomScore, context.logger());
    }
  }

  /** Whether whatever supervises the program follows this process. */
  boolean isMainProcess() {
    return isMainProcess;
  }

  /** Whether a program is well enough for its clients. */
  static boolean isWell(Context context) {
    return context.runner().status().health().status() != HealthStatus.UNHEALTHY;
  }

  private static boolean isAskedToStop(@Nullable Cause cause) {
    return switch (cause) {
      case Cause.Failed failed -> false;
      case Cause.Misconfigured wrong -> false;
      case Cause.Signalled signal -> true;
      case Cause.Completed completed -> true;
      case Cause.DeadlinePassed passed -> true;
      case Cause.Upgraded upgraded -> true;
      case Cause.Asked asked -> !asked.reason().equals("System.exit"); // whose code tells
      case null -> false;
    };
  }

  private void tell(Message message) {
    try {
      from.tell(message);
    } catch (IOException e) {
      context.logger().log(Level.DEBUG, "the parent cannot be told", e);
    }
  }

  /** Accepts nothing more and stops, as soon as its clients have gone or had time to. */
  private void leave() throws IOException, InterruptedException {
    steps.next("leaves: pid " + from.parent() + " serves again");
    log(Level.WARNING, "pid " + from.parent() + " serves again");
    List<Claim> claims = table.bound();
    Kernel system = kernel.get();
    List<Claim> listening = claims.stream().filter(claim -> claim.isListening(system)).toList();
    table.letGo(system, listening, Duration.ZERO, context.logger());
    long end = System.nanoTime() + LEAVING.toNanos();
    boolean mayStay = true;
    while (mayStay && claims.stream().anyMatch(Claim::hasConnections)) {
      mayStay =
          !stopping.await(LOOK.toNanos(), TimeUnit.NANOSECONDS) && System.nanoTime() - end < 0;
    }
    context.runner().stop("pid " + from.parent() + ", which was replaced, serves again");
  }

  /** Waits until the parent is gone. */
  void awaitEnd() throws IOException {
    steps.next("pid " + from.parent() + " leaves");
    from.awaitEnd();
    steps.end();
    from.close();
    table.isLeftAlone();
  }

  /** The program stops. Does not wait. */
  void isStopping() {
    stopping.countDown();
  }

  /** The last that the parent hears. */
  void close() throws IOException, InterruptedException {
    lastWords.end();
    if (!linesAreTold.await(LAST_WORDS.toNanos(), TimeUnit.NANOSECONDS)) {
      log(Level.DEBUG, "the parent has not heard all");
    }
    if (isAskedToStop(context.runner().status().stopping())) {
      tell(new Message.AskedToStop());
    }
    from.close();
  }

  /** The main process ends last: whatever supervises the program ends what it leaves behind. */
  void awaitOldProcess(Duration limit) throws InterruptedException {
    if (!isMainProcess || from.awaitParentEnd(SHORT.compareTo(limit) < 0 ? SHORT : limit)) {
      return;
    }
    log(Level.INFO, "waiting for pid " + from.parent() + ", which still leaves");
    if (!from.awaitParentEnd(limit.minus(SHORT))) {
      log(Level.WARNING, "pid " + from.parent() + " has not left within the grace period");
    }
  }

  private void log(Level level, String line) {
    context.logger().log(level, line);
  }
}
