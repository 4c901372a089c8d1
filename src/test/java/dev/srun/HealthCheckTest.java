package dev.srun;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** The promises of DESIGN "Health": when services are checked, and what their answers count for. */
final class HealthCheckTest {
  private static final Health DOWN = Health.unhealthy("connection refused");

  private final FakeHost host = new FakeHost();
  private final Journal journal = new Journal();
  private final Config config = Config.named("test").grace(ofSeconds(5));
  private final List<Duration> checkedAt = new ArrayList<>();

  private HealthFixture checked(String name, Callable<Health> check) {
    return new HealthFixture(
        name,
        host,
        journal,
        () -> {
          synchronized (checkedAt) {
            checkedAt.add(host.elapsed());
          }
          return check.call();
        });
  }

  private ServiceHealth health(Program program, String service) {
    return program.status().service(service).health();
  }

  /** Starts, lets things happen, and stops after two minutes. */
  private Exit run(Setup setup) {
    host.signalAt(ofMinutes(2), "TERM", 15);
    return host.run(config, setup);
  }

  // The first check

  @Test
  void theNextServiceStartsAfterTheFirstCheck() {
    run(app -> {
      app.service(
          "database",
          checked(
              "database",
              () -> {
                journal.note("check database");
                return Health.healthy();
              }));
      app.service("api", new Fixture("api", host, journal));
    });
    assertEquals(
        List.of("init database", "run database", "check database", "init api", "run api"),
        journal.lines().subList(0, 5));
  }

  private Exit startWith(Callable<Health> check) {
    return run(app -> {
      app.service("disk", new Fixture("disk", host, journal));
      app.service("database", checked("database", check));
      app.service("api", new Fixture("api", host, journal));
    });
  }

  private void assertRolledBack() {
    assertEquals(
        List.of(
            "init disk", "run disk", "init database", "run database", "stop database", "stop disk"),
        journal.lines());
  }

  @Test
  void aFirstCheckThatSaysUnhealthyFailsTheStart() {
    Exit exit = startWith(() -> DOWN);
    assertRolledBack();
    assertEquals(1, exit.code());
    assertEquals(
        "failed: database: check: the first check said UNHEALTHY: connection refused",
        exit.cause().toString());
  }

  @Test
  void aFirstCheckThatThrowsFailsTheStart() {
    Exit exit =
        startWith(() -> {
          throw new IOException("no route to host");
        });
    assertRolledBack();
    assertEquals(
        "failed: database: check: java.io.IOException: no route to host", exit.cause().toString());
  }

  @Test
  void aFirstCheckThatHangsFailsTheStartAfterItsLimit() {
    Exit exit =
        startWith(() -> {
          host.hang();
          return Health.healthy();
        });
    assertRolledBack();
    Failure failure = ((Cause.Failed) exit.cause()).failure();
    assertInstanceOf(TimeoutException.class, failure.error());
    assertEquals("check of database took longer than 5s", failure.error().getMessage());
    assertEquals(Phase.CHECK, exit.stragglers().getFirst().phase());
    assertFalse(exit.stragglers().getFirst().leftBehind());
  }

  @Test
  void aFirstCheckThatAnswersNothingFailsTheStart() {
    Exit exit = startWith(() -> null);
    assertTrue(exit.cause().toString().endsWith("UNHEALTHY: the check returned null"));
  }

  @Test
  void aCheckThatSaysStoppedSaysUnhealthy() {
    Exit exit = startWith(() -> new Health(HealthStatus.STOPPED, "gone"));
    assertTrue(exit.cause().toString().endsWith("said UNHEALTHY: gone"), exit.cause()::toString);
  }

  @Test
  void aFirstCheckThatSaysDegradedStartsTheProgram() {
    Exit exit = startWith(() -> Health.degraded("read only"));
    assertEquals(0, exit.code());
  }

  @Test
  void whatIsNotCriticalMayBeginUnhealthy() {
    Program program =
        host.start(
            config,
            app -> {
              app.service("says", checked("says", () -> DOWN)).nonCritical();
              app.service(
                      "hangs",
                      checked(
                          "hangs",
                          () -> {
                            host.hang();
                            return Health.healthy();
                          }))
                  .nonCritical();
            });
    host.at(
        ofSeconds(6),
        () -> {
          assertTrue(program.isReady());
          assertEquals("says UNHEALTHY: connection refused", health(program, "says").toString());
          assertEquals(
              "hangs UNHEALTHY: check of hangs took longer than 5s",
              health(program, "hangs").toString());
        });
    host.signalAt(ofSeconds(7), "TERM", 15);
    host.drive(program);
    assertEquals(0, program.exitOrNull().code());
  }

  // The interval

  @Test
  void checksComeAtTheIntervalGiveOrTakeATenth() {
    run(app -> app.service("database", checked("database", Health::healthy)));
    assertEquals(Duration.ZERO, checkedAt.getFirst());
    assertTrue(checkedAt.size() >= 4, checkedAt.toString());
    for (int i = 1; i < checkedAt.size(); i++) {
      Duration pause = checkedAt.get(i).minus(checkedAt.get(i - 1));
      assertTrue(pause.compareTo(ofSeconds(27)) >= 0, checkedAt.toString());
      assertTrue(pause.compareTo(ofSeconds(33)) <= 0, checkedAt.toString());
    }
  }

  @Test
  void checksAreSpreadOverTheInterval() {
    List<Duration> second = new ArrayList<>();
    run(app -> {
      for (int i = 0; i < 10; i++) {
        AtomicInteger calls = new AtomicInteger();
        app.service(
            "s" + i,
            new HealthFixture(
                "s" + i,
                host,
                journal,
                () -> {
                  if (calls.incrementAndGet() == 2) {
                    synchronized (second) {
                      second.add(host.elapsed());
                    }
                  }
                  return Health.healthy();
                }));
      }
    });
    assertEquals(10, second.stream().distinct().count(), second.toString());
  }

  @Test
  void aServiceThatIsDownIsCheckedMoreOften() {
    List<Duration> whileDown = new ArrayList<>();
    HealthFixture database = checked("database", Health::healthy);
    Callable<Health> down =
        () -> {
          synchronized (checkedAt) {
            whileDown.add(host.elapsed());
          }
          return DOWN;
        };
    host.at(ofSeconds(1), () -> database.answers(down));
    run(app -> app.service("database", database));
    assertTrue(whileDown.size() > 15, whileDown.toString());
    for (int i = 1; i < whileDown.size(); i++) {
      Duration pause = whileDown.get(i).minus(whileDown.get(i - 1));
      assertTrue(pause.compareTo(ofMillis(4_500)) >= 0, whileDown.toString());
      assertTrue(pause.compareTo(ofMillis(5_500)) <= 0, whileDown.toString());
    }
  }

  @Test
  void theIntervalAndTheLimitCanBeTheServicesOwn() {
    host.signalAt(ofSeconds(10), "TERM", 15);
    host.run(
        config.healthInterval(Duration.ofHours(1)),
        app ->
            app.service("database", checked("database", Health::healthy))
                .checkInterval(ofSeconds(1))
                .checkTimeout(ofMillis(100)));
    assertTrue(checkedAt.size() >= 9, checkedAt.toString());
  }

  // Hysteresis

  @Test
  void oneFailureTakesAServiceDownAndTwoSuccessesBringItBack() {
    HealthFixture database = checked("database", Health::healthy);
    Program program =
        host.start(
            config.healthInterval(ofSeconds(1)),
            app -> {
              app.service("database", database);
              app.service(
                  "ear",
                  new Fixture("ear", host, journal) {
                    @Override
                    public void init(Context ctx) {
                      ctx.health()
                          .subscribe(
                              "database",
                              health -> journal.note("hears " + health + " " + health.failures()));
                    }
                  });
            });
    host.at(
        ofSeconds(10),
        () ->
            database.answers(() -> {
              journal.note("fails");
              return DOWN;
            }));
    host.at(
        ofSeconds(13),
        () ->
            database.answers(() -> {
              journal.note("works");
              return Health.healthy();
            }));
    host.signalAt(ofMillis(15_500), "TERM", 15);
    host.drive(program);
    List<String> lines = journal.lines();
    assertEquals(
        List.of("fails", "hears database UNHEALTHY: connection refused 1", "fails"),
        lines.subList(lines.indexOf("fails"), lines.indexOf("fails") + 3));
    assertEquals(
        List.of("works", "works", "hears database HEALTHY 0"),
        lines.subList(lines.indexOf("works"), lines.indexOf("works") + 3));
  }

  // Slow checks

  @Test
  void aCheckThatHangsDelaysNoOtherAndIsNotCalledTwice() {
    AtomicInteger hanging = new AtomicInteger();
    HealthFixture hangs = new HealthFixture("hangs", host, journal, Health::healthy);
    Program program =
        host.start(
            config.healthInterval(ofSeconds(10)),
            app -> {
              app.service("hangs", hangs);
              app.service("database", checked("database", Health::healthy));
            });
    host.at(
        ofSeconds(1),
        () ->
            hangs.answers(() -> {
              hanging.incrementAndGet();
              host.sleepThroughInterrupts(ofSeconds(40));
              return Health.healthy();
            }));
    host.at(
        ofSeconds(30),
        () -> {
          assertEquals(1, hanging.get());
          assertEquals(
              "hangs UNHEALTHY: check of hangs took longer than 5s",
              health(program, "hangs").toString());
          assertTrue(checkedAt.size() >= 3, checkedAt.toString());
          hangs.answers(Health::healthy);
        });
    host.at(
        ofSeconds(80), () -> assertEquals("hangs HEALTHY", health(program, "hangs").toString()));
    host.signalAt(ofSeconds(81), "TERM", 15);
    host.drive(program);
    assertEquals(0, program.exitOrNull().code());
  }

  @Test
  void aCheckThatHangsIsInterruptedWhenItsLimitPasses() {
    AtomicReference<Duration> hungFor = new AtomicReference<>();
    HealthFixture hangs = new HealthFixture("hangs", host, journal, Health::healthy);
    host.at(
        ofSeconds(1),
        () ->
            hangs.answers(() -> {
              Duration began = host.elapsed();
              try {
                host.hang();
              } finally {
                hungFor.compareAndSet(null, host.elapsed().minus(began));
              }
              return Health.healthy();
            }));
    host.signalAt(ofSeconds(30), "TERM", 15);
    host.run(config.healthInterval(ofSeconds(10)), app -> app.service("hangs", hangs));
    assertEquals(ofSeconds(5), hungFor.get());
  }

  @Test
  void aCheckMaySeeHowMuchTimeItHasAndNobodyElseIsLimitedByThat() {
    List<Duration> left = new ArrayList<>();
    AtomicReference<Context> context = new AtomicReference<>();
    host.at(ofSeconds(1), () -> left.add(context.get().remaining()));
    run(app ->
        app.service(
                "database",
                new CheckedWithContext(ctx -> {
                  context.set(ctx);
                  left.add(ctx.remaining());
                  host.sleepThroughInterrupts(ofSeconds(3));
                  left.add(ctx.remaining());
                  host.sleepThroughInterrupts(ofSeconds(3));
                  left.add(ctx.remaining());
                }))
            .nonCritical());
    assertEquals(
        List.of(ofSeconds(5), Settings.LONGEST, ofSeconds(2), Duration.ZERO), left.subList(0, 4));
  }

  private static final class CheckedWithContext implements Service, HealthChecked {
    private final java.util.function.Consumer<Context> look;
    private Context context;

    CheckedWithContext(java.util.function.Consumer<Context> look) {
      this.look = look;
    }

    @Override
    public void init(Context ctx) {
      context = ctx;
    }

    @Override
    public void run(Context ctx) {}

    @Override
    public Health check() {
      look.accept(context);
      return Health.healthy();
    }
  }

  @Test
  void aCheckIsInterruptedWhenItsServiceStopsAndNothingIsMadeOfThat() {
    HealthFixture database = checked("database", Health::healthy);
    host.at(
        ofSeconds(1),
        () ->
            database.answers(() -> {
              try {
                host.hang();
              } catch (InterruptedException e) {
                journal.note("interrupted at " + host.elapsed());
                throw e;
              }
              return Health.healthy();
            }));
    host.signalAt(ofSeconds(12), "TERM", 15);
    Exit exit =
        host.run(
            config.healthInterval(ofSeconds(10)).healthTimeout(ofSeconds(5)),
            app -> app.service("database", database));
    assertEquals(List.of("interrupted at PT12S"), journal.lines("at"));
    assertEquals(0, exit.code());
    assertEquals(List.of(), exit.failures());
  }

  @Test
  void aCheckThatDoesNotEndIsLeftBehindSoonAndNamed() {
    HealthFixture database = checked("database", Health::healthy);
    host.at(
        ofSeconds(1),
        () ->
            database.answers(() -> {
              host.hangAndSwallowInterrupts();
              return Health.healthy();
            }));
    host.signalAt(ofMinutes(1), "TERM", 15);
    Exit exit = host.run(config, app -> app.service("database", database));
    Straggler straggler = exit.stragglers().getFirst();
    assertEquals(Phase.CHECK, straggler.phase());
    assertTrue(straggler.leftBehind());
    assertEquals(StopSequence.AFTER_INTERRUPT, exit.stopTook());
  }

  @Test
  void aCheckThatHangsIsToldWithItsStackAndIsNoReasonToStop() {
    host.keepsLog();
    HealthFixture database = checked("database", Health::healthy);
    host.at(
        ofSeconds(1),
        () ->
            database.answers(() -> {
              host.hang();
              return Health.healthy();
            }));
    Exit exit = run(app -> app.service("database", database));
    assertEquals(0, exit.code());
    assertEquals(List.of(), exit.stragglers());
    LogLine line =
        host.said().stream()
            .filter(each -> each.message().startsWith("database: still in check after 5s of 5s"))
            .findFirst()
            .orElseThrow();
    assertTrue(line.detail().text().contains("database-check (WAITING)"), line.detail().text());
  }

  // What is known of a check

  @Test
  void whatIsKnownOfTheLastCheckStandsInTheHealth() {
    HealthFixture database =
        checked(
            "database",
            () -> {
              host.sleep(ofMillis(20));
              return Health.healthy();
            });
    Program program =
        host.start(
            config,
            app -> {
              app.service("database", database);
              app.service("other", new Fixture("other", host, journal));
            });
    host.at(
        ofSeconds(1),
        () -> {
          ServiceHealth health = health(program, "database");
          assertEquals(ofMillis(20), health.checkTook());
          assertEquals(
              ofSeconds(1).minus(ofMillis(20)), Duration.between(health.checkedAt(), host.now()));
          assertEquals(HealthSource.CHECK, health.source());
          assertEquals(0, health.failures());
          assertNull(health(program, "other").checkedAt());
          LatencySnapshot checks = program.healthFigures().checks();
          assertEquals(1, checks.count());
          assertEquals(20, checks.max().toMillis());
        });
    host.signalAt(ofSeconds(2), "TERM", 15);
    host.drive(program);
  }

  @Test
  void anAnswerIsStaleWhenThreeMoreShouldHaveCome() {
    HealthFixture database = checked("database", Health::healthy);
    host.at(
        ofSeconds(1),
        () ->
            database.answers(() -> {
              host.hangAndSwallowInterrupts();
              return Health.healthy();
            }));
    Program program =
        host.start(config.healthInterval(ofSeconds(10)), app -> app.service("database", database));
    host.at(ofSeconds(15), () -> assertFalse(health(program, "database").isStale(host.now())));
    host.at(
        ofMinutes(1),
        () -> {
          assertTrue(health(program, "database").isStale(host.now()));
          assertTrue(program.status().explain("database").contains(", stale"));
        });
    host.signalAt(ofSeconds(61), "TERM", 15);
    host.drive(program);
  }

  // Together with reports

  @Test
  void theLatestWordCountsBeItReportedOrAnswered() {
    HealthFixture database = checked("database", Health::healthy);
    Program program = host.start(config, app -> app.service("database", database));
    host.at(ofSeconds(1), () -> database.health().report(Health.unhealthy("pushed")));
    host.at(
        ofSeconds(2),
        () -> {
          assertEquals("database UNHEALTHY: pushed", health(program, "database").toString());
          assertEquals(HealthSource.PUSH, health(program, "database").source());
        });
    host.at(
        ofSeconds(13),
        () -> // bad news is followed up soon, and two answers bring it back
        assertEquals("database HEALTHY", health(program, "database").toString()));
    host.signalAt(ofSeconds(14), "TERM", 15);
    host.drive(program);
  }

  @Test
  void anExceptionWhoseTextHangsDoesNotEndTheChecks() {
    HealthFixture database = checked("database", Health::healthy);
    host.at(
        ofSeconds(1),
        () ->
            database.answers(() -> {
              throw new IOException("slow to tell") {
                private static final long serialVersionUID = 1;

                @Override
                public String getMessage() {
                  host.sleepThroughInterrupts(ofSeconds(20));
                  return "slow";
                }
              };
            }));
    host.at(ofSeconds(40), () -> database.answers(Health::healthy));
    Program program =
        host.start(config.healthInterval(ofSeconds(10)), app -> app.service("database", database));
    host.at(
        ofSeconds(14),
        () ->
            assertTrue(
                health(program, "database").toString().endsWith("(its text takes too long)"),
                health(program, "database").toString()));
    host.at(
        ofSeconds(100),
        () -> assertEquals("database HEALTHY", health(program, "database").toString()));
    host.signalAt(ofSeconds(101), "TERM", 15);
    host.drive(program);
  }
}
