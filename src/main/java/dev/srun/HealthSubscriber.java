package dev.srun;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * One listener with its queue and its thread. The queue has room for every service asked for, each
 * stands in it once at most, and its health is read when it is taken: so an offer can never fail,
 * and a slow listener comes to the latest by itself.
 */
final class HealthSubscriber implements HealthSubscription {
  private static final int ABSENT = 0;
  private static final int QUEUED = 1;

  private final HealthBus bus;
  private final Program program;
  private final Slot owner;
  private final HealthListener listener;
  private final List<HealthEntry> entries;
  private final boolean takesAll;

  /** The {@linkplain HealthEntry#index() indices} of the entries, ascending; none for all. */
  private final int[] indices;

  private final AtomicIntegerArray queued;

  /** Which change of each service was its last when the listener subscribed. */
  private final long[] subscribedAt;

  /** Which change of each service the listener was told last. */
  private final long[] told;

  /** Its last place is for the subscriber itself, which stands for the end. */
  private final BlockingQueue<Object> queue;

  private final LongAdder missed = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private volatile boolean closed;

  HealthSubscriber(
      HealthBus bus,
      Program program,
      Slot owner,
      HealthListener listener,
      List<HealthEntry> asked,
      boolean takesAll) {
    this.bus = bus;
    this.program = program;
    this.owner = owner;
    this.listener = listener;
    this.takesAll = takesAll;
    this.entries = asked.stream().sorted(Comparator.comparingInt(HealthEntry::index)).toList();
    this.indices = takesAll ? new int[0] : entries.stream().mapToInt(HealthEntry::index).toArray();
    this.queued = new AtomicIntegerArray(entries.size());
    this.subscribedAt = entries.stream().mapToLong(entry -> entry.now().change()).toArray();
    this.told = Arrays.stream(subscribedAt).map(change -> change - 1).toArray();
    this.queue = program.host().openQueue(entries.size() + 1);
  }

  /** Subscribes, and has everything asked for told as it is now. */
  void start() {
    bus.add(this);
    try {
      owner.context().threads().start("health", ctx -> tell());
    } catch (Throwable notStarted) {
      bus.remove(this);
      throw notStarted;
    }
    entries.forEach(this::offer);
  }

  boolean takesAll() {
    return takesAll;
  }

  List<HealthEntry> entries() {
    return entries;
  }

  /** Queues a service unless it is; any thread, and never waits. */
  void offer(HealthEntry entry) {
    if (queued.compareAndSet(position(entry), ABSENT, QUEUED)) {
      queue.add(entry);
    }
  }

  private int position(HealthEntry entry) {
    return takesAll ? entry.index() : Arrays.binarySearch(indices, entry.index());
  }

  // Its thread

  private void tell() {
    try {
      while (goesOn() && queue.take() instanceof HealthEntry entry) {
        int position = position(entry);
        queued.set(position, ABSENT); // before its health is read, so that no change is lost
        tell(entry, position);
        if (goesOn()) {
          Thread.interrupted(); // what the listener left behind
        }
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } finally {
      closed = true;
      bus.remove(this);
    }
  }

  /** An interrupt says the same, but a listener may have swallowed it. */
  private boolean goesOn() {
    return !closed && !owner.context().threadsEnd();
  }

  private void tell(HealthEntry entry, int position) {
    ServiceHealth health = entry.now();
    long last = told[position];
    if (health.change() == last || closed) {
      return;
    }
    told[position] = health.change();
    if (health.change() > subscribedAt[position]) {
      bus.deliveries().record(program.host().nanoTime() - entry.publishedAt());
    }
    count(missed, bus.missed(), health.change() - last - 1);
    try {
      listener.changed(health);
    } catch (Throwable e) {
      count(failures, bus.failures(), 1);
      failed(health, e);
    }
  }

  private void failed(ServiceHealth health, Throwable error) {
    if (error instanceof InterruptedException && owner.context().threadsEnd()) {
      Thread.currentThread().interrupt(); // how a listener that waits is ended
      return;
    }
    program
        .log()
        .error(
            program.loggerName(owner),
            "a health listener failed at " + health,
            Failures.of(owner.name(), Phase.RUN, error));
  }

  private static void count(LongAdder own, LongAdder all, long more) {
    if (more > 0) {
      own.add(more);
      all.add(more);
    }
  }

  // The subscriber's side

  @Override
  public long missed() {
    return missed.sum();
  }

  @Override
  public long failures() {
    return failures.sum();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      bus.remove(this);
      queue.offer(this); // there is room for one
    }
  }
}
