package dev.srun;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** The promises of DESIGN "Health": what subscribers are told, and that they hold nobody up. */
final class HealthBusTest {
  private final FakeHost host = new FakeHost();
  private final Journal journal = new Journal();
  private final Config config = Config.named("test").grace(ofSeconds(5));
  private final List<HealthSubscription> subscriptions = new CopyOnWriteArrayList<>();
  private final AtomicReference<HealthChannel> database = new AtomicReference<>();

  /** A service that does something with its context in init, and waits to be stopped. */
  private final class With extends Fixture {
    private final Task init;

    With(String name, Task init) {
      super(name, HealthBusTest.this.host, HealthBusTest.this.journal);
      this.init = init;
    }

    @Override
    public void init(Context ctx) throws Exception {
      init.run(ctx);
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

  private Service reporting() {
    return new With("database", ctx -> database.set(ctx.health()));
  }

  /** A service that subscribes to the database. */
  private Service hearing(String name, HealthListener listener) {
    return new With(name, ctx -> subscriptions.add(ctx.health().subscribe("database", listener)));
  }

  private HealthListener noting(String who) {
    return health -> journal.note(who + " hears " + health);
  }

  private Runnable report(Health health) {
    return () -> database.get().report(health);
  }

  private Exit run(Setup setup) {
    host.signalAt(ofSeconds(30), "TERM", 15);
    return host.run(config, setup);
  }

  // What is told

  @Test
  void aSubscriberIsToldTheStatusAsItIsAndThenEachChange() {
    host.at(ofSeconds(1), report(Health.degraded("slow")));
    host.at(ofSeconds(2), report(Health.degraded("slow"))); // no news
    host.at(ofSeconds(3), report(Health.healthy()));
    run(app -> {
      app.service("database", reporting());
      app.service("ear", hearing("ear", noting("ear")));
    });
    assertEquals(
        List.of(
            "ear hears database HEALTHY",
            "ear hears database DEGRADED: slow",
            "ear hears database HEALTHY"),
        journal.lines());
  }

  @Test
  void noNamesStandForAllServices() {
    host.at(ofSeconds(1), () -> journal.note("up"));
    host.at(ofSeconds(2), report(Health.degraded("slow")));
    run(app -> {
      app.service("database", reporting());
      app.service("ear", new With("ear", ctx -> ctx.health().subscribe(List.of(), noting("ear"))));
      app.service("later", new With("later", ctx -> {}));
    });
    List<String> lines = journal.lines();
    List<String> atFirst = lines.subList(0, lines.indexOf("up"));
    for (String name : List.of("database", "ear", "later")) {
      assertTrue(atFirst.contains("ear hears " + name + " HEALTHY"), lines.toString());
    }
    List<String> later = new ArrayList<>(lines.subList(lines.indexOf("up") + 1, lines.size()));
    later.remove("ear hears ear STOPPED"); // it ends with the service: it may come too late for it
    assertEquals(List.of("ear hears database DEGRADED: slow", "ear hears later STOPPED"), later);
  }

  @Test
  void oneMaySubscribeToWhatStartsLater() {
    run(app -> {
      app.service("ear", hearing("ear", noting("ear")));
      app.init("in between", ctx -> host.sleep(ofSeconds(1)));
      app.service("database", reporting());
    });
    assertEquals(
        List.of(
            "ear hears database STOPPED",
            "ear hears database HEALTHY",
            "ear hears database STOPPED"),
        journal.lines());
  }

  @Test
  void whoAsksForAServiceThatIsNotThereIsToldWhichAre() {
    Exit exit =
        run(app ->
            app.service(
                "ear", new With("ear", ctx -> ctx.health().subscribe("databse", noting("ear")))));
    assertTrue(
        exit.cause().toString().contains("no service 'databse' to subscribe to; there are [ear]"),
        exit.cause().toString());
  }

  // Slow ones

  @Test
  void aSlowSubscriberMissesOlderChangesAndComesToTheLatest() {
    for (int i = 1; i <= 20; i++) {
      host.at(ofMillis(1_000 + i * 10L), report(Health.degraded("lag " + i)));
    }
    run(app -> {
      app.service("database", reporting());
      app.service("fast", hearing("fast", noting("fast")));
      app.service(
          "slow",
          hearing(
              "slow",
              health -> {
                journal.note("slow hears " + health);
                host.sleep(ofMillis(97)); // never ends at the moment of a report
              }));
    });
    assertEquals(21, journal.lines("fast").size());
    assertEquals(
        List.of(
            "slow hears database HEALTHY",
            "slow hears database DEGRADED: lag 1",
            "slow hears database DEGRADED: lag 10",
            "slow hears database DEGRADED: lag 20"),
        journal.lines("slow"));
    assertEquals(0, subscriptions.get(0).missed());
    assertEquals(17, subscriptions.get(1).missed());
  }

  @Test
  void aSubscriberThatBlocksForEverHoldsUpNobodyAndIsNamedWhenItsServiceStops() {
    host.withThreadsOfTheirOwn();
    host.at(ofSeconds(1), report(Health.degraded("slow")));
    host.at(ofSeconds(2), report(Health.healthy()));
    Exit exit =
        run(app -> {
          app.service("database", reporting());
          app.service("blocks", hearing("blocks", health -> host.hangAndSwallowInterrupts()));
          app.service("ear", hearing("ear", noting("ear")));
        });
    assertEquals(3, journal.lines("ear").size());
    assertEquals(List.of("blocks"), exit.stragglers().stream().map(Straggler::service).toList());
    assertEquals("thread blocks-health", exit.leaks().getFirst().what());
  }

  @Test
  void aSubscriberThatWaitsIsInterruptedWhenItsServiceIsClosed() {
    Exit exit =
        run(app -> {
          app.service("database", reporting());
          app.service("waits", hearing("waits", health -> host.hang()));
        });
    assertEquals(0, exit.code());
    assertEquals(List.of(), exit.stragglers());
  }

  // Those that throw

  @Test
  void aSubscriberThatThrowsIsLoggedAndCountedAndStaysSubscribed() {
    host.keepsLog();
    host.at(ofSeconds(1), report(Health.degraded("slow")));
    Exit exit =
        run(app -> {
          app.service("database", reporting());
          app.service(
              "throws",
              hearing(
                  "throws",
                  health -> {
                    journal.note("told");
                    throw new AssertionError("on purpose");
                  }));
        });
    assertEquals(0, exit.code());
    assertEquals(List.of("told", "told"), journal.lines());
    assertEquals(2, subscriptions.getFirst().failures());
    assertEquals(
        List.of(
            "a health listener failed at database HEALTHY",
            "a health listener failed at database DEGRADED: slow"),
        host.said().stream()
            .map(LogLine::message)
            .filter(message -> message.startsWith("a health listener"))
            .toList());
  }

  // Closing and subscribing

  @Test
  void aSubscriptionEndsWithTheServiceThatMadeIt() {
    List<Duration> told = new ArrayList<>();
    host.at(ofSeconds(1), report(Health.degraded("slow")));
    run(app -> {
      app.service("database", reporting());
      app.service("ear", hearing("ear", health -> told.add(host.elapsed())));
    });
    assertEquals(List.of(Duration.ZERO, ofSeconds(1)), told); // not that the database stops
  }

  @Test
  void aListenerMayCloseItsOwnSubscription() {
    host.at(ofSeconds(1), report(Health.degraded("slow")));
    host.at(ofSeconds(2), report(Health.healthy()));
    run(app -> {
      app.service("database", reporting());
      app.service(
          "ear",
          hearing(
              "ear",
              health -> {
                journal.note("ear hears " + health);
                if (health.status() == HealthStatus.DEGRADED) {
                  subscriptions.getFirst().close();
                  subscriptions.getFirst().close();
                }
              }));
    });
    assertEquals(
        List.of("ear hears database HEALTHY", "ear hears database DEGRADED: slow"),
        journal.lines());
  }

  @Test
  void oneMayCloseASubscriptionByHand() {
    host.at(ofSeconds(1), () -> subscriptions.getFirst().close());
    host.at(ofSeconds(2), report(Health.degraded("slow")));
    run(app -> {
      app.service("database", reporting());
      app.service("ear", hearing("ear", noting("ear")));
    });
    assertEquals(List.of("ear hears database HEALTHY"), journal.lines());
  }

  @Test
  void aListenerMaySubscribe() {
    AtomicInteger depth = new AtomicInteger();
    host.at(ofSeconds(1), report(Health.degraded("slow")));
    run(app -> {
      app.service("database", reporting());
      app.service(
          "ear",
          new With(
              "ear",
              ctx ->
                  ctx.health()
                      .subscribe(
                          "database",
                          health -> {
                            if (depth.getAndIncrement() == 0) {
                              ctx.health().subscribe("database", noting("second"));
                            }
                          })));
    });
    assertEquals(
        List.of("second hears database HEALTHY", "second hears database DEGRADED: slow"),
        journal.lines());
  }

  @Test
  void oneMaySubscribeWhileTheServiceStopsAndIsRefusedOnceItIsClosed() {
    AtomicReference<Context> kept = new AtomicReference<>();
    run(app -> {
      app.service("database", reporting());
      app.service(
          "ear",
          new Fixture("ear", host, journal) {
            @Override
            public void stop(Context ctx) throws Exception {
              kept.set(ctx);
              ctx.health()
                  .subscribe(
                      "database",
                      health -> {
                        noting("late").changed(health);
                        letRunReturn();
                      });
            }
          });
    });
    assertEquals(List.of("init ear", "run ear", "late hears database HEALTHY"), journal.lines());
    IllegalStateException refused =
        assertThrows(
            IllegalStateException.class,
            () -> kept.get().health().subscribe("database", noting("too late")));
    assertEquals("ear was closed; it starts no more threads", refused.getMessage());
  }

  // Figures

  @Test
  void theFiguresTellWhatTheBusHasDone() {
    host.at(ofSeconds(1), report(Health.degraded("slow")));
    host.at(
        ofSeconds(2),
        () -> {
          report(Health.degraded("slower")).run();
        });
    AtomicReference<Runner> runner = new AtomicReference<>();
    run(app -> {
      app.service("database", reporting());
      app.service("ear", hearing("ear", noting("ear")));
      app.service("last", new With("last", ctx -> runner.set(ctx.runner())));
    });
    HealthFigures figures = runner.get().healthFigures();
    assertEquals(2, figures.deliveries().count());
    assertEquals(0, figures.missed());
    assertEquals(0, figures.listenerFailures());
  }
}
