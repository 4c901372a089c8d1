package dev.srun.upgrade;

import dev.srun.Cause;
import dev.srun.Context;
import dev.srun.Service;
import dev.srun.UpgradeFigures;
import dev.srun.UpgradeOutcome;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Replaces the program by a new process of it, which inherits what it listens on, so that no
 * connection is refused; and, in that process, takes the place of the one before. One upgrade at a
 * time. Registered by the runner, before every other service.
 *
 * <p>What waits does so on platform threads of the service; what the runner calls returns at once.
 */
public final class Upgrader implements Service {

  /**
   * What there is to decide.
   *
   * @param on whether the program may be upgraded
   * @param timeout how long the next generation may take until it is ready
   * @param linger how long connections may stay with a generation that has been replaced
   * @param probation how long the next generation must be well before this one stops
   * @param slowStart over which time the next generation gets the whole load
   * @param pidFile where the generation that serves notes its process; null for nowhere
   */
  public record Options(
      boolean on,
      Duration timeout,
      Duration linger,
      Duration probation,
      Duration slowStart,
      @Nullable Path pidFile) {

    /**
     * Returns whether there may be something to do for an upgrader. Looks at names alone: most
     * programs have none, and this is all that they load of it.
     *
     * @param environment of this process
     * @return false if one that is made is not {@linkplain Upgrader#isNeeded needed}
     */
    public boolean mayMatterIn(Map<String, String> environment) {
      return on
          || pidFile != null
          || environment.containsKey(Rendezvous.VARIABLE)
          || environment.containsKey(Activation.VARIABLE)
          || environment.containsKey(Systemd.VARIABLE);
    }
  }

  /** What follows for the program. Called by threads of the upgrader's; no method waits. */
  public interface Runner {

    /**
     * Its listeners are about to accept: it serves.
     *
     * @return completed when the program is ready, so that no probe hears otherwise; with false if
     *     it stops and is to accept nothing
     */
    CompletionStage<Boolean> isLetIn();

    /** No other process runs any more what must not run twice. */
    void exclusiveMayStart();

    /**
     * Another process serves, and nothing holds this one any longer.
     *
     * @param by which one
     */
    void isReplaced(UpgradeOutcome.Upgraded by);
  }

  /**
   * The trace of an upgrade.
   *
   * @param parent what the next generation continues, as W3C has it; empty where there is no trace
   * @param end ends it, with what has become of the upgrade
   */
  public record Trace(String parent, Consumer<UpgradeOutcome> end) {

    /** Where there is none. */
    public static final Trace NONE = new Trace("", outcome -> {});
  }

  private sealed interface State {

    /** Starting, or serving: there may be an upgrade. */
    record Alone() implements State {}

    /** Another process, which this one replaces, has not gone. */
    record Heir(long parent) implements State {}

    /** A child is being brought up. */
    record Upgrading(AtomicReference<@Nullable Handover> handover) implements State {}

    /** A child has taken over. */
    record Replaced(Successor by) implements State {}

    record Stopping() implements State {}
  }

  private static final State ALONE = new State.Alone();

  /** How long a child that may accept waits until its program says that it is ready. */
  private static final Duration READY = Duration.ofSeconds(2);

  /** What is kept of the time for a stop, so that a wait for the other process ends before it. */
  private static final Duration RESERVE = Duration.ofMillis(500);

  /** A wait that is longer than that is logged. */
  private static final Duration SHORT = Duration.ofSeconds(2);

  /** How often it is seen whether connections have ended. */
  private static final Duration LOOK = Duration.ofMillis(100);

  private final Options options;
  private final Map<String, String> environment;
  private final ListenerTable table;
  private final Runner runner;
  private final Supplier<Trace> traces;
  private final Spawner spawner;
  private final LazyKernel kernel;
  private final Rendezvous.@Nullable Place place;
  private final AtomicReference<State> state;
  private final AtomicReference<UpgradeFigures> figures =
      new AtomicReference<>(UpgradeFigures.NONE);
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final CountDownLatch exclusiveStopped = new CountDownLatch(1);
  private final CountDownLatch over = new CountDownLatch(1);

  private final LastWords lastWords = new LastWords();

  /** Zero unless an upgrade is under way in which this process is still the main process. */
  private volatile CountDownLatch settled = new CountDownLatch(0);

  private volatile Steps steps = new Steps();
  private volatile @Nullable Context context;
  private volatile @Nullable Notices notices;
  private volatile @Nullable Succession succession;
  private volatile @Nullable Refusals refusals;
  private volatile int generation = 1;

  /**
   * Makes one, which has taken nothing over yet.
   *
   * @param options what there is to decide
   * @param environment of this process
   * @param table what the program listens on
   * @param runner what follows for the program
   * @param traces begins the trace of an upgrade
   */
  public Upgrader(
      Options options,
      Map<String, String> environment,
      ListenerTable table,
      Runner runner,
      Supplier<Trace> traces) {
    this(options, environment, table, runner, traces, Spawner.of(environment), Kernel::find);
  }

  Upgrader(
      Options options,
      Map<String, String> environment,
      ListenerTable table,
      Runner runner,
      Supplier<Trace> traces,
      Spawner spawner,
      Supplier<Kernel.Found> kernels) {
    this.options = options;
    this.environment = environment;
    this.table = table;
    this.runner = runner;
    this.traces = traces;
    this.spawner = spawner;
    this.kernel = new LazyKernel(kernels);
    this.place = Rendezvous.Place.of(environment, ProcessHandle.current()).orElse(null);
    this.state = new AtomicReference<>(place == null ? ALONE : new State.Heir(place.parent()));
    if (place != null) {
      table.close();
    }
  }

  /**
   * Returns whether there is anything to do for it.
   *
   * @return whether the program may be upgraded, takes another one's place, was given sockets, or
   *     is to tell somebody that it serves
   */
  public boolean isNeeded() {
    return options.on()
        || options.pidFile() != null
        || takesOver()
        || Activation.of(environment).isPresent()
        || Systemd.isThere(environment);
  }

  /**
   * Returns whether the program takes another one's place, and waits to be let in.
   *
   * @return whether it was started for that
   */
  public boolean takesOver() {
    return place != null;
  }

  /**
   * Returns whether the program may be upgraded.
   *
   * @return the option
   */
  public boolean isOn() {
    return options.on();
  }

  /**
   * Returns the generation: 1 for a program that was started.
   *
   * @return a number that is one more with each upgrade
   */
  public int generation() {
    return generation;
  }

  /**
   * Returns the trace of the upgrade that has started this program.
   *
   * @return as W3C has it; empty where there is none
   */
  public String trace() {
    Succession its = succession;
    return its == null ? "" : its.from().trace();
  }

  /**
   * Returns how often an upgrade was asked for, by what became of it.
   *
   * @return a snapshot
   */
  public UpgradeFigures figures() {
    return figures.get().with(steps.taken());
  }

  // As a service

  @Override
  public void init(Context ctx) throws IOException {
    context = ctx;
    notices = new Notices(options.pidFile(), environment, kernel, ctx.logger());
    refusals =
        new Refusals(
            ProcessHandle.current().pid(),
            Refusals.jarsOfThisProgram(),
            Systemd.isThere(environment) ? ShellSpawned.SHELL : null,
            MemoryLimit.ofThisProcess());
    Optional<Activation> activation = Activation.of(environment);
    if (place != null) {
      takeOver(ctx, place);
    } else if (activation.isPresent()) {
      activate(ctx, activation.get());
    }
  }

  private void takeOver(Context ctx, Rendezvous.Place from) throws IOException {
    Succession its = Succession.begin(ctx, table, kernel, lastWords, steps, from);
    succession = its;
    generation = its.from().generation();
    log(
        ctx,
        Level.INFO,
        "generation %d, to take over from pid %d: %s"
            .formatted(generation, from.parent(), names(its.from().sockets())));
  }

  private void activate(Context ctx, Activation activation) {
    try {
      List<Inherited> sockets = activation.sockets(kernel.get());
      table.inherit(sockets);
      table.arrived(kernel.get(), sockets, activation.fds());
      log(ctx, Level.INFO, "started with " + names(sockets));
    } catch (IOException e) {
      log(ctx, Level.WARNING, "the sockets of LISTEN_FDS cannot be used: " + e.getMessage());
    }
  }

  private static String names(List<Inherited> sockets) {
    return sockets.isEmpty()
        ? "no listener"
        : sockets.stream()
            .map(one -> one.name() + " " + Addresses.text(one.address()))
            .collect(Collectors.joining(", "));
  }

  @Override
  public void run(Context ctx) {}

  @Override
  public void stop(Context ctx) throws IOException, InterruptedException {
    isStopping();
    awaitSettled(ctx.remaining().minus(RESERVE));
    over.countDown();
    Succession its = succession;
    if (its != null) {
      if (Systemd.isThere(environment)) {
        its.awaitOldProcess(ctx.remaining().minus(RESERVE));
      }
      its.close();
    }
    notices().ends();
    table.closeUnclaimed();
  }

  /**
   * The main process ends last: whatever supervises the program ends what the main process leaves
   * behind.
   */
  private void awaitSettled(Duration limit) throws InterruptedException {
    CountDownLatch upgrade = settled;
    if (upgrade.await(Math.min(SHORT.toNanos(), limit.toNanos()), TimeUnit.NANOSECONDS)) {
      return;
    }
    log(Level.INFO, "waiting for the new process, which is stopping too");
    Duration left = limit.minus(SHORT);
    if (!upgrade.await(Math.max(0, left.toNanos()), TimeUnit.NANOSECONDS)) {
      log(Level.WARNING, "the new process has not stopped within the grace period");
    }
  }

  /** Has the service do something that may wait. */
  private void start(String name, Runnable work) {
    Context ctx = context;
    if (ctx != null) {
      ctx.threads().platform(name).newThread(work).start();
    }
  }

  private static void log(Context ctx, Level level, String line) {
    ctx.logger().log(level, line);
  }

  private void log(Level level, String line) {
    Context ctx = context;
    if (ctx != null) {
      log(ctx, level, line);
    }
  }

  // As the one that takes over

  /**
   * Tells the parent, if there is one, what the program logs. Does not wait.
   *
   * @param line a line of the log, or more below it
   */
  public void hasLogged(String line) {
    if (place != null) {
      lastWords.add(line);
    }
  }

  /** Every service is RUNNING that may, or the program has been up all the time. Does not wait. */
  public void isUp() {
    start("upgrade", this::serve);
  }

  private void serve() {
    Succession its = succession;
    try {
      if (its == null) {
        notices().firstServes();
        prepare();
      } else {
        its.enter(this::becomeReady);
        notices().serves();
        succeed(its);
      }
    } catch (IOException | RuntimeException e) {
      fail(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Before the first connection is accepted. */
  private void becomeReady() throws IOException, InterruptedException {
    try {
      if (!runner.isLetIn().toCompletableFuture().get(READY.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new IOException("this process is stopping");
      }
    } catch (ExecutionException | TimeoutException e) {
      logger().log(Level.DEBUG, "accepts before the program is ready", e);
    }
  }

  /** What an upgrade needs is there when it is asked for, and what is in its way is known. */
  private void prepare() throws IOException {
    if (options.on()) {
      refusal().ifPresent(why -> log(Level.WARNING, "cannot be upgraded: " + why));
    }
  }

  private void succeed(Succession its) throws IOException, InterruptedException {
    if (its.awaitExclusive()) {
      runner.exclusiveMayStart();
      its.awaitEnd();
      if (state.get() instanceof State.Heir heir && state.compareAndSet(heir, ALONE)) {
        log(Level.INFO, "pid " + heir.parent() + " has gone");
      }
    }
  }

  /** The service has failed, unless it stops. Said by a thread of which that is seen. */
  private void fail(Exception e) {
    Context ctx = context;
    if (ctx != null && stopping.getCount() > 0) {
      ctx.threads()
          .start(
              "upgrade-failed",
              own -> {
                throw e;
              });
    } else {
      logger().log(Level.DEBUG, "what was waited for has come to nothing", e);
    }
  }

  /** Nothing is claimed any more: what nobody has claimed is given up. Does not wait. */
  public void isComplete() {
    if (table.hasUnclaimed()) {
      start("unclaimed", this::closeUnclaimed);
    }
  }

  private void closeUnclaimed() {
    try {
      List<String> names = table.closeUnclaimed();
      if (!names.isEmpty()) {
        log(Level.WARNING, "no service has asked for what was handed over as " + names);
      }
    } catch (IOException e) {
      log(Level.WARNING, "what no service has asked for cannot be closed: " + e.getMessage());
    }
  }

  // As the one that is replaced

  /**
   * Begins an upgrade, unless there is a reason not to. Does not wait.
   *
   * @param by who asked
   * @return what becomes of it
   */
  public CompletionStage<UpgradeOutcome> begin(String by) {
    if (!options.on()) {
      return refuse("upgrades are off; set SRUN_UPGRADE=on");
    }
    var upgrading = new State.Upgrading(new AtomicReference<>());
    return switch (state.compareAndExchange(ALONE, upgrading)) {
      case State.Alone alone -> {
        log(Level.INFO, "upgrade (" + by + ")");
        CompletableFuture<UpgradeOutcome> outcome = new CompletableFuture<>();
        try {
          start("upgrade", () -> upgrade(upgrading, outcome));
        } catch (RuntimeException | OutOfMemoryError e) {
          state.compareAndSet(upgrading, ALONE);
          outcome.complete(
              decided(new UpgradeOutcome.Failed("no thread can be started: " + e, List.of())));
        }
        yield outcome;
      }
      case State.Heir heir ->
          refuse("pid " + heir.parent() + ", which this one has replaced, has not gone yet");
      case State.Upgrading already -> refuse("there is one under way");
      case State.Replaced replaced ->
          refuse("pid " + replaced.by().child().pid() + " has taken over");
      case State.Stopping stops -> refuse("the program is stopping");
    };
  }

  /**
   * Counts an upgrade that cannot be, and says so.
   *
   * @param reason why not, and what to do instead
   * @return the outcome
   */
  public CompletionStage<UpgradeOutcome> refuse(String reason) {
    return CompletableFuture.completedFuture(decided(new UpgradeOutcome.Refused(reason)));
  }

  private UpgradeOutcome decided(UpgradeOutcome outcome) {
    figures.updateAndGet(before -> before.with(outcome, Instant.now()));
    boolean isGood = outcome instanceof UpgradeOutcome.Upgraded;
    log(isGood ? Level.INFO : Level.WARNING, outcome.toString());
    return outcome;
  }

  private void upgrade(State.Upgrading mine, CompletableFuture<UpgradeOutcome> outcome) {
    CountDownLatch mySettled = new CountDownLatch(1);
    settled = mySettled;
    try {
      upgrade(mine, outcome, mySettled);
    } finally {
      mySettled.countDown();
    }
  }

  private void upgrade(
      State.Upgrading mine, CompletableFuture<UpgradeOutcome> outcome, CountDownLatch mySettled) {
    Trace trace = traces.get();
    Successor successor = null;
    boolean wasAskedToStop = false;
    UpgradeOutcome end;
    try {
      Optional<String> refusal = refusal();
      if (refusal.isPresent()) {
        end = new UpgradeOutcome.Refused(refusal.get());
      } else {
        successor = handover(mine, trace.parent()).run();
        Child child = successor.child();
        end = new UpgradeOutcome.Upgraded(child.pid(), child.generation(), successor.took());
      }
    } catch (UpgradeFailedException e) {
      steps.end();
      end = failed(e, e.lastLines());
      wasAskedToStop = e.wasAskedToStop();
      if (e.childServed()) {
        serveAgain();
      }
    } catch (IOException e) {
      end = failed(e, List.of());
    } catch (RuntimeException | Error e) {
      end = new UpgradeOutcome.Failed("unexpectedly: " + e, List.of());
      logger().log(Level.WARNING, "the upgrade that failed", e);
    }
    state.compareAndSet(mine, successor == null ? ALONE : new State.Replaced(successor));
    trace.end().accept(end);
    outcome.complete(decided(end));
    if (wasAskedToStop) {
      context().runner().stop("the process that was to take over was stopped");
    } else if (successor != null && end instanceof UpgradeOutcome.Upgraded by) {
      leave(successor, by, mySettled);
    }
  }

  private UpgradeOutcome failed(Exception e, List<String> lastLines) {
    logger().log(Level.DEBUG, "the upgrade that failed", e);
    return new UpgradeOutcome.Failed(String.valueOf(e.getMessage()), lastLines);
  }

  private Optional<String> refusal() throws IOException {
    Refusals its = refusals;
    Optional<String> refusal = its == null ? Optional.empty() : its.of(Spawner.commandLine());
    if (refusal.isPresent()) {
      return refusal;
    }
    try {
      kernel.get();
      return Optional.empty();
    } catch (IOException none) {
      return Optional.of(none.getMessage() + "; restart the program instead");
    }
  }

  private Handover handover(State.Upgrading mine, String trace) throws IOException {
    Steps mySteps = new Steps();
    steps = mySteps;
    Handover handover =
        new Handover(
            kernel.get(),
            table,
            spawner,
            context(),
            generation + 1,
            trace,
            options,
            this::isWell,
            mySteps);
    mine.handover().set(handover);
    if (stopping.getCount() == 0) {
      handover.giveUp();
    }
    return handover;
  }

  private System.Logger logger() {
    return context().logger();
  }

  private Context context() {
    Context ctx = context;
    if (ctx == null) {
      throw new IllegalStateException("the upgrader was not started");
    }
    return ctx;
  }

  private Notices notices() {
    Notices its = notices;
    if (its == null) {
      throw new IllegalStateException("the upgrader was not started");
    }
    return its;
  }

  private boolean isWell() {
    return Succession.isWell(context());
  }

  /** Another process serves: waits until this one may go, and has it go. */
  private void leave(Successor by, UpgradeOutcome.Upgraded how, CountDownLatch mySettled) {
    steps.next("probation");
    Child child = by.child();
    try (by) {
      String failure = awaitLeave(by);
      if (!failure.isEmpty()) {
        takeBack(by, failure);
        return;
      }
      if (isStoppedBySupervisor()) {
        child.send(new Message.Stop());
        child.awaitEnd();
        return;
      }
      steps.next("this one leaves");
      makeMainProcess(child, how);
      mySettled.countDown();
      runner.isReplaced(how);
      exclusiveStopped.await();
      child.send(new Message.ExclusiveStopped());
      over.await(); // the line is cut last: so it knows that this process is gone
    } catch (IOException e) {
      log(Level.WARNING, "pid " + how.pid() + " cannot be told: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * A supervisor that asks its main process to stop means the program, and knows of no other
   * process. The others stop it by the new process, which serves.
   */
  private boolean isStoppedBySupervisor() {
    return stopping.getCount() == 0
        && Systemd.isThere(environment)
        && context().runner().status().stopping() instanceof Cause.Signalled;
  }

  /** From here on whatever supervises the program follows the new process. */
  private void makeMainProcess(Child child, UpgradeOutcome.Upgraded how) {
    try {
      child.leaveToSupervisor();
    } catch (IOException e) {
      log(Level.WARNING, e.getMessage() + "; systemd may kill it instead of stopping it");
    }
    notices().isReplaced(how.pid(), how.toString());
    try {
      child.send(new Message.MainProcess());
    } catch (IOException e) {
      log(Level.WARNING, "pid " + how.pid() + " cannot be told: " + e.getMessage());
    }
  }

  /**
   * Waits for what is open here and for the other's probation; returns why that has failed, or
   * nothing.
   */
  private String awaitLeave(Successor by) throws InterruptedIOException {
    long probation = System.nanoTime() + options.probation().toNanos();
    long linger = System.nanoTime() + options.linger().toNanos();
    try (AcceptWatch accepts = new AcceptWatch(by.handed(), logger())) {
      while (stopping.getCount() > 0) {
        String failure = by.child().watch(LOOK, this::isWell);
        long now = System.nanoTime();
        if (failure.isEmpty()) {
          failure = accepts.look(now);
        }
        if (!failure.isEmpty()) {
          return failure;
        }
        boolean isProven = now - probation >= 0 && accepts.isSatisfied();
        if (isProven && (!by.hasConnections() || now - linger >= 0)) {
          break;
        }
      }
    }
    return "";
  }

  /** The child may have said of itself that it serves. */
  private void serveAgain() {
    notices().serves();
    if (stopping.getCount() == 0) {
      notices().ends(); // which may have come before
    }
  }

  private void takeBack(Successor by, String failure) throws InterruptedException {
    Child child = by.child();
    String who = "pid " + child.pid() + " (generation " + child.generation() + ") ";
    if (child.wasAskedToStop()) {
      context().runner().stop("pid " + child.pid() + ", which had taken over, was stopped");
      child.awaitEnd();
      return;
    }
    steps.next("this one serves again");
    try {
      by.takeBack(logger());
    } catch (IOException e) {
      fail(new IOException(who + failure + ", and its listeners cannot be taken back", e));
      return;
    }
    serveAgain();
    String reason = who + failure + " soon after it was let in; serving again";
    decided(new UpgradeOutcome.Failed(reason, child.lastLines()));
    child.end(true, logger());
    steps.end();
    if (state.get() instanceof State.Replaced replaced) {
      state.compareAndSet(replaced, ALONE);
    }
    log(Level.INFO, "pid " + child.pid() + " has gone: " + child.howItEnded());
  }

  /** The program stops: an upgrade that is under way is given up. Does not wait. */
  public void isStopping() {
    State before = state.getAndSet(new State.Stopping());
    stopping.countDown();
    Succession its = succession;
    if (its != null) {
      its.isStopping();
    }
    if (before instanceof State.Upgrading upgrading) {
      Handover handover = upgrading.handover().get();
      if (handover != null) {
        handover.giveUp();
      }
    }
    boolean isMainProcess =
        before instanceof State.Alone
            || before instanceof State.Upgrading
            || (before instanceof State.Heir && its != null && its.isMainProcess());
    if (isMainProcess && Systemd.isThere(environment)) {
      start("systemd", () -> notices().stops());
    }
  }

  /**
   * Returns the classes of this package: an upgrade has to be refused, and the service stopped,
   * also when the jar is gone by then. May wait for the file system.
   *
   * @return those that are nested in no other
   */
  public Class<?>[] stopClasses() {
    return UpgradeClasses.all();
  }

  /** No service runs here any more that must not run twice. Does not wait. */
  public void exclusiveStopped() {
    exclusiveStopped.countDown();
  }
}
