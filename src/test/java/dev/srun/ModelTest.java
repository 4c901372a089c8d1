package dev.srun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Random programs, stopped at random moments, held against what is true of every program. A failure
 * prints the seed of its case; {@code -Dmodel.seed=} runs that case alone.
 */
class ModelTest {
  private static final int CASES = 1_250;
  private static final Duration GRACE = Duration.ofSeconds(10);

  /** What a phase does. */
  private enum Does {
    SUCCEED,
    TAKE_TIME,
    THROW,
    THROW_AN_ERROR,
    HANG,
    HANG_AND_SWALLOW
  }

  /** How a run becomes ready and ends. */
  private enum Runs {
    RETURN,
    UNTIL_STOPPED,
    UNTIL_INTERRUPTED,
    NEVER_READY,
    READY_THEN_THROW,
    /** At the same moment as all others that do. */
    THROW_TOGETHER,
    /** At once. */
    THROW,
    THROW_WHEN_STOPPED,
    THROW_WHEN_INTERRUPTED,
    READY_THEN_SWALLOW
  }

  /** What a service starts when it is late for that. */
  private enum Late {
    NOTHING,
    A_THREAD_IN_STOP,
    A_MADE_THREAD_IN_CLOSE
  }

  private record Plan(
      String name,
      boolean task,
      Does init,
      Runs run,
      Does ready,
      Does stop,
      Does close,
      Late late,
      boolean works,
      Duration reserve) {
    boolean implementsReady() {
      return !task && ready != Does.SUCCEED;
    }
  }

  private final FakeHostFactory hosts = FakeHost::new;

  @FunctionalInterface
  private interface FakeHostFactory {
    FakeHost make();
  }

  @Test
  void everyProgramStartsInOrderStopsInReverseAndLeavesNothing() {
    Long chosen = Long.getLong("model.seed");
    long first = chosen == null ? System.nanoTime() : chosen;
    int cases = chosen == null ? CASES : 1;
    for (int i = 0; i < cases; i++) {
      check(first + i);
    }
  }

  @Test
  @Tag("slow")
  void everyOneOfManyMorePrograms() {
    long first = System.nanoTime();
    for (int i = 0; i < 16 * CASES; i++) {
      check(first + i);
    }
  }

  private void check(long seed) {
    try {
      new Case(seed, hosts.make()).check();
    } catch (Throwable e) {
      fail("with -Dmodel.seed=" + seed, e);
    }
  }

  /** One random program and what must be true of its journal and its exit. */
  private static final class Case {
    private final Random random;
    private final FakeHost host;
    private final Journal journal = new Journal();
    private final List<List<Plan>> stages = new ArrayList<>();
    private final Map<String, AtomicInteger> closed = new ConcurrentHashMap<>();
    private final Set<String> owning = ConcurrentHashMap.newKeySet();
    private final Set<String> readyWhenStopped = ConcurrentHashMap.newKeySet();
    private final Set<Throwable> thrownByRuns = ConcurrentHashMap.newKeySet();
    private final AtomicInteger lateThreads = new AtomicInteger();
    private final AtomicInteger unfinished = new AtomicInteger();
    private final int signals;
    private final Duration firstSignal;
    private final boolean freezes;

    Case(long seed, FakeHost host) {
      this.random = new Random(seed);
      this.host = host;
      int count = 1 + random.nextInt(5);
      boolean calm = random.nextBoolean(); // else almost no program would ever be up
      for (int i = 0; i < count; i++) {
        List<Plan> stage = new ArrayList<>();
        int members = random.nextInt(4) == 0 ? 1 + random.nextInt(3) : 1;
        for (int m = 0; m < members; m++) {
          stage.add(plan("s" + i + (char) ('a' + m), calm));
        }
        stages.add(stage);
      }
      this.signals = random.nextInt(4);
      this.firstSignal = millis(20_000);
      this.freezes = random.nextInt(4) == 0;
    }

    private Plan plan(String name, boolean calm) {
      return new Plan(
          name,
          random.nextInt(4) == 0,
          does(calm),
          calm && random.nextInt(8) > 0
              ? pick(List.of(Runs.values()).subList(0, 3))
              : pick(List.of(Runs.values())),
          does(calm),
          does(random.nextBoolean()),
          does(random.nextBoolean()),
          random.nextInt(4) == 0 ? pick(List.of(Late.values())) : Late.NOTHING,
          random.nextInt(5) == 0,
          random.nextInt(6) == 0 ? millis(6_000).plusMillis(1) : Duration.ZERO);
    }

    private Does does(boolean calm) {
      return calm && random.nextInt(10) > 0
          ? pick(List.of(Does.values()).subList(0, 2))
          : pick(List.of(Does.values()));
    }

    private <T> T pick(List<T> from) {
      return from.get(random.nextInt(from.size()));
    }

    private Duration millis(int bound) {
      return Duration.ofMillis(random.nextInt(bound));
    }

    void check() {
      Duration at = firstSignal;
      for (int i = 0; i < signals; i++) {
        host.signalAt(at, i % 2 == 0 ? "TERM" : "INT", i % 2 == 0 ? 15 : 2);
        at = at.plus(millis(3_000));
      }
      if (freezes) {
        host.at(millis(20_000), host::freezeSupervisor);
      }
      host.at(Duration.ofMinutes(10), () -> {}); // time goes on when nothing else does
      host.signalAt(Duration.ofMinutes(10), "TERM", 15);
      Exit exit =
          host.run(
              Config.named("model")
                  .grace(GRACE)
                  .drain(random.nextBoolean() ? Duration.ZERO : Duration.ofSeconds(1))
                  .initTimeout(Duration.ofSeconds(30))
                  .readyTimeout(Duration.ofSeconds(30)),
              this::register);
      startOrderIsTheOrderOfRegistration();
      stopOrderIsTheReverse();
      everyServiceWhoseRunWasCalledIsStoppedOnce(exit);
      ownedThingsAreClosedOnce(exit);
      itEndsWithinTheGrace(exit);
      theExitTellsTheTruth(exit);
      noFailureOfARunIsLost(exit);
      noWorkIsCutOffUnseen(exit);
      whatFailsAtOnceNeverRuns();
      whatIsStartedLateHasEndedOrNeverRan(exit);
      assertEquals(Set.of(), readyWhenStopped, "ready in a stop");
    }

    private void register(Registrar app) {
      app.onStateChange(journal);
      for (List<Plan> stage : stages) {
        if (stage.size() == 1) {
          Plan plan = stage.getFirst();
          reserve(
              plan,
              plan.task
                  ? app.task(plan.name, ctx -> run(plan, ctx, host.new Door()))
                  : app.service(plan.name, service(plan)));
        } else {
          app.group(group -> {
            for (Plan plan : stage) {
              reserve(plan, group.service(plan.name, service(plan)));
            }
          });
        }
      }
    }

    private static void reserve(Plan plan, Registration registration) {
      if (plan.reserve.isPositive()) {
        registration.stopReserve(plan.reserve);
      }
    }

    private Service service(Plan plan) {
      if (plan.works) {
        return ctx -> work(ctx);
      }
      return plan.implementsReady() ? new WithReady(this, plan) : new Planned(this, plan);
    }

    /** Has jobs in flight, and no stop of its own. */
    private void work(Context ctx) throws InterruptedException {
      ctx.ready();
      while (!ctx.isStopping()) {
        unfinished.incrementAndGet();
        ctx.beginWork();
        try {
          host.sleep(Duration.ofMillis(1_300));
          unfinished.decrementAndGet();
        } finally {
          ctx.endWork();
        }
      }
    }

    private static class Planned implements Service {
      final Case theCase;
      final Plan plan;
      private final FakeHost.Door stopped;

      Planned(Case theCase, Plan plan) {
        this.theCase = theCase;
        this.plan = plan;
        this.stopped = theCase.host.new Door();
      }

      @Override
      public void init(Context ctx) throws Exception {
        theCase.journal.note("init " + plan.name);
        theCase.owning.add(plan.name);
        AtomicReference<Thread> made = new AtomicReference<>();
        ctx.own(() -> {
          if (made.get() != null) {
            made.get().start();
          }
          theCase.closed.computeIfAbsent(plan.name, n -> new AtomicInteger()).incrementAndGet();
          theCase.carryOut(plan.close);
        });
        if (plan.late == Late.A_MADE_THREAD_IN_CLOSE) { // its scope is closed first
          made.set(ctx.threads().virtual("late").newThread(() -> theCase.journal.note("ran late")));
        }
        theCase.carryOut(plan.init);
      }

      @Override
      public void run(Context ctx) throws Exception {
        theCase.run(plan, ctx, stopped);
      }

      @Override
      public void stop(Context ctx) throws Exception {
        theCase.journal.note("stop " + plan.name);
        if (ctx.runner().status().ready()) {
          theCase.readyWhenStopped.add(plan.name);
        }
        if (plan.late == Late.A_THREAD_IN_STOP) {
          theCase.startLate(ctx);
        }
        theCase.carryOut(plan.stop);
        if (plan.run == Runs.UNTIL_INTERRUPTED || plan.run == Runs.THROW_WHEN_INTERRUPTED) {
          ctx.interruptRun();
        }
        stopped.open();
      }
    }

    private static final class WithReady extends Planned {
      WithReady(Case theCase, Plan plan) {
        super(theCase, plan);
      }

      @Override
      public void ready(Context ctx) throws Exception {
        theCase.carryOut(plan.ready);
      }
    }

    private void run(Plan plan, Context ctx, FakeHost.Door stopped) throws Exception {
      journal.note("run " + plan.name);
      switch (plan.run) {
        case RETURN -> {}
        case UNTIL_STOPPED -> {
          ctx.ready();
          stopped.await();
        }
        case UNTIL_INTERRUPTED -> {
          ctx.ready();
          host.hang();
        }
        case NEVER_READY -> host.hang();
        case READY_THEN_THROW -> {
          ctx.ready();
          host.sleep(Duration.ofSeconds(4));
          throw failure(plan);
        }
        case THROW_TOGETHER -> {
          ctx.ready();
          host.sleep(Duration.ofSeconds(6).minus(host.elapsed()));
          throw failure(plan);
        }
        case THROW -> throw failure(plan);
        case THROW_WHEN_STOPPED -> {
          ctx.ready();
          stopped.await();
          throw failure(plan);
        }
        case THROW_WHEN_INTERRUPTED -> {
          ctx.ready();
          try {
            host.hang();
          } catch (InterruptedException e) {
            throw failure(plan);
          }
        }
        case READY_THEN_SWALLOW -> {
          ctx.ready();
          host.hangAndSwallowInterrupts();
        }
      }
    }

    private IllegalStateException failure(Plan plan) {
      IllegalStateException failure = new IllegalStateException("run of " + plan.name);
      thrownByRuns.add(failure);
      return failure;
    }

    /** Its stop goes on; a service that was closed before its stop got so far refuses. */
    private void startLate(Context ctx) {
      try {
        ctx.threads()
            .start(
                "late",
                own -> {
                  lateThreads.incrementAndGet();
                  try {
                    host.sleep(Duration.ofMillis(300));
                  } finally {
                    lateThreads.decrementAndGet();
                  }
                });
      } catch (IllegalStateException closed) {
        journal.note("refused a late thread");
      }
    }

    private void carryOut(Does what) throws InterruptedException {
      switch (what) {
        case SUCCEED -> {}
        case TAKE_TIME -> host.sleep(Duration.ofMillis(700));
        case THROW -> throw new IllegalStateException("thrown on purpose");
        case THROW_AN_ERROR -> throw new AssertionError("thrown on purpose");
        case HANG -> host.hang();
        case HANG_AND_SWALLOW -> host.hangAndSwallowInterrupts();
      }
    }

    private void startOrderIsTheOrderOfRegistration() {
      Set<String> running = new HashSet<>();
      int stage = -1;
      for (String line : journal.lines()) {
        String name = Journal.first(line);
        String state = Journal.last(line);
        if (state.equals("INITIATING")) {
          int its = stageOf(name);
          assertTrue(its == stage || its == stage + 1, () -> "start order " + journal.lines());
          if (its > stage && stage >= 0) {
            stages.get(stage).forEach(plan -> assertTrue(running.contains(plan.name), line));
          }
          stage = its;
        } else if (state.equals("RUNNING")) {
          running.add(name);
        }
      }
    }

    private void stopOrderIsTheReverse() {
      int stage = Integer.MAX_VALUE;
      for (String line : journal.lines("SHUTTING_DOWN")) {
        int its = stageOf(Journal.first(line));
        assertTrue(its <= stage, () -> "stop order " + journal.lines());
        stage = its;
      }
    }

    private int stageOf(String name) {
      return Integer.parseInt(name.substring(1, 2));
    }

    private void everyServiceWhoseRunWasCalledIsStoppedOnce(Exit exit) {
      Map<String, Integer> stops = new HashMap<>();
      journal.lines("stop").forEach(line -> stops.merge(Journal.last(line), 1, Integer::sum));
      Set<String> ran = new HashSet<>();
      journal.lines("run").forEach(line -> ran.add(Journal.last(line)));
      for (List<Plan> stage : stages) {
        for (Plan plan : stage) {
          boolean isTask = (plan.task && stage.size() == 1) || plan.works;
          int expected = ran.contains(plan.name) && !isTask ? 1 : 0;
          int actual = stops.getOrDefault(plan.name, 0);
          if (endedByThirdSignal(exit)) {
            assertTrue(actual <= expected, plan.name);
          } else {
            assertEquals(expected, actual, "stops of " + plan.name);
          }
        }
      }
    }

    private boolean endedByThirdSignal(Exit exit) {
      return exit.code() > 128;
    }

    private void ownedThingsAreClosedOnce(Exit exit) {
      for (String name : owning) {
        int times = closed.getOrDefault(name, new AtomicInteger()).get();
        assertTrue(
            times == 1 || (times == 0 && endedByThirdSignal(exit)),
            () -> "closed " + name + ", " + exit + " after " + exit.stopTook() + journal.lines());
      }
    }

    private void itEndsWithinTheGrace(Exit exit) {
      Duration overtime = Budget.OVERTIME.plusMillis(100);
      Duration limit = GRACE.plus(freezes ? Lookout.AFTER_GRACE : overtime);
      assertTrue(exit.stopTook().compareTo(limit) <= 0, () -> exit + " took " + exit.stopTook());
    }

    private void theExitTellsTheTruth(Exit exit) {
      boolean failed = exit.cause() instanceof Cause.Failed;
      if (failed) {
        assertEquals(((Cause.Failed) exit.cause()).failure(), exit.failures().getFirst());
      }
      switch (exit.outcome()) {
        case CLEAN -> {
          assertEquals(List.of(), exit.failures());
          assertEquals(List.of(), exit.stragglers());
          assertEquals(List.of(), exit.leaks());
          assertEquals(Set.of(), left());
        }
        case FAILURES -> {
          assertTrue(!exit.failures().isEmpty());
          assertTrue(exit.stragglers().stream().noneMatch(Straggler::leftBehind));
          assertEquals(Set.of(), left());
        }
        case FORCED -> {
          Set<String> named = new HashSet<>();
          exit.stragglers().stream()
              .filter(Straggler::leftBehind)
              .forEach(straggler -> named.add(straggler.service()));
          if (endedByThirdSignal(exit)) {
            named.remove("(state listeners)"); // which had no time left
          }
          assertEquals(
              left(), named, () -> exit + "\n" + exit.stragglers() + "\n" + journal.lines());
        }
      }
    }

    /** One that the program did not wait for any more is named by the exit as left behind. */
    private void noFailureOfARunIsLost(Exit exit) {
      Set<Throwable> lost = new HashSet<>(thrownByRuns);
      exit.failures().forEach(failure -> lost.remove(failure.error()));
      if (exit.outcome() != Outcome.FORCED) {
        assertEquals(Set.of(), lost, () -> exit + " " + journal.lines());
      }
    }

    private void noWorkIsCutOffUnseen(Exit exit) {
      if (exit.outcome() == Outcome.CLEAN) {
        assertEquals(0, unfinished.get(), () -> exit + " " + journal.lines());
      }
    }

    private void whatFailsAtOnceNeverRuns() {
      for (List<Plan> stage : stages) {
        for (Plan plan : stage) {
          boolean isTask = (plan.task && stage.size() == 1) || plan.works; // ready when entered
          if (plan.run == Runs.THROW && !isTask && !plan.implementsReady()) {
            assertTrue(
                !journal.lines().contains(plan.name + " RUNNING"), () -> "" + journal.lines());
          }
        }
      }
    }

    private void whatIsStartedLateHasEndedOrNeverRan(Exit exit) {
      assertEquals(List.of(), journal.lines("ran"), "ran after its service was closed");
      if (exit.outcome() != Outcome.FORCED) {
        assertEquals(0, lateThreads.get(), () -> exit + " " + journal.lines());
      }
    }

    /** The services that did not come back to STOPPED, as the listeners saw it. */
    private Set<String> left() {
      Set<String> left = new HashSet<>();
      for (String line : journal.lines()) {
        String name = Journal.first(line);
        String state = Journal.last(line);
        if (state.equals("INITIATING")) {
          left.add(name);
        } else if (state.equals("STOPPED")) {
          left.remove(name);
        }
      }
      return left;
    }
  }
}
