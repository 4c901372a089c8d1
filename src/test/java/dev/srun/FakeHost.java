package dev.srun;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A machine whose time moves only when nothing else can: when the supervisor waits on an empty
 * queue and every other thread has ended or stands in a wait of this class.
 *
 * <p>It counts what is active: each forked thread, each posted event until the supervisor comes
 * back for the next, and the supervisor before its first. A thread that waits here leaves the count
 * and is counted again by whoever lets it go on, before it does.
 */
final class FakeHost implements Host {
  private final ProgramThreads threadsOfProgram = new ProgramThreads();

  /** How long real time may pass without anything happening before a test is called stuck. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final long START = 1_000_000_000_000L;

  private final AtomicInteger active = new AtomicInteger(1);
  private final AtomicInteger threads = new AtomicInteger();
  private final AtomicLong entries = new AtomicLong();
  private final AtomicLong now = new AtomicLong(START);
  private final AtomicLong alarmAt = new AtomicLong(Alarm.NEVER);
  private final Set<Thread> alive = ConcurrentHashMap.newKeySet();
  private final Set<Waiter> waiters = ConcurrentHashMap.newKeySet();
  private final List<Stimulus> stimuli = new ArrayList<>();
  private final Map<String, String> environment =
      new HashMap<>(Map.of("SRUN_ADMIN_ADDRESS", "off", "OTEL_SDK_DISABLED", "true"));
  private final AtomicReference<Signals.@Nullable Receiver> receiver = new AtomicReference<>();
  private final AtomicReference<Watched> watched = new AtomicReference<>();
  private final AtomicReference<Watchdog> watchdog = new AtomicReference<>();
  private final Thread driver = Thread.currentThread();
  private final List<LogLine> said = new CopyOnWriteArrayList<>();
  private final List<String> passedOn = new CopyOnWriteArrayList<>();
  private final AtomicInteger refusals = new AtomicInteger();
  private LogWriter log = new LogWriter(SILENT);
  private volatile boolean frozen;
  private volatile boolean heldBack;
  private volatile boolean seesExits;
  private volatile boolean scopeBinds;
  private volatile boolean waitsForOwnThreads;
  private volatile boolean scopeIsClosed;
  private volatile Runnable whenScopeCloses = () -> {};
  private volatile Runnable beforeSupervisor = () -> {};
  private volatile boolean hurried;
  private volatile boolean terminal;
  private boolean listens = true;
  private volatile Upgrades upgrades = Upgrades.NONE;
  private long lookAt = START;

  /** Something from outside that happens at a moment. */
  record Stimulus(Duration at, Runnable what) {}

  private enum Wait {
    WAITING,
    RELEASED,
    INTERRUPTED
  }

  private final class Waiter {
    final Thread thread = Thread.currentThread();
    final AtomicReference<Wait> wait = new AtomicReference<>(Wait.WAITING);
    final boolean interruptible;
    final long until;
    boolean wasInterrupted;

    Waiter(boolean interruptible, long until) {
      this.interruptible = interruptible;
      this.until = until;
    }

    void release() {
      enter();
      if (wait.compareAndSet(Wait.WAITING, Wait.RELEASED)) {
        LockSupport.unpark(thread);
      } else {
        leave();
      }
    }

    void await() throws InterruptedException {
      waiters.add(this);
      leave();
      try {
        while (wait.get() != Wait.RELEASED) {
          if (isFrozen(thread)) {
            Thread.interrupted();
          } else if (interruptible && thread.isInterrupted()) {
            enter();
            if (wait.compareAndSet(Wait.WAITING, Wait.INTERRUPTED)) {
              Thread.interrupted();
              throw new InterruptedException();
            }
            leave();
          } else if (!interruptible) {
            wasInterrupted |= Thread.interrupted();
          }
          LockSupport.park(this);
        }
      } finally {
        waiters.remove(this);
      }
    }
  }

  private void enter() {
    entries.incrementAndGet();
    active.incrementAndGet();
  }

  private void enterThread() {
    threads.incrementAndGet();
    enter();
  }

  private void leave() {
    if (active.decrementAndGet() == 0) {
      LockSupport.unpark(driver);
    }
  }

  // What fixtures wait in

  /** A door that a fixture opens for another. */
  final class Door {
    private final Set<Waiter> behind = ConcurrentHashMap.newKeySet();
    private volatile boolean open;

    void open() {
      open = true;
      behind.forEach(Waiter::release);
    }

    void await() throws InterruptedException {
      Waiter waiter = new Waiter(true, Alarm.NEVER);
      behind.add(waiter);
      if (open) {
        waiter.release();
      }
      waiter.await();
    }
  }

  /** Waits until interrupted. */
  void hang() throws InterruptedException {
    new Waiter(true, Alarm.NEVER).await();
  }

  /** Waits until the test is over, whatever anybody does. */
  void hangAndSwallowInterrupts() {
    try {
      new Waiter(false, Alarm.NEVER).await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Lets fake time pass, and no interrupt ends that early. */
  void sleepThroughInterrupts(Duration time) {
    try {
      new Waiter(false, now.get() + time.toNanos()).await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * Stands in {@code System.exit} as far as anybody can see: until the test is over, whatever
   * anybody does. For a host that {@link #seesExits}.
   */
  void standInSystemExit() {
    ((ThreadThatMayExit) Thread.currentThread()).exits = true;
    hangAndSwallowInterrupts();
  }

  /** Lets fake time pass. */
  void sleep(Duration time) throws InterruptedException {
    new Waiter(true, now.get() + time.toNanos()).await();
  }

  // The test's side

  FakeHost set(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  /** Has something happen from outside, so long after the start. */
  FakeHost at(Duration time, Runnable what) {
    stimuli.add(new Stimulus(time, what));
    stimuli.sort(Comparator.comparing(Stimulus::at));
    return this;
  }

  /** Has a signal arrive from outside. */
  FakeHost signalAt(Duration time, String name, int number) {
    return at(time, () -> withReceiver(to -> to.onSignal(new Cause.Signalled(name, number))));
  }

  /** Has a signal arrive now, on the calling thread; without effect once nobody listens. */
  void signal(String name, int number) {
    withReceiver(to -> to.onSignal(new Cause.Signalled(name, number)));
  }

  private void withReceiver(Consumer<Signals.Receiver> call) {
    Signals.Receiver to = receiver.get();
    if (to != null) {
      call.accept(to);
    }
  }

  /** From its next wait on, the supervisor's thread gets no processor; the watchdog sees to it. */
  void freezeSupervisor() {
    frozen = true;
  }

  /** The supervisor's thread gets a processor again. */
  void thawSupervisor() {
    frozen = false;
    waiters.stream().filter(waiter -> isSupervisor(waiter.thread)).forEach(Waiter::release);
  }

  /** From here on no virtual thread that is started gets a processor. */
  void holdBackNewThreads() {
    heldBack = true;
  }

  /** Refuses the next so many threads that would take over, for want of memory. */
  FakeHost refuseToTakeOver(int times) {
    refusals.set(times);
    return this;
  }

  /** Calls of services run on threads that can be seen to stand in {@code System.exit}. */
  FakeHost seesExits() {
    seesExits = true;
    return this;
  }

  /** Time passes also while a service is closed whose own threads do not end. */
  FakeHost withThreadsOfTheirOwn() {
    waitsForOwnThreads = true;
    return this;
  }

  /** The scope is one whose owner has to close it, and so waits for all of its threads. */
  FakeHost withScopeThatBinds(Runnable whenItCloses) {
    scopeBinds = true;
    whenScopeCloses = whenItCloses;
    return this;
  }

  /** Something happens when the setup has ended and the supervisor has not begun. */
  FakeHost beforeSupervisor(Runnable what) {
    beforeSupervisor = what;
    return this;
  }

  /** Keeps what is logged, for {@link #said}. */
  FakeHost keepsLog() {
    log = new LogWriter(new EveryLine(said::add));
    return this;
  }

  /** What was logged, once all of it is written. */
  List<LogLine> said() {
    if (!log.flush(PATIENCE)) {
      throw new AssertionError("the log is not written");
    }
    return said;
  }

  /** Somebody sits in front of the program. */
  FakeHost withTerminal() {
    terminal = true;
    return this;
  }

  /** Whoever sat in front of the program has gone, and the terminal with them. */
  void loseTerminal() {
    terminal = false;
  }

  /** The program is upgraded by these. */
  FakeHost upgradedBy(Upgrades by) {
    upgrades = by;
    return this;
  }

  /** Starts the program and lets time pass until it has ended; returns its exit. */
  Exit run(Config config, Setup setup) {
    Program program = start(config, setup);
    drive(program);
    try {
      return program.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  Program start(Config config, Setup setup) {
    Launch launch = new Launch(this, log, LogSetup.NOT_OURS, false);
    return launch.start(config, setup);
  }

  /** Lets time pass until the program has ended, then lets every hanging thread go. */
  void drive(Program program) {
    long realDeadline = System.nanoTime() + PATIENCE.toNanos();
    while (!program.isOver()) {
      if (System.nanoTime() - realDeadline > 0) {
        throw new AssertionError("stuck: " + active + " active, " + program.status());
      }
      if (!isQuiet()) {
        LockSupport.parkNanos(this, 20_000);
      } else if (!program.isOver()) {
        passTime(program);
      }
    }
    frozen = false;
    heldBack = false;
    waiters.forEach(Waiter::release);
    while (threads.get() > 0 || (scopeBinds && !scopeIsClosed)) {
      waiters.forEach(Waiter::release);
      LockSupport.parkNanos(this, 20_000);
      if (System.nanoTime() - realDeadline > 0) {
        throw new AssertionError("not all threads ended: " + threads + " left");
      }
    }
  }

  /**
   * Whether nothing is active, nothing is about to be, and nothing was while this looked. A thread
   * that waits stands still by then, so that a report finds it as it is.
   */
  private boolean isQuiet() {
    long before = entries.get();
    return active.get() == waitingForOwnThreads()
        && waiters.stream().noneMatch(this::isAboutToWake)
        && active.get() == waitingForOwnThreads()
        && entries.get() == before;
  }

  /** How many threads that count as active stand in the one wait that is not of this class. */
  private int waitingForOwnThreads() {
    return waitsForOwnThreads
        ? (int) alive.stream().filter(FakeHost::waitsForOwnThreads).count()
        : 0;
  }

  private static boolean waitsForOwnThreads(Thread thread) {
    return thread.getState() == Thread.State.TIMED_WAITING
        && !thread.isInterrupted()
        && Arrays.stream(thread.getStackTrace()).anyMatch(FakeHost::closesOwnThreads);
  }

  private static boolean closesOwnThreads(StackTraceElement frame) {
    return frame.getClassName().equals(ThreadsOfService.class.getName())
        && frame.getMethodName().equals("close");
  }

  private boolean isAboutToWake(Waiter waiter) {
    boolean interrupted =
        waiter.interruptible && waiter.thread.isInterrupted() && !isFrozen(waiter.thread);
    return interrupted || waiter.thread.getState() != Thread.State.WAITING;
  }

  private void passTime(Program program) {
    long next = alarmAt.get();
    for (Waiter waiter : waiters) {
      next = Deadlines.earlier(next, waiter.until);
    }
    if (!stimuli.isEmpty()) {
      next = Deadlines.earlier(next, START + stimuli.getFirst().at.toNanos());
    }
    if (frozen) {
      lookAt = hurried ? now.get() : lookAt;
      hurried = false;
      next = Deadlines.earlier(next, lookAt);
    }
    if (next == Alarm.NEVER) {
      throw new AssertionError("nothing can happen any more: " + program.status());
    }
    now.accumulateAndGet(next, Math::max);
    while (!stimuli.isEmpty() && START + stimuli.getFirst().at.toNanos() <= now.get()) {
      stimuli.removeFirst().what.run();
    }
    for (Waiter waiter : waiters) {
      if (waiter.until != Alarm.NEVER && waiter.until <= now.get()) {
        waiter.release();
      }
    }
    if (alarmAt.get() <= now.get()) {
      alarmAt.set(Alarm.NEVER);
      watched.get().ring();
    }
    if (frozen && lookAt <= now.get()) {
      look();
    }
  }

  private void look() {
    try {
      lookAt = watchdog.get().look(now.get());
    } catch (OutOfMemoryError e) { // as the watchdog's own thread does
      watched.get().releaseMemory();
      lookAt = now.get() + Duration.ofMillis(10).toNanos();
    }
  }

  /** How much fake time has passed. */
  Duration elapsed() {
    return Duration.ofNanos(now.get() - START);
  }

  private static final LogSink SILENT =
      new LogSink() {
        @Override
        public boolean isLoggable(System.Logger.Level level) {
          return false;
        }

        @Override
        public void write(LogLine line) {}
      };

  // The runner's side

  @Override
  public Map<String, String> environment() {
    return environment;
  }

  @Override
  public long nanoTime() {
    return now.get();
  }

  @Override
  public Instant now() {
    return Instant.EPOCH.plusNanos(now.get());
  }

  @Override
  public <T> Mailbox<T> openMailbox() {
    return new CountedMailbox<>();
  }

  /** A mailbox whose reader is active unless it waits for the next message. */
  private final class CountedMailbox<T> implements Mailbox<T> {
    private final ConcurrentLinkedQueue<T> messages = new ConcurrentLinkedQueue<>();
    private final AtomicReference<@Nullable Waiter> waiting = new AtomicReference<>();

    @Override
    public void post(T message) {
      messages.add(message);
      Waiter reader = waiting.get();
      if (reader != null && !isFrozen(reader.thread)) {
        reader.release();
      }
      if (message instanceof Event.VirtualThreadsRun) {
        leave(); // who says so does nothing more until the program has ended
      }
    }

    @Override
    public @Nullable T poll() {
      return messages.poll();
    }

    @Override
    public boolean isEmpty() {
      return messages.isEmpty();
    }

    @Override
    public boolean hasOtherThan(T message) {
      return messages.stream().anyMatch(each -> !each.equals(message));
    }

    @Override
    public void await() throws InterruptedException {
      Waiter waiter = new Waiter(true, Alarm.NEVER);
      waiting.set(waiter);
      if (!messages.isEmpty() && !isFrozen(waiter.thread)) {
        waiter.release();
      }
      try {
        waiter.await();
      } finally {
        waiting.compareAndSet(waiter, null);
      }
    }
  }

  @Override
  public <T> BlockingQueue<T> openQueue(int capacity) {
    return new CountedQueue<>(capacity);
  }

  /** A queue whose reader is active unless it waits for the next element. */
  private final class CountedQueue<T> extends ArrayBlockingQueue<T> {
    private static final long serialVersionUID = 1;
    private final transient AtomicReference<@Nullable Waiter> waiting = new AtomicReference<>();

    CountedQueue(int capacity) {
      super(capacity);
    }

    @Override
    public boolean offer(T element) {
      boolean added = super.offer(element);
      Waiter reader = waiting.get();
      if (reader != null) {
        reader.release();
      }
      return added;
    }

    @Override
    public T take() throws InterruptedException {
      T element = poll();
      while (element == null) {
        Waiter waiter = new Waiter(true, Alarm.NEVER);
        waiting.set(waiter);
        if (!isEmpty()) {
          waiter.release();
        }
        try {
          waiter.await();
        } finally {
          waiting.compareAndSet(waiter, null);
        }
        element = poll();
      }
      return element;
    }
  }

  private boolean isFrozen(Thread thread) {
    return frozen && isSupervisor(thread);
  }

  private static boolean isSupervisor(Thread thread) {
    return thread.getName().equals("srun-supervisor");
  }

  @Override
  public ProgramThreads threads() {
    return threadsOfProgram;
  }

  @Override
  public TaskScope openScope() {
    return new FakeScope();
  }

  private final class FakeScope extends CountedScope {
    FakeScope() {
      super(threadsOfProgram);
    }

    @Override
    Thread start(String name, boolean platform, Counted body) {
      return startThread(name, platform, body);
    }

    @Override
    Thread startCounted(String name, Counted body) {
      return startThread(name, false, body);
    }

    @Override
    public boolean bindsOwner() {
      return scopeBinds;
    }

    @Override
    public String description() {
      return "plain virtual threads (under a fake clock)";
    }

    @Override
    void closeEmpty() {
      whenScopeCloses.run();
      scopeIsClosed = true;
    }
  }

  /** A thread whose stack can say that it stands in {@code System.exit}, where no test can. */
  private static final class ThreadThatMayExit extends Thread {
    private volatile boolean exits;

    ThreadThatMayExit(String name, Runnable body) {
      super(body, name);
      setDaemon(true);
    }

    @Override
    public StackTraceElement[] getStackTrace() {
      StackTraceElement exit = new StackTraceElement("java.lang.Runtime", "exit", null, -1);
      return exits ? new StackTraceElement[] {exit} : super.getStackTrace();
    }
  }

  private void runAndLeave(boolean platform, Runnable body) {
    alive.add(Thread.currentThread());
    try {
      if (heldBack && !platform) {
        awaitProcessor();
      }
      body.run();
    } finally {
      alive.remove(Thread.currentThread());
      threads.decrementAndGet();
      leave();
    }
  }

  private void awaitProcessor() {
    Waiter waiter = new Waiter(false, Alarm.NEVER);
    try {
      waiter.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    if (waiter.wasInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public Thread startThread(String name, boolean platform, Runnable body) {
    if (name.equals("srun-supervisor-2") && refusals.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
      throw new OutOfMemoryError("unable to create native thread, says the test");
    }
    enterThread();
    Runnable counted = () -> runAndLeave(platform, body);
    Thread thread =
        seesExits
            ? new ThreadThatMayExit(name, counted)
            : threadsOfProgram.make(name, platform, counted);
    thread.start();
    return thread;
  }

  @Override
  public Alarm startWatchdog(Watched program) {
    beforeSupervisor.run();
    watched.set(program);
    watchdog.set(new Watchdog(program));
    return new Alarm() {
      @Override
      public void notLaterThan(long nanoTime) {
        alarmAt.accumulateAndGet(nanoTime, Math::min);
      }

      @Override
      public void hurry() {
        hurried = true;
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public Signals signals() {
    return (to, say) -> {
      receiver.set(to);
      return new Signals.Attached() {
        @Override
        public void close() {
          receiver.set(null);
        }

        @Override
        public void passOn(Cause.Signalled signal) {
          close();
          passedOn.add(signal.signal());
        }
      };
    };
  }

  /** The signals that were given to their former handlers. */
  List<String> passedOn() {
    return passedOn;
  }

  @Override
  public Upgrades upgrades() {
    return upgrades;
  }

  /** Nobody can be connecting, as far as the system says. */
  FakeHost listensOnNothing() {
    listens = false;
    return this;
  }

  @Override
  public boolean listensBesides(Set<Integer> ports) {
    return listens;
  }

  @Override
  public boolean hasTerminal() {
    return terminal;
  }

  @Override
  public void halt(int code) {
    throw new AssertionError("halt " + code);
  }
}
