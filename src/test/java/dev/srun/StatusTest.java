package dev.srun;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a status tells: phases with their times, and why a program is not ready or not live. */
final class StatusTest {
  private final FakeHost host = new FakeHost();
  private final Journal journal = new Journal();
  private final List<String> told = new ArrayList<>();
  private final AtomicReference<Context> context = new AtomicReference<>();
  private Program program;

  /** A program that is told to stop after a minute. */
  private void run(Setup setup) {
    program = host.start(Config.named("test").grace(ofSeconds(5)), setup);
    host.signalAt(ofSeconds(60), "TERM", 15);
    host.drive(program);
  }

  private void note(Duration at, Supplier<Object> what) {
    host.at(at, () -> told.add(what.get().toString()));
  }

  private static String phases(ServiceStatus service) {
    return service.phases().stream()
        .map(phase ->
            phase.phase() + (phase.took() == null ? " ..." : " " + phase.took().toMillis()))
        .reduce("", (a, b) -> a.isEmpty() ? b : a + ", " + b);
  }

  // Phases

  /** Takes a second for each phase it is in. */
  private final class Slow implements Service, HealthChecked {
    @Override
    public void init(Context ctx) throws InterruptedException {
      host.sleep(ofSeconds(1));
    }

    @Override
    public void run(Context ctx) throws InterruptedException {
      host.sleep(ofSeconds(2));
      ctx.ready();
      host.hang();
    }

    @Override
    public Health check() throws InterruptedException {
      host.sleep(ofMillis(500));
      return Health.healthy();
    }
  }

  @Test
  void aPhaseIsToldWithItsTimeAndTheOneThatGoesOnWithout() {
    for (int second = 0; second < 4; second++) {
      note(ofMillis(1000L * second + 800), () -> phases(program.status().service("slow")));
    }
    run(app -> app.service("slow", new Slow()));

    assertEquals(
        List.of(
            "init ...",
            "init 1000, run ..., ready ...",
            "init 1000, run ..., ready ...",
            "init 1000, run ..., ready 2000, check 500"),
        told);
    assertEquals(
        "init 1000, run 59000, ready 2000, check 500",
        phases(program.status().service("slow")).replaceFirst(", close.*", ""));
  }

  @Test
  void aPhaseIsToldWithTheTimeOfDayAtWhichItBegan() {
    Map<Phase, Duration> begun = new EnumMap<>(Phase.class);
    host.at(
        ofSeconds(5),
        () -> {
          RunnerStatus status = program.status();
          status
              .service("slow")
              .phases()
              .forEach(phase ->
                  begun.put(phase.phase(), Duration.between(status.startedAt(), phase.since())));
        });
    run(app -> app.service("slow", new Slow()));

    assertEquals(
        Map.of(
            Phase.INIT, Duration.ZERO,
            Phase.RUN, ofSeconds(1),
            Phase.READY, ofSeconds(1),
            Phase.CHECK, ofSeconds(3)),
        begun);
  }

  @Test
  void aServiceThatIsReadyByItselfIsTimedAsAWhole() {
    run(app ->
        app.service(
            "asks",
            new Service() {
              @Override
              public void run(Context ctx) throws InterruptedException {
                host.sleep(ofSeconds(1));
              }

              @Override
              public void ready(Context ctx) throws InterruptedException {
                host.sleep(ofSeconds(3));
              }
            }));

    assertEquals("init 0, run 1000, ready 3000", phases(program.status().service("asks")));
  }

  // Readiness

  @Test
  void whileItStartsTheReasonIsWhoItWaitsForAndHowLong() {
    note(ofMillis(500), () -> program.status().whyNotReady());
    note(ofMillis(2500), () -> program.status().whyNotReady());
    note(ofMillis(3200), () -> program.status().whyNotReady());
    note(ofSeconds(4), () -> program.status().whyNotReady() + "|");
    run(app -> {
      app.service("quick", ctx -> {});
      app.service("slow", new Slow());
    });

    assertEquals(
        List.of(
            "starting: slow INITIATING for 500ms",
            "starting: slow STARTING for 1.5s",
            "starting",
            "|"),
        told);
  }

  @Test
  void ofACrowdThatItWaitsForTheReasonNamesTheFirstThree() {
    note(ofMillis(500), () -> program.status().whyNotReady());
    run(app ->
        app.group(group ->
            IntStream.range(0, 1_000).forEach(i -> group.service("slow" + i, new Slow()))));

    assertEquals(
        List.of(
            "starting: slow0 INITIATING for 500ms, slow1 INITIATING for 500ms,"
                + " slow2 INITIATING for 500ms and 997 more"),
        told);
  }

  @Test
  void whileItStopsTheReasonIsTheCauseOfTheStop() {
    run(app -> app.service("quick", ctx -> {}));

    assertEquals("stopping (signal TERM)", program.status().whyNotReady());
    assertFalse(program.status().ready());
  }

  private Service talking(String name) {
    return new Fixture(name, host, journal) {
      @Override
      public void init(Context ctx) {
        context.set(ctx);
      }
    };
  }

  @Test
  void whileItIsUnwellTheReasonIsTheRootCause() {
    host.at(ofSeconds(1), () -> context.get().health().report(Health.unhealthy("disk full")));
    note(ofSeconds(2), () -> program.status().whyNotReady());
    run(app -> {
      app.service("database", talking("database"));
      app.service("api", new Fixture("api", host, journal)).requires("database");
    });

    assertEquals(List.of("database UNHEALTHY: disk full"), told);
  }

  @Test
  void aLongChainOfCausesIsToldByItsEnds() {
    host.at(ofSeconds(1), () -> context.get().health().report(Health.degraded("slow")));
    note(ofSeconds(2), () -> program.status().explanations().get("s19"));
    note(ofSeconds(2), () -> program.status().explanations().size());
    note(ofSeconds(2), () -> program.status().explanations().get("s2"));
    run(app -> {
      app.service("s0", talking("s0"));
      for (int i = 1; i < 20; i++) {
        app.service("s" + i, new Fixture("s" + i, host, journal)).dependsOn("s" + (i - 1));
      }
    });

    String middle =
        java.util.stream.IntStream.of(19, 18, 17, 16, 15, 14, 13, 12)
            .mapToObj(i -> "s" + i + " DEGRADED <- ")
            .collect(java.util.stream.Collectors.joining());
    assertTrue(told.get(0).startsWith(middle + "11 more <- s0 DEGRADED since "), told::toString);
    assertEquals("19", told.get(1));
    assertTrue(told.get(2).startsWith("s2 DEGRADED <- s1 DEGRADED <- s0 DEGRADED since "));
  }

  @Test
  void whereItsOwnFunctionSaysNoTheReasonIsThatOne() {
    host.at(ofSeconds(1), () -> context.get().health().report(Health.degraded("slow")));
    note(ofSeconds(2), () -> program.status().whyNotReady());
    run(app -> {
      app.service("database", talking("database"));
      app.judgeReadiness(status ->
          status.health().status() == HealthStatus.DEGRADED
              ? Health.unhealthy("too busy")
              : Health.healthy());
    });

    assertEquals(List.of("(readiness) UNHEALTHY: too busy"), told);
  }

  // Stop

  @Test
  void aStopIsToldSinceItWasAskedForAndAsItGoes() {
    for (int millis : List.of(59_000, 61_000, 65_100)) {
      note(ofMillis(millis), () -> stop(program.status()));
    }
    run(app ->
        app.service(
            "hangs",
            ctx -> {
              ctx.ready();
              host.hangAndSwallowInterrupts();
            }));

    assertEquals(
        List.of("running CLEAN", "signalled for 1000 ms CLEAN", "signalled for 5100 ms FORCED"),
        told);
  }

  private static String stop(RunnerStatus status) {
    return status.stopping() == null
        ? "running " + status.outcome()
        : "%s for %d ms %s"
            .formatted(
                status.stopping().kind(),
                Duration.between(status.stoppingSince(), status.at()).toMillis(),
                status.outcome());
  }

  // Liveness

  @Test
  void aProgramThatIsNotLiveTellsWhichLoopIsSilent() {
    for (int second = 1; second < 10; second++) {
      host.at(ofSeconds(second), () -> program.wellbeing().liveness().look(host.nanoTime(), false));
    }
    note(ofMillis(500), () -> program.whyNotLive() + "|");
    note(ofMillis(8500), () -> program.whyNotLive());
    note(ofSeconds(20), () -> program.whyNotLive());
    run(app -> app.service("loop", talking("loop")).beatWithin(ofSeconds(3)));

    assertEquals(List.of("|", "no beat of loop", "no beat of loop"), told);
  }

  @Test
  void aProgramAtWhichNobodyLooksTellsThat() {
    note(ofSeconds(20), () -> program.isLive() + " " + program.whyNotLive());
    run(app -> app.service("loop", talking("loop")));

    assertEquals(List.of("false the watchdog gets no processor"), told);
  }

  @Test
  void aProgramWhoseVirtualThreadsStandTellsThat() {
    host.at(ofSeconds(1), () -> program.wellbeing().liveness().look(host.nanoTime(), true));
    note(ofSeconds(2), () -> program.whyNotLive());
    run(app -> app.service("loop", talking("loop")));

    assertEquals(List.of("virtual threads make no progress"), told);
  }

  // Threads

  @Test
  void theThreadsOfAServiceAreTold() {
    note(ofSeconds(1), () -> program.threads().keySet());
    note(ofSeconds(1), () -> program.threads().get("hangs").size());
    run(app -> {
      app.service("quick", ctx -> {});
      app.service(
          "hangs",
          ctx -> {
            ctx.ready();
            host.hang();
          });
    });

    assertEquals(List.of("[hangs]", "1"), told);
    assertTrue(program.threads().isEmpty());
  }
}
