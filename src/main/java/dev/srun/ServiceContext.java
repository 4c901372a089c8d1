package dev.srun;

import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.trace.Tracer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The context of one service. Reads its slot; changes nothing there but by messages. */
final class ServiceContext implements Context {
  /** The most that a stop is told to leave for what comes after it. */
  private static final long RESERVE_NANOS = 1_000_000_000;

  /** How often a loop must beat that nobody has said anything else of. */
  private static final Duration BEAT = Duration.ofSeconds(30);

  private final Slot slot;
  private final Program program;
  private final CountDownLatch saidReady = new CountDownLatch(1);
  private final AtomicReference<Map<String, String>> facts = new AtomicReference<>(Map.of());
  private final AtomicReference<List<Task>> onDrain = new AtomicReference<>(List.of());
  private final AtomicReference<@Nullable Heartbeat> heartbeat = new AtomicReference<>();
  private final Owned owned;
  private volatile @Nullable Thread runThread;

  ServiceContext(Slot slot, Program program, Owned owned) {
    this.slot = slot;
    this.program = program;
    this.owned = owned;
  }

  @Override
  public String name() {
    return slot.name();
  }

  @Override
  public System.Logger logger() {
    return System.getLogger(program.loggerName(slot));
  }

  @Override
  public void ready() {
    if (saidReady.getCount() > 0) {
      saidReady.countDown();
      if (!slot.definition().implemented().ready()) {
        program.post(new Event.SaidReady(slot));
      }
    }
  }

  boolean hasSaidReady() {
    return saidReady.getCount() == 0;
  }

  @Override
  public void awaitReady() throws InterruptedException {
    saidReady.await();
  }

  /** Marks the thread that is about to call run. */
  void runEntered() {
    runThread = Thread.currentThread();
  }

  void runEnded() {
    runThread = null;
    saidReady.countDown();
  }

  @Override
  public void interruptRun() {
    Thread thread = runThread;
    if (thread != null) {
      thread.interrupt();
    }
  }

  @Override
  public Duration remaining() {
    boolean warmsUp = slot.state() == ServiceState.STARTING && slot.call(Phase.WARM_UP) != null;
    if (warmsUp || slot.state() == ServiceState.RUNNING) {
      return remainingOfCall();
    }
    long deadline = slot.deadline();
    boolean stopping = slot.state() == ServiceState.SHUTTING_DOWN;
    if (deadline == Alarm.NEVER) {
      return stopping ? Duration.ZERO : Settings.LONGEST;
    }
    long left = Math.max(0, deadline - program.host().nanoTime());
    return Duration.ofNanos(stopping ? left - Math.min(left / 10, RESERVE_NANOS) : left);
  }

  /**
   * Nothing but a warm-up or a check has a limit once the service is ready, and that is its
   * thread's alone.
   */
  private Duration remainingOfCall() {
    Slot.Call check = slot.call(Phase.CHECK);
    if (check != null && check.isOn(Thread.currentThread())) {
      return left(check, slot.definition().health().timeout());
    }
    Slot.Call warmUp = slot.call(Phase.WARM_UP);
    if (warmUp != null && warmUp.isOn(Thread.currentThread())) {
      return left(warmUp, program.settings().warmUpTimeout());
    }
    return Settings.LONGEST;
  }

  private Duration left(Slot.Call call, Duration limit) {
    Duration left = limit.minusNanos(program.host().nanoTime() - call.since());
    return left.isNegative() ? Duration.ZERO : left;
  }

  @Override
  public <T extends AutoCloseable> T own(T resource) {
    return owned.add(resource, slot.name());
  }

  @Override
  public ServiceThreads threads() {
    return owned.threads(slot, program);
  }

  Owned owned() {
    return owned;
  }

  @Override
  public void onDrain(Task task) {
    Objects.requireNonNull(task, "what to call when the drain begins");
    onDrain.updateAndGet(before -> Stream.concat(before.stream(), Stream.of(task)).toList());
  }

  /** Whether there is something to call when the drain begins. */
  boolean hasDrain() {
    return !onDrain.get().isEmpty();
  }

  /** Calls it; the first failure is thrown with the later ones suppressed onto it. */
  void beginDrain() throws Throwable {
    Throwable first = null;
    for (Task task : onDrain.get()) {
      try {
        task.run(this);
      } catch (Throwable e) {
        if (first == null) {
          first = e;
        } else {
          Failures.suppress(first, e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }

  @Override
  public void beginWork() {
    program.inFlight().begin(program.host().nanoTime());
  }

  @Override
  public void endWork() {
    program.inFlight().end(program.host().nanoTime());
  }

  @Override
  public void alive() {
    Heartbeat beats = heartbeat.get();
    if (beats == null) {
      Duration limit = slot.definition().health().beat();
      beats = expectBeats(limit == null ? BEAT : limit);
    }
    beats.beat(program.host().nanoTime());
  }

  /** The service is RUNNING: a loop that is to beat begins to. */
  void isRunning() {
    Duration limit = slot.definition().health().beat();
    if (limit != null) {
      expectBeats(limit);
    }
  }

  private Heartbeat expectBeats(Duration limit) {
    Heartbeat first = new Heartbeat(limit, program.host().nanoTime());
    Heartbeat before = heartbeat.compareAndExchange(null, first);
    return before == null ? first : before;
  }

  /** The beats of the service; null if none are expected. */
  @Nullable Heartbeat heartbeat() {
    return heartbeat.get();
  }

  @Override
  public HealthChannel health() {
    return new ServiceHealthChannel(slot, program);
  }

  /** Whether the service's own threads are asked to end. */
  boolean threadsEnd() {
    return owned.threadsEnd();
  }

  @Override
  public void describe(String fact, Object value) {
    String text = value.toString();
    facts.updateAndGet(before -> {
      Map<String, String> after = new LinkedHashMap<>(before);
      after.put(fact, text);
      return Collections.unmodifiableMap(after);
    });
  }

  Map<String, String> facts() {
    return facts.get();
  }

  @Override
  public ListeningSocket socket(String name, SocketAddress address) throws IOException {
    return own(program.sockets().claim(slot.name(), name, address));
  }

  @Override
  public Listener listen(String name, SocketAddress address) throws IOException {
    Listener listener = own(Listener.bind(name, socket(name, address)));
    boolean slash = listener.address() instanceof InetSocketAddress; // what toString begins with
    describe(name, listener.address().toString().substring(slash ? 1 : 0));
    return listener;
  }

  @Override
  public Tracer tracer() {
    return program.openTelemetry().getTracer(program.loggerName(slot));
  }

  @Override
  public Meter meter() {
    return program.openTelemetry().getMeter(program.loggerName(slot));
  }

  @Override
  public Runner runner() {
    return program;
  }
}
