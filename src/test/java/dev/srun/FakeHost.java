package dev.srun;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
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

  /** How long real time may pass without anything happening before a test is called stuck. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final long START = 1_000_000_000_000L;

  private final AtomicInteger active = new AtomicInteger(1);
  private final AtomicInteger threads = new AtomicInteger();
  private final AtomicLong entries = new AtomicLong();
  private final AtomicLong now = new AtomicLong(START);
  private final AtomicLong alarmAt = new AtomicLong(Alarm.NEVER);
  private final Set<Waiter> waiters = ConcurrentHashMap.newKeySet();
  private final List<Stimulus> stimuli = new ArrayList<>();
  private final Map<String, String> environment = new HashMap<>();
  private final AtomicReference<Signals.@Nullable Receiver> receiver = new AtomicReference<>();
  private final AtomicReference<Watched> watched = new AtomicReference<>();
  private final AtomicReference<Watchdog> watchdog = new AtomicReference<>();
  private final Thread driver = Thread.currentThread();
  private volatile boolean frozen;
  private volatile boolean hurried;
  private volatile boolean terminal;
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
            Thread.interrupted();
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

  /** Somebody sits in front of the program. */
  FakeHost withTerminal() {
    terminal = true;
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
    Launch launch = new Launch(this, new LogWriter(SILENT), (format, lowest) -> {}, false);
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
    waiters.forEach(Waiter::release);
    while (threads.get() > 0) {
      waiters.forEach(Waiter::release);
      LockSupport.parkNanos(this, 20_000);
      if (System.nanoTime() - realDeadline > 0) {
        throw new AssertionError("not all threads ended: " + threads + " left");
      }
    }
  }

  /** Whether nothing is active, nothing is about to be, and nothing was while this looked. */
  private boolean isQuiet() {
    long before = entries.get();
    return active.get() == 0
        && waiters.stream().noneMatch(this::isAboutToWake)
        && active.get() == 0
        && entries.get() == before;
  }

  private boolean isAboutToWake(Waiter waiter) {
    return waiter.interruptible && waiter.thread.isInterrupted() && !isFrozen(waiter.thread);
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
      lookAt = watchdog.get().look(now.get());
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

  private boolean isFrozen(Thread thread) {
    return frozen && thread.getName().equals("srun-supervisor");
  }

  @Override
  public TaskScope openScope() {
    return new CountedScope(new PlainScope("under a fake clock"));
  }

  private final class CountedScope implements TaskScope {
    private final TaskScope scope;

    CountedScope(TaskScope scope) {
      this.scope = scope;
    }

    @Override
    public Thread fork(String name, boolean platform, Runnable body) {
      enterThread();
      return scope.fork(name, platform, () -> runAndLeave(body));
    }

    @Override
    public boolean bindsOwner() {
      return scope.bindsOwner();
    }

    @Override
    public String description() {
      return scope.description();
    }

    @Override
    public void close() {
      scope.close();
    }
  }

  private void runAndLeave(Runnable body) {
    try {
      body.run();
    } finally {
      threads.decrementAndGet();
      leave();
    }
  }

  @Override
  public Thread startThread(String name, boolean platform, Runnable body) {
    enterThread();
    Thread thread = TaskScope.newThread(name, platform, () -> runAndLeave(body));
    thread.start();
    return thread;
  }

  @Override
  public Alarm startWatchdog(Watched program) {
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
      return () -> receiver.set(null);
    };
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
