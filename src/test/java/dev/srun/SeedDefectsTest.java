package dev.srun;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What the Go package does wrong that srun re-imagines, each by its name. */
final class SeedDefectsTest {
  private final FakeHost host = new FakeHost();
  private final Journal journal = new Journal();
  private final Config config = Config.named("test").grace(ofSeconds(5));
  private final AtomicReference<Context> context = new AtomicReference<>();

  private Fixture fixture(String name) {
    return new Fixture(name, host, journal) {
      @Override
      public void init(Context ctx) throws Exception {
        context.set(ctx);
        super.init(ctx);
      }
    };
  }

  private Exit run(Setup setup) {
    host.signalAt(ofSeconds(100), "TERM", 15);
    return host.run(config, setup);
  }

  @Test
  void aStartFailureLeavesTheStartedServicesRunning() {
    run(app -> {
      app.service("a", fixture("a"));
      app.init(
          "b",
          ctx -> {
            throw new IOException("on purpose");
          });
    });
    assertEquals(List.of("init a", "run a", "stop a"), journal.lines());
  }

  @Test
  void aHealthPushBlocksForEver() {
    host.at(
        ofSeconds(1),
        () -> {
          for (int i = 0; i < 100_000; i++) { // on this thread, whoever listens
            context.get().health().report(Health.degraded("push " + i));
          }
          journal.note("pushed");
        });
    run(app -> {
      app.service(
          "deaf",
          new Fixture("deaf", host, journal) {
            @Override
            public void init(Context ctx) {
              ctx.health().subscribe(List.of(), health -> host.hang());
            }
          });
      app.service("a", fixture("a"));
    });
    assertEquals(List.of("pushed"), journal.lines("pushed"));
  }

  @Test
  void healthyPanicsAndDegradedPrintsHealthy() {
    List<String> texts = new ArrayList<>();
    for (HealthStatus status : HealthStatus.values()) {
      texts.add(new Health(status, "").toString());
    }
    assertEquals(List.of("STOPPED", "UNHEALTHY", "DEGRADED", "HEALTHY"), texts);
  }

  @Test
  void anEmptySubscriptionFilterGetsNothing() {
    run(app -> {
      app.service("a", fixture("a"));
      app.service(
          "ear",
          new Fixture("ear", host, journal) {
            @Override
            public void init(Context ctx) {
              ctx.health().subscribe(List.of(), health -> journal.note("hears " + health));
            }
          });
    });
    assertTrue(journal.lines().contains("hears a HEALTHY"), journal.lines()::toString);
  }

  @Test
  void theIntervalSettingIsIgnored() {
    List<Duration> checks = new ArrayList<>();
    host.signalAt(ofSeconds(10), "TERM", 15);
    host.set("SRUN_HEALTH_INTERVAL", "1s")
        .run(
            config,
            app ->
                app.service(
                    "a",
                    new HealthFixture(
                        "a",
                        host,
                        journal,
                        () -> {
                          checks.add(host.elapsed());
                          return Health.healthy();
                        })));
    assertTrue(checks.size() >= 9 && checks.size() <= 12, checks::toString);
  }

  @Test
  void checksRunOneAfterAnother() {
    List<Duration> second = new ArrayList<>();
    HealthFixture slow = new HealthFixture("slow", host, journal, Health::healthy);
    HealthFixture fast = new HealthFixture("fast", host, journal, Health::healthy);
    host.at(
        ofSeconds(1),
        () -> {
          slow.answers(() -> {
            host.hang();
            return Health.healthy();
          });
          fast.answers(() -> {
            second.add(host.elapsed());
            return Health.healthy();
          });
        });
    run(app -> {
      app.service("slow", slow);
      app.service("fast", fast);
    });
    assertTrue(second.getFirst().compareTo(ofSeconds(33)) <= 0, second::toString);
  }

  @Test
  void theFirstCheckHasNoTimeout() {
    Exit exit =
        run(app ->
            app.service(
                "a",
                new HealthFixture(
                    "a",
                    host,
                    journal,
                    () -> {
                      host.hang();
                      return Health.healthy();
                    })));
    assertTrue(
        exit.cause().toString().contains("check of a took longer than 5s"), exit.cause()::toString);
  }

  @Test
  void oneSlowSubscriberStopsAll() {
    List<Duration> told = new ArrayList<>();
    host.at(ofSeconds(1), () -> context.get().health().report(Health.degraded("slow")));
    run(app -> {
      app.service("a", fixture("a"));
      app.service(
          "ears",
          new Fixture("ears", host, journal) {
            @Override
            public void init(Context ctx) {
              ctx.health().subscribe("a", health -> host.hang());
              ctx.health().subscribe("a", health -> told.add(host.elapsed()));
            }
          });
    });
    assertEquals(List.of(Duration.ZERO, ofSeconds(1)), told);
  }

  @Test
  void readinessIsASleep() {
    Exit exit =
        host.run(
            config,
            app -> {
              app.service("a", fixture("a"));
              app.service("b", fixture("b"));
              app.main("main", ctx -> {});
            });
    assertEquals(Duration.ZERO, exit.uptime());
  }

  @Test
  void theSecondSignalIsSwallowed() {
    host.signalAt(ofSeconds(1), "TERM", 15);
    host.signalAt(ofSeconds(2), "TERM", 15);
    Exit exit =
        host.run(
            config,
            app ->
                app.service(
                    "a",
                    new Fixture("a", host, journal) {
                      @Override
                      public void stop(Context ctx) throws InterruptedException {
                        host.hang();
                      }
                    }));
    assertTrue(exit.stopTook().compareTo(ofMillis(1_500)) < 0, exit.stopTook()::toString);
  }

  @Test
  void whenTheGraceIsOverTheRemainingServicesAreNotEvenAskedToStop() {
    host.signalAt(ofSeconds(1), "TERM", 15);
    host.run(
        config,
        app -> {
          app.service("a", fixture("a"));
          app.service(
              "b",
              new Fixture("b", host, journal) {
                @Override
                public void stop(Context ctx) {
                  host.hangAndSwallowInterrupts();
                }
              });
        });
    assertEquals(List.of("stop a"), journal.lines("stop"));
  }

  @Test
  void healthAndReadinessAreUnknownUntilTheUserSetsAFunction() {
    host.at(
        ofSeconds(1),
        () -> {
          assertEquals(Health.healthy(), context.get().runner().health());
          assertTrue(context.get().runner().isReady());
          assertTrue(context.get().runner().isLive());
        });
    run(app -> app.service("a", fixture("a")));
  }
}
