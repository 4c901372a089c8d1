package dev.srun;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The program of one case of the fault matrix: three services, one of them faulty, and a journal of
 * every call into them and of every change of state, with the time of each. No two moments that
 * could be compared are the same.
 */
final class FaultyProgram {
  static final Duration GRACE = Duration.ofSeconds(10);
  static final Duration START_LIMIT = Duration.ofSeconds(5);
  static final Duration STOP_LIMIT = Duration.ofSeconds(2);

  /** How long each service takes to stop. */
  static final Duration STOP_TIME = Duration.ofMillis(700);

  /** When a stop is asked for where the program would live for ever. */
  static final Duration ASKED_AT = Duration.ofSeconds(1);

  /** When the signal comes and when the failure, both from when the faulty call began. */
  static final Duration SIGNAL_AFTER = Duration.ofMillis(100);

  static final Duration FAILS_AFTER = Duration.ofMillis(200);

  /** When it begins to spin: not before everything else that happens in that moment is done. */
  private static final Duration SPIN_AFTER = Duration.ofMillis(50);

  private static final Duration SECOND_SIGNAL_LATER = Duration.ofSeconds(1);
  private static final Duration JUST_AFTER = Duration.ofMillis(50);

  /** How long it takes until somebody notices that a limit has passed while something spins. */
  static final Duration NOTICED_LATE = Duration.ofMillis(1_100);

  /** What a call that returns late goes on after the interrupt: less than it is given for that. */
  static final Duration LATE = Duration.ofMillis(250);

  /** More than it is given for that, but others may still be stopping. */
  static final Duration TOO_LATE = Duration.ofMillis(1_500);

  /** A service without a stop, and none of the three. */
  static final String WORKER = "worker";

  static final String WORK_IS_DONE = "work is done";

  private static final Health UNHEALTHY = Health.unhealthy("on purpose");

  private final FaultCase theCase;
  private final FakeHost host = new FakeHost();
  private final Journal journal = new Journal();
  private final Map<String, Duration> times = new ConcurrentHashMap<>();
  private final Set<String> inside = ConcurrentHashMap.newKeySet();
  private final Set<String> readyInStop = ConcurrentHashMap.newKeySet();
  private final List<RunnerStatus> checked = new CopyOnWriteArrayList<>();
  private final Map<String, Integer> stages = new ConcurrentHashMap<>();
  private final Throwable error;
  private volatile @Nullable Program program;

  FaultyProgram(FaultCase theCase) {
    this.theCase = theCase;
    this.error =
        switch (theCase.fault()) {
          case THROWS_ERROR -> new LinkageError("thrown on purpose");
          case SAYS_UNHEALTHY -> new IllegalStateException("the first check said " + UNHEALTHY);
          default -> new IOException("thrown on purpose");
        };
  }

  /** Runs it to its end; what hangs even then goes on only after that, and unnoticed. */
  Exit run() throws InterruptedException {
    Config config =
        Config.named("faulty")
            .grace(GRACE)
            .drain(Duration.ZERO)
            .initTimeout(START_LIMIT)
            .readyTimeout(START_LIMIT)
            .healthTimeout(START_LIMIT);
    Program started = host.start(config, this::register);
    program = started;
    if (theCase.where().isInStop()
        || (theCase.where() == FaultCase.Where.RUN && !theCase.endsTheProgram())) {
      host.at(ASKED_AT, () -> askToStop(started));
    }
    host.drive(started);
    return started.await();
  }

  private void askToStop(Program started) {
    if (started.request().asked() == null) {
      note(started.status().ready() ? "was up" : "was not up");
    }
    if (theCase.meanwhile() == FaultCase.Meanwhile.SIGNAL_BEGAN_THE_STOP) {
      signal("first");
    } else {
      started.stop("enough");
    }
  }

  private void signal(String which) {
    if (isOver()) {
      return;
    }
    note(which + " signal");
    host.signal("TERM", 15);
    if (status().ready()) {
      readyInStop.add(which + " signal");
    }
  }

  private void register(Registrar app) {
    app.onStateChange(change -> note(change.service() + " " + change.to()));
    if (theCase.layout() == FaultCase.Layout.COUNTED_WORK_AT_THE_BEGINNING) {
      app.service(WORKER, this::work);
    }
    register(app::service, "first", 0);
    if (theCase.layout() == FaultCase.Layout.GROUP_IN_THE_MIDDLE) {
      app.group(group -> {
        register(group::service, "middle", 1);
        register(group::service, "sibling", 1);
      });
    } else {
      register(app::service, "middle", 1);
    }
    register(app::service, "last", 2);
    if (theCase.layout() == FaultCase.Layout.MAIN_TASK_AT_THE_END) {
      app.main(
          "main",
          ctx -> {
            note("run main");
            host.hang();
          });
    }
  }

  /** Takes as long to finish what it has counted as the others take to stop. */
  @SuppressWarnings("try") // the work is what goes on inside
  private void work(Context ctx) throws InterruptedException {
    try (Work work = ctx.work()) {
      ctx.ready();
      while (!ctx.isStopping()) {
        host.sleep(STOP_TIME);
      }
      host.sleep(STOP_TIME);
      note(WORK_IS_DONE);
    }
  }

  private void register(
      BiFunction<String, Service, Registration> registrar, String name, int stage) {
    stages.put(name, stage);
    Registration registration = registrar.apply(name, member(name));
    if (name.equals(faulty()) && theCase.hasOwnStopLimit()) {
      registration.stopTimeout(STOP_LIMIT);
    }
  }

  private Member member(String name) {
    if (!name.equals(faulty())) {
      return new Member(name);
    }
    return switch (theCase.where()) {
      case READY -> new WithReady(name);
      case CHECK -> new WithCheck(name);
      case INIT, RUN, STOP, CLOSE -> new Member(name);
    };
  }

  private interface Code {
    void run() throws Exception;
  }

  /** A service that stops in a while and lets itself be interrupted, where it is not at fault. */
  private class Member implements Service {
    final String name;
    private final FakeHost.Door stopped = host.new Door();

    Member(String name) {
      this.name = name;
    }

    final void call(Phase phase, Code code) throws Exception {
      note(phase + " " + name);
      inside.add(phase + " " + name);
      try {
        if (name.equals(faulty()) && phase == theCase.where().phase()) {
          misbehave();
        } else {
          code.run();
        }
      } finally {
        if (!isOver()) {
          inside.remove(phase + " " + name);
          note("end of " + phase + " " + name);
        }
      }
    }

    @Override
    public void init(Context ctx) throws Exception {
      ctx.own(() -> note("close early " + name));
      ctx.own(() -> call(Phase.CLOSE, () -> {}));
      call(Phase.INIT, () -> {});
    }

    @Override
    public void run(Context ctx) throws Exception {
      ctx.ready();
      call(Phase.RUN, stopped::await);
    }

    @Override
    public void stop(Context ctx) throws Exception {
      if (ctx.runner().status().ready()) {
        readyInStop.add("stop " + name);
      }
      if (name.equals(faulty()) && theCase.where() == FaultCase.Where.STOP) {
        stopped.open(); // so that nothing but the stop is at fault
      }
      call(
          Phase.STOP,
          () -> {
            host.sleep(STOP_TIME);
            stopped.open();
          });
    }
  }

  private final class WithReady extends Member {
    WithReady(String name) {
      super(name);
    }

    @Override
    public void ready(Context ctx) throws Exception {
      call(Phase.READY, () -> {});
    }
  }

  private final class WithCheck extends Member implements HealthChecked {
    private volatile @Nullable Runner runner;

    WithCheck(String name) {
      super(name);
    }

    @Override
    public void init(Context ctx) throws Exception {
      runner = ctx.runner();
      super.init(ctx);
    }

    @Override
    public Health check() throws Exception {
      Runner asked = runner;
      if (asked != null) {
        checked.add(asked.status());
      }
      call(Phase.CHECK, () -> {});
      return theCase.fault() == FaultCase.Fault.SAYS_UNHEALTHY ? UNHEALTHY : Health.healthy();
    }
  }

  private void misbehave() throws Exception {
    switch (theCase.meanwhile()) {
      case NO_SIGNAL, SIGNAL_BEGAN_THE_STOP -> {}
      case SIGNAL -> signalIn(SIGNAL_AFTER, "first");
      case TWO_SIGNALS -> {
        signalIn(SIGNAL_AFTER, "first");
        signalIn(SIGNAL_AFTER.plus(SECOND_SIGNAL_LATER), "second");
      }
      case SIGNAL_AFTER_THE_FAULT -> signalIn(faultIsKnownAfter().plus(JUST_AFTER), "first");
    }
    switch (theCase.fault()) {
      case THROWS_EXCEPTION, THROWS_ERROR, SAYS_UNHEALTHY -> failInAWhile();
      case HANGS -> host.hang();
      case SWALLOWS_INTERRUPTS -> host.hangAndSwallowInterrupts();
      case SPINS -> {
        host.sleepThroughInterrupts(SPIN_AFTER);
        host.freezeSupervisor();
        host.hangAndSwallowInterrupts();
      }
      case RETURNS_LATE -> goOnAfterTheInterruptFor(LATE);
      case RETURNS_TOO_LATE -> goOnAfterTheInterruptFor(TOO_LATE);
    }
  }

  private Duration faultIsKnownAfter() {
    return switch (theCase.fault()) {
      case THROWS_EXCEPTION, THROWS_ERROR, SAYS_UNHEALTHY -> FAILS_AFTER;
      case HANGS, SWALLOWS_INTERRUPTS, RETURNS_LATE, RETURNS_TOO_LATE -> START_LIMIT;
      case SPINS -> START_LIMIT.plus(NOTICED_LATE);
    };
  }

  private void signalIn(Duration time, String which) {
    host.startThread(
        which + "-signal",
        false,
        () -> {
          host.sleepThroughInterrupts(time);
          signal(which);
        });
  }

  private void failInAWhile() throws Exception {
    try {
      host.sleep(FAILS_AFTER);
    } catch (InterruptedException e) {
      note("interrupted before it failed");
    }
    note("failing");
    switch (theCase.fault()) {
      case THROWS_ERROR -> throw (Error) error;
      case SAYS_UNHEALTHY -> {} // its answer does
      default -> throw (Exception) error;
    }
  }

  private void goOnAfterTheInterruptFor(Duration time) {
    try {
      host.hang();
    } catch (InterruptedException e) {
      host.sleepThroughInterrupts(time);
    }
  }

  /** Notes a line, unless the program has ended: nobody sees what those do who hang even then. */
  private void note(String line) {
    if (!isOver()) {
      times.putIfAbsent(line, host.elapsed());
      journal.note(line);
    }
  }

  private boolean isOver() {
    Program running = program;
    return running != null && running.isOver();
  }

  // What was seen of it

  /** The name of the service that is at fault. */
  String faulty() {
    return theCase.place().name().toLowerCase(Locale.ROOT);
  }

  /** What is thrown; where nothing is, what the runner makes of the answer. */
  Throwable error() {
    return error;
  }

  List<String> lines() {
    return journal.lines();
  }

  boolean happened(String line) {
    return times.containsKey(line);
  }

  /** When a line was noted first; after everything else if it never was. */
  Duration at(String line) {
    return times.getOrDefault(line, NEVER);
  }

  static final Duration NEVER = Duration.ofDays(1);

  Duration elapsed() {
    return host.elapsed();
  }

  /** Whether one of the service's calls had not ended when the program had. */
  boolean isStuck(String service) {
    return inside.stream().anyMatch(call -> call.endsWith(" " + service));
  }

  /** Where readiness was still true though a stop had been asked for. */
  Set<String> readyInStop() {
    return Set.copyOf(readyInStop);
  }

  /** How things stood when the faulty service was checked, each time. */
  List<RunnerStatus> checked() {
    return checked;
  }

  RunnerStatus status() {
    Program started = program;
    if (started == null) {
      throw new IllegalStateException("not started");
    }
    return started.status();
  }

  /** The services, in no order; tasks are none. */
  Set<String> services() {
    return stages.keySet();
  }

  int stage(String service) {
    return service.equals(WORKER) ? -1 : stages.getOrDefault(service, 3);
  }

  /** The services whose init was called. */
  List<String> begun() {
    List<String> begun = new ArrayList<>(services());
    begun.removeIf(service -> !happened("init " + service));
    return begun;
  }
}
