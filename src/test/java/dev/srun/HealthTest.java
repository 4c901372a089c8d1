package dev.srun;

import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** The promises of DESIGN "Health": what services say, and what their dependencies make of it. */
final class HealthTest {
  private final FakeHost host = new FakeHost();
  private final Journal journal = new Journal();
  private final Config config = Config.named("test").grace(ofSeconds(5));
  private final AtomicReference<Runner> runner = new AtomicReference<>();

  /** A service that a test has report, and through which it reads the program. */
  private final class Reporter extends Fixture {
    private volatile Context context;

    Reporter(String name) {
      super(name, HealthTest.this.host, HealthTest.this.journal);
    }

    @Override
    public void init(Context ctx) {
      context = ctx;
      runner.set(ctx.runner());
    }

    void report(Health health) {
      context.health().report(health);
    }

    @Override
    public void run(Context ctx) throws InterruptedException {
      runUntilStopped(ctx);
    }

    @Override
    public void stop(Context ctx) {
      letRunReturn();
    }
  }

  private final Reporter database = new Reporter("database");
  private final Reporter ledger = new Reporter("ledger");
  private final Reporter api = new Reporter("api");

  private static void chain(Registrar app, Reporter database, Reporter ledger, Reporter api) {
    app.service("database", database);
    app.service("ledger", ledger).dependsOn("database");
    app.service("api", api).dependsOn("ledger");
  }

  /** Runs the three services for a minute; at the given seconds a step each is taken. */
  private Exit run(Setup setup, Runnable... steps) {
    for (int i = 0; i < steps.length; i++) {
      host.at(ofSeconds(i + 1), steps[i]);
    }
    host.signalAt(ofSeconds(60), "TERM", 15);
    return host.run(config, setup);
  }

  private Exit runChain(Runnable... steps) {
    return run(app -> chain(app, database, ledger, api), steps);
  }

  private void noteHealth() {
    for (ServiceStatus each : runner.get().status().services()) {
      journal.note(each.health().toString());
    }
  }

  private Runnable look(Consumer<RunnerStatus> at) {
    return () -> at.accept(runner.get().status());
  }

  // States

  @Test
  void whatNobodyHasSaidAnythingOfIsHealthyWhileItRunsAndStoppedElse() {
    List<String> seen = new ArrayList<>();
    run(
        app -> {
          app.service("database", database);
          app.service(
              "last",
              new Fixture("last", host, journal) {
                @Override
                public void init(Context ctx) {
                  noteHealth();
                  seen.add(ctx.runner().health().toString());
                }
              });
        },
        this::noteHealth,
        () -> seen.add(runner.get().health().toString()));
    noteHealth();
    seen.add(runner.get().health().toString());
    assertEquals(
        List.of(
            "database HEALTHY",
            "last STOPPED",
            "run last",
            "database HEALTHY",
            "last HEALTHY",
            "stop last",
            "database STOPPED",
            "last STOPPED"),
        journal.lines());
    assertEquals(List.of("STOPPED: starting", "HEALTHY", "STOPPED: stopping"), seen);
  }

  // Reports

  @Test
  void aReportCountsUntilTheNext() {
    runChain(
        () -> api.report(Health.degraded("replica lag 12 s")),
        look(now -> {
          ServiceHealth health = now.service("api").health();
          assertEquals("api DEGRADED: replica lag 12 s", health.toString());
          assertEquals(HealthSource.PUSH, health.source());
          assertTrue(health.isRootCause());
          assertEquals("DEGRADED: api DEGRADED: replica lag 12 s", now.health().toString());
        }),
        () -> api.report(Health.healthy()),
        look(now -> assertEquals(HealthStatus.HEALTHY, now.health().status())));
  }

  @Test
  void sinceMovesOnlyWithTheStatus() {
    List<Instant> since = new ArrayList<>();
    Runnable note = look(now -> since.add(now.service("api").health().since()));
    runChain(
        () -> api.report(Health.degraded("12 s")),
        note,
        () -> api.report(Health.degraded("13 s")),
        note,
        () -> api.report(Health.unhealthy("14 s")),
        note);
    assertEquals(since.get(0), since.get(1));
    assertEquals(ofSeconds(4), Duration.between(since.get(0), since.get(2)));
  }

  @Test
  void whatWasReportedBeforeTheServiceRanCountsFromThenOn() {
    run(
        app -> {
          app.service("api", api);
          app.service(
              "late",
              new Fixture("late", host, journal) {
                @Override
                public void init(Context ctx) {
                  ctx.health().report(Health.degraded("cold cache"));
                }
              });
        },
        look(now ->
            assertEquals("late DEGRADED: cold cache", now.service("late").health().toString())));
  }

  @Test
  void aReportNeverFailsAndIsIgnoredOnceTheStopHasBegun() {
    run(
        app -> {
          app.service("database", database);
          app.service(
              "api",
              new Fixture("api", host, journal) {
                @Override
                public void stop(Context ctx) throws Exception {
                  ctx.health().report(Health.unhealthy("while stopping"));
                  super.stop(ctx);
                }
              });
        },
        () -> database.report(null),
        look(now ->
            assertEquals(
                "database UNHEALTHY: reported null instead of a health",
                now.service("database").health().toString())),
        () -> database.report(new Health(HealthStatus.STOPPED, "gone")),
        look(now ->
            assertEquals("database UNHEALTHY: gone", now.service("database").health().toString())));
    database.report(Health.healthy());
    assertEquals("STOPPED: stopping", runner.get().health().toString());
    assertEquals(HealthStatus.STOPPED, runner.get().status().service("api").health().status());
  }

  @Test
  void aReasonIsOneLineAndBounded() {
    assertEquals("a b", Health.unhealthy("a\r\n\tb").reason());
    String cut = Health.unhealthy("x".repeat(10_000)).reason();
    assertEquals(500, cut.length());
    assertTrue(cut.endsWith("…"));
    assertThrows(NullPointerException.class, () -> Health.unhealthy(null));
  }

  // Dependencies

  @Test
  void dependentsFollowAtTheSameMomentAndOnlyTheRootIsMarked() {
    runChain(
        () -> database.report(Health.unhealthy("connection refused")),
        look(now -> {
          ServiceHealth root = now.service("database").health();
          ServiceHealth middle = now.service("ledger").health();
          ServiceHealth top = now.service("api").health();
          assertEquals("database UNHEALTHY: connection refused", root.toString());
          assertEquals(
              "ledger DEGRADED <- database UNHEALTHY: connection refused", middle.toString());
          assertEquals(
              "api DEGRADED <- ledger DEGRADED <- database UNHEALTHY: connection refused",
              top.toString());
          assertEquals(List.of("ledger", "database"), top.cause());
          assertTrue(root.isRootCause());
          assertFalse(middle.isRootCause());
          assertFalse(top.isRootCause());
          assertEquals(root.since(), top.since());
          assertEquals(HealthStatus.HEALTHY, top.own().status());
          assertEquals(
              "UNHEALTHY: database UNHEALTHY: connection refused", now.health().toString());
        }),
        () -> database.report(Health.healthy()),
        look(now -> {
          assertEquals("api HEALTHY", now.service("api").health().toString());
          assertEquals(2, now.service("api").health().change() - 1); // up, down, up again
        }));
  }

  @Test
  void whoRequiresAServiceIsUnhealthyWithIt() {
    run(
        app -> {
          app.service("database", database);
          app.service("ledger", ledger).requires("database");
          app.service("api", api).dependsOn("ledger");
        },
        () -> database.report(Health.degraded("slow")),
        look(now -> assertEquals(HealthStatus.DEGRADED, now.service("ledger").health().status())),
        () -> database.report(Health.unhealthy("gone")),
        look(now -> {
          assertEquals(HealthStatus.UNHEALTHY, now.service("ledger").health().status());
          assertEquals(HealthStatus.DEGRADED, now.service("api").health().status());
        }));
  }

  @Test
  void aServiceThatIsWorseThanWhatItDependsOnIsTheRoot() {
    runChain(
        () -> {
          database.report(Health.degraded("slow"));
          ledger.report(Health.unhealthy("books do not balance"));
        },
        look(now -> {
          assertEquals(
              "api DEGRADED <- ledger UNHEALTHY: books do not balance",
              now.service("api").health().toString());
          assertTrue(now.service("ledger").health().isRootCause());
          assertTrue(now.service("database").health().isRootCause());
        }));
  }

  @Test
  void aServiceThatReportsWhatItsDependencyDoesIsNotARoot() {
    runChain(
        () -> database.report(Health.unhealthy("gone")),
        () -> ledger.report(Health.degraded("the database is not well")),
        look(now -> {
          assertEquals(List.of("database"), now.service("ledger").health().cause());
          assertEquals(List.of("ledger", "database"), now.service("api").health().cause());
        }),
        () -> database.report(Health.healthy()),
        look(now -> {
          assertEquals(
              "ledger DEGRADED: the database is not well",
              now.service("ledger").health().toString());
          assertEquals(List.of("ledger"), now.service("api").health().cause());
        }));
  }

  @Test
  void nothingFlapsWhenADependencyComesAndGoes() {
    run(
        app -> {
          chain(app, database, ledger, api);
          app.service(
              "ear",
              new Fixture("ear", host, journal) {
                @Override
                public void init(Context ctx) {
                  ctx.health().subscribe("api", health -> journal.note("api " + health.status()));
                }
              });
        },
        () -> database.report(Health.unhealthy("gone")),
        () -> ledger.report(Health.degraded("no database")),
        () -> database.report(Health.healthy()),
        () -> ledger.report(Health.healthy()));
    assertEquals(
        List.of("api HEALTHY", "api DEGRADED", "api DEGRADED", "api HEALTHY"),
        journal.lines("api"));
  }

  @Test
  void theExplanationEndsWithAllThatIsKnownOfTheRoot() {
    runChain(
        () -> database.report(Health.unhealthy("connection refused")),
        look(now -> {
          String line = now.explain("api");
          assertTrue(
              line.matches(
                  "api DEGRADED <- ledger DEGRADED <- database UNHEALTHY since "
                      + "\\d\\d:\\d\\d:\\d\\d: connection refused"),
              line);
          assertThrows(NoSuchElementException.class, () -> now.explain("nobody"));
        }));
  }

  // The program

  @Test
  void aCriticalServiceThatIsUnhealthyMakesTheProgramNotReady() {
    runChain(
        () -> assertTrue(runner.get().isReady()),
        () -> database.report(Health.unhealthy("gone")),
        () -> assertFalse(runner.get().isReady()),
        () -> database.report(Health.degraded("slow")),
        () -> assertTrue(runner.get().isReady()));
  }

  @Test
  void whyItIsNotReadyNamesTheRootAndNotWhoFollowsFromIt() {
    run(
        app -> {
          app.service("database", database);
          app.service("ledger", ledger).requires("database");
          app.service("api", api);
        },
        () -> {
          database.report(Health.unhealthy("gone"));
          api.report(Health.unhealthy("no socket"));
        },
        look(now -> {
          assertEquals(HealthStatus.UNHEALTHY, now.service("ledger").health().status());
          assertEquals("database UNHEALTHY: gone; api UNHEALTHY: no socket", now.whyNotReady());
        }));
  }

  @Test
  void whyItIsNotReadyNamesWhoFollowsFromWhatIsNotCritical() {
    run(
        app -> {
          app.service("database", database).nonCritical();
          app.service("ledger", ledger).requires("database");
          app.service("api", api).requires("ledger");
        },
        () -> database.report(Health.unhealthy("gone")),
        look(now ->
            assertEquals("ledger UNHEALTHY <- database UNHEALTHY: gone", now.whyNotReady())));
  }

  @Test
  void whatIsNotCriticalMakesTheProgramDegradedAtMost() {
    run(
        app -> {
          app.service("database", database);
          app.service("api", api).nonCritical();
        },
        () -> api.report(Health.unhealthy("gone")),
        () -> {
          assertTrue(runner.get().isReady());
          assertEquals("DEGRADED: api UNHEALTHY: gone", runner.get().health().toString());
        });
  }

  @Test
  void theProgramsReasonNamesTheWorstRootsAndCountsTheOthers() {
    List<Reporter> all = new ArrayList<>();
    run(
        app -> {
          for (int i = 0; i < 5; i++) {
            Reporter each = new Reporter("s" + i);
            all.add(each);
            app.service("s" + i, each);
          }
        },
        () -> all.forEach(each -> each.report(Health.degraded("slow"))),
        () -> all.get(4).report(Health.unhealthy("gone")),
        () ->
            assertEquals(
                "UNHEALTHY: s4 UNHEALTHY: gone; s0 DEGRADED: slow; s1 DEGRADED: slow; and 2 more",
                runner.get().health().toString()));
  }

  @Test
  void theLogTellsTheRootAndWhoFollows() {
    host.keepsLog();
    runChain(
        () -> database.report(Health.unhealthy("connection refused")),
        () -> database.report(Health.healthy()));
    assertEquals(
        List.of(
            "WARNING test.database: UNHEALTHY: connection refused (was HEALTHY for 1s); "
                + "so ledger DEGRADED, api DEGRADED",
            "INFO test.database: HEALTHY (was UNHEALTHY for 1s: connection refused); "
                + "so ledger HEALTHY, api HEALTHY"),
        host.said().stream()
            .filter(line -> line.message().contains("(was UN") || line.level() == WARNING)
            .map(line -> line.level() + " " + line.scope() + ": " + line.message())
            .toList());
  }

  @Test
  void anotherReasonIsToldButNotEveryOne() {
    host.keepsLog();
    for (int i = 0; i < 30; i++) {
      Health lag = Health.degraded("lag " + i + " s");
      host.at(ofSeconds(10 + i), () -> database.report(lag));
    }
    runChain();
    assertEquals(
        List.of("still DEGRADED: lag 1 s", "still DEGRADED: lag 11 s", "still DEGRADED: lag 21 s"),
        host.said().stream()
            .filter(line -> line.level() == System.Logger.Level.INFO)
            .map(LogLine::message)
            .filter(message -> message.startsWith("still"))
            .toList());
  }

  private static final System.Logger.Level WARNING = System.Logger.Level.WARNING;
}
