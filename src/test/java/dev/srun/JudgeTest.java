package dev.srun;

import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** A program's own functions of health and readiness, which answer nobody directly. */
final class JudgeTest {
  private final FakeHost host = new FakeHost();
  private final Journal journal = new Journal();
  private final Config config = Config.named("test").grace(ofSeconds(5));
  private final AtomicReference<HealthChannel> database = new AtomicReference<>();
  private final AtomicReference<Runner> runner = new AtomicReference<>();

  private Exit run(Setup setup) {
    host.signalAt(ofSeconds(60), "TERM", 15);
    return host.run(
        config,
        app -> {
          app.service(
              "database",
              new Fixture("database", host, journal) {
                @Override
                public void init(Context ctx) {
                  database.set(ctx.health());
                  runner.set(ctx.runner());
                }
              });
          setup.register(app);
        });
  }

  private Runnable report(Health health) {
    return () -> database.get().report(health);
  }

  @Test
  void theOwnFunctionReplacesTheWorstOfTheServices() {
    host.at(ofSeconds(1), () -> assertEquals("HEALTHY", runner.get().health().toString()));
    host.at(ofSeconds(2), report(Health.unhealthy("gone")));
    host.at(
        ofSeconds(3),
        () -> {
          assertEquals("DEGRADED: reads only", runner.get().health().toString());
          assertFalse(runner.get().isReady(), "readiness has a function of its own");
        });
    run(app ->
        app.judgeHealth(program ->
            program.service("database").health().status() == HealthStatus.HEALTHY
                ? Health.healthy()
                : Health.degraded("reads only")));
  }

  @Test
  void theOwnFunctionDecidesAboutReadiness() {
    host.at(ofSeconds(1), () -> assertTrue(runner.get().isReady()));
    host.at(ofSeconds(2), report(Health.unhealthy("gone")));
    host.at(ofSeconds(3), () -> assertTrue(runner.get().isReady(), "reads are still answered"));
    host.at(ofSeconds(4), report(Health.degraded("slow")));
    host.at(ofSeconds(5), () -> assertFalse(runner.get().isReady()));
    run(app ->
        app.judgeReadiness(program ->
            program.service("database").health().status() == HealthStatus.DEGRADED
                ? Health.unhealthy("too slow")
                : Health.healthy()));
    assertFalse(runner.get().isReady(), "after the stop nothing can make it ready");
  }

  @Test
  void aFunctionThatHangsHoldsUpNobodyAndCountsAsUnhealthy() {
    host.at(ofSeconds(1), () -> assertEquals("HEALTHY", runner.get().health().toString()));
    host.at(ofSeconds(2), report(Health.unhealthy("gone")));
    host.at(ofSeconds(3), () -> assertEquals("HEALTHY", runner.get().health().toString()));
    host.at(
        ofSeconds(8),
        () ->
            assertEquals(
                "UNHEALTHY: check of (health) took longer than 5s",
                runner.get().health().toString()));
    Exit exit =
        run(app ->
            app.judgeHealth(program -> {
              if (program.service("database").health().status() == HealthStatus.UNHEALTHY) {
                host.hang();
              }
              return Health.healthy();
            }));
    assertEquals(0, exit.code());
  }

  @Test
  void aFunctionThatThrowsCountsAsUnhealthyAndFailsNoStart() {
    host.at(
        ofSeconds(1),
        () ->
            assertEquals(
                "UNHEALTHY: java.lang.IllegalStateException: on purpose",
                runner.get().health().toString()));
    Exit exit =
        run(app ->
            app.judgeHealth(program -> {
              throw new IllegalStateException("on purpose");
            }));
    assertEquals(0, exit.code());
  }

  @Test
  void aChangeDuringAJudgementIsJudgedAfterIt() {
    host.at(ofSeconds(1), report(Health.degraded("one")));
    host.at(ofSeconds(2), report(Health.degraded("two")));
    host.at(ofSeconds(10), () -> assertEquals("DEGRADED: two", runner.get().health().toString()));
    AtomicInteger underWay = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    run(app ->
        app.judgeHealth(program -> {
          most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
          Health seen = program.service("database").health().own();
          host.sleep(ofSeconds(3));
          underWay.decrementAndGet();
          return seen;
        }));
    assertEquals(1, most.get(), "never two at a time");
  }

  @Test
  void aProgramOfTasksEndsAlthoughItHasFunctions() {
    Exit exit =
        host.run(
            config,
            app -> {
              app.task("job", ctx -> {});
              app.judgeHealth(program -> Health.healthy());
              app.judgeReadiness(program -> Health.healthy());
            });
    assertEquals(new Cause.Completed("job"), exit.cause());
  }

  @Test
  void aSecondFunctionIsRefused() {
    Exit exit =
        host.run(
            config,
            app -> {
              app.judgeHealth(program -> Health.healthy());
              app.judgeHealth(program -> Health.healthy());
            });
    assertEquals(2, exit.code());
    assertTrue(
        exit.cause()
            .toString()
            .contains("there is a function of (health) already: expected one at most"),
        exit.cause().toString());
  }
}
