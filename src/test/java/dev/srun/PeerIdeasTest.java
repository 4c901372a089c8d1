package dev.srun;

import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/**
 * What the test suites of other libraries of this kind ask, and no other test here does; {@code
 * COMPARISON.md} has all of it.
 */
class PeerIdeasTest {
  private final FakeHost host = new FakeHost().keepsLog();
  private final Journal journal = new Journal();
  private final Config config = Config.named("t").grace(ofSeconds(20));

  private Fixture fixture(String name) {
    return new Fixture(name, host, journal);
  }

  /** One that takes a while to stop. */
  private Fixture slow(String name, Duration time) {
    return new Fixture(name, host, journal) {
      @Override
      public void stop(Context ctx) throws Exception {
        note("stop");
        host.sleep(time);
        note("stopped");
        letRunReturn();
      }
    };
  }

  private static Stop failing(String text) {
    return () -> {
      throw new IOException(text);
    };
  }

  private interface Stop extends AutoCloseable {
    @Override
    void close() throws IOException;
  }

  // fx, airlift

  @Test
  void everyFailureOfAStopIsInTheExitInOrder() {
    host.signalAt(ofSeconds(1), "TERM", 15);
    Exit exit =
        host.run(
            config,
            app -> {
              app.service("a", new Failing("a", 1));
              app.service("b", new Failing("b", 2));
            });

    assertEquals(
        List.of(
            "b: stop: java.io.IOException: stop of b",
            "b: run: java.io.IOException: run of b",
            "b: close: java.io.IOException: second of b",
            "b: close: java.io.IOException: first of b",
            "a: stop: java.io.IOException: stop of a",
            "a: run: java.io.IOException: run of a",
            "a: close: java.io.IOException: first of a"),
        exit.failures().stream().map(Failure::toString).toList());
    assertEquals(1, exit.code());
    assertEquals(List.of(), exit.stragglers());
  }

  /** Fails in everything that belongs to its stop. */
  private final class Failing extends Fixture {
    private final String name;
    private final int owned;

    Failing(String name, int owned) {
      super(name, PeerIdeasTest.this.host, PeerIdeasTest.this.journal);
      this.name = name;
      this.owned = owned;
    }

    @Override
    public void init(Context ctx) {
      for (String which : List.of("first", "second").subList(0, owned)) {
        ctx.own(failing(which + " of " + name));
      }
    }

    @Override
    public void run(Context ctx) throws Exception {
      runUntilStopped(ctx);
      throw new IOException("run of " + name);
    }

    @Override
    public void stop(Context ctx) throws Exception {
      try {
        throw new IOException("stop of " + name);
      } finally {
        host.at(host.elapsed().plusSeconds(1), this::letRunReturn);
      }
    }
  }

  @Test
  void whatWasNotStartedIsNotStopped() {
    Exit exit =
        host.run(
            config,
            app -> {
              app.service("a", fixture("a"));
              app.service(
                  "b",
                  new Fixture("b", host, journal) {
                    @Override
                    public void init(Context ctx) throws IOException {
                      note("init");
                      throw new IOException("no disk");
                    }
                  });
              app.service("c", fixture("c"));
            });

    assertEquals(List.of("init a", "run a", "init b", "stop a"), journal.lines());
    assertEquals(
        "exit 1 (failures): failed: b: init: java.io.IOException: no disk", exit.toString());
  }

  // Spring, Pekko

  @Test
  void membersOfAGroupStopSideBySideAndTheNextWaitsForAll() {
    host.signalAt(ofSeconds(1), "TERM", 15);
    Exit exit =
        host.run(
            config,
            app -> {
              app.service("first", slow("first", ofSeconds(1)));
              app.group(group -> {
                group.service("quick", slow("quick", ofSeconds(1)));
                group.service("slow", slow("slow", ofSeconds(5)));
              });
            });

    assertEquals(
        List.of("stopped quick", "stopped slow", "stop first", "stopped first"),
        journal.lines().stream()
            .filter(line -> line.startsWith("stopped ") || line.equals("stop first"))
            .toList());
    assertEquals(ofSeconds(6), exit.stopTook());
  }

  @Test
  void theFirstReasonToStopIsTheOneThatCounts() {
    Exit exit =
        host.run(
            config,
            app -> {
              app.service("a", slow("a", ofSeconds(3)));
              app.service(
                  "b",
                  ctx -> {
                    ctx.ready();
                    host.sleep(ofSeconds(1));
                    ctx.runner().stop("first", 7);
                    ctx.runner().stop("second", 8);
                    ctx.runner().stop("third");
                  });
            });

    assertEquals("exit 7 (clean): asked: first", exit.toString());
    assertEquals(1, journal.lines("stop").size());
  }

  // .NET

  @Test
  void aStopThatIsAskedForInTheStartWaitsForNoServiceThatWasNotBegun() {
    Exit exit =
        host.run(
            config,
            app -> {
              app.service("a", fixture("a"));
              app.service(
                  "b",
                  new Fixture("b", host, journal) {
                    @Override
                    public void init(Context ctx) throws Exception {
                      note("init");
                      ctx.runner().stop("nothing to do");
                      host.sleep(ofSeconds(30));
                    }
                  });
              app.service("c", fixture("c"));
            });

    assertEquals(List.of("init a", "run a", "init b", "stop a"), journal.lines());
    assertEquals("exit 0 (clean): asked: nothing to do", exit.toString());
  }

  @Test
  void manyWhoCloseAProgramAtTheSameTimeStopItOnceAndAllWait() throws Exception {
    int many = 8;
    CountDownLatch together = new CountDownLatch(1);
    List<String> stops = new ArrayList<>();
    Running program =
        Srun.start(
            Config.named("t").withoutSignals().withoutAdmin().withoutTelemetry(),
            app ->
                app.service(
                    "s",
                    new Service() {
                      @Override
                      public void run(Context ctx) {
                        ctx.ready();
                      }

                      @Override
                      public void stop(Context ctx) {
                        stops.add("stop");
                      }
                    }));
    List<Thread> closers = new ArrayList<>();
    List<Boolean> ended = new CopyOnWriteArrayList<>();
    for (int i = 0; i < many; i++) {
      closers.add(
          Thread.ofVirtual()
              .start(() -> {
                try {
                  together.await();
                  program.close();
                  ended.add(program.await(Duration.ZERO).isPresent());
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              }));
    }
    together.countDown();
    for (Thread closer : closers) {
      closer.join();
    }
    program.close();

    assertEquals(List.of("stop"), stops);
    assertEquals(Collections.nCopies(many, true), ended);
  }

  // Guava

  @Test
  void everyListenerIsToldEveryChangeInTheSameOrder() {
    Journal second = new Journal();
    host.signalAt(ofSeconds(1), "TERM", 15);
    host.run(
        config,
        app -> {
          app.onStateChange(journal);
          app.onStateChange(second);
          app.service("a", ctx -> {});
          app.service("b", ctx -> {});
        });

    List<String> life =
        List.of("INITIATING", "INITIATED", "STARTING", "RUNNING", "SHUTTING_DOWN", "STOPPED");
    List<String> expected = new ArrayList<>();
    life.subList(0, 4).forEach(state -> expected.add("a " + state));
    life.subList(0, 4).forEach(state -> expected.add("b " + state));
    life.subList(4, 6).forEach(state -> expected.add("b " + state));
    life.subList(4, 6).forEach(state -> expected.add("a " + state));
    assertEquals(expected, journal.lines());
    assertEquals(expected, second.lines());
  }

  // tokio-graceful-shutdown, Swift Service Lifecycle

  @Test
  void aRunThatIgnoresItsStopIsInterruptedAtItsLimitAndNamed() {
    host.signalAt(ofSeconds(1), "TERM", 15);
    Exit exit =
        host.run(
            config,
            app -> {
              app.service("before", fixture("before"));
              app.service(
                      "deaf",
                      new Fixture("deaf", host, journal) {
                        @Override
                        public void run(Context ctx) throws Exception {
                          ctx.ready();
                          host.hang();
                        }

                        @Override
                        public void stop(Context ctx) {
                          note("stop");
                        }
                      })
                  .stopTimeout(ofSeconds(2));
            });

    assertEquals("exit 1 (failures): signal TERM", exit.toString());
    assertEquals(List.of("deaf"), exit.stragglers().stream().map(Straggler::service).toList());
    assertTrue(!exit.stragglers().getFirst().leftBehind());
    assertEquals(List.of("stop deaf", "stop before"), journal.lines("stop"));
    assertEquals(ofSeconds(2), exit.stopTook());
  }

  @Test
  void anInterruptOfTheCallerAsksForTheStopAndIsKept() throws Exception {
    CountDownLatch up = new CountDownLatch(1);
    List<String> seen = new CopyOnWriteArrayList<>();
    Thread caller =
        Thread.ofPlatform()
            .start(() -> {
              Exit exit =
                  Srun.run(
                      Config.named("t").withoutSignals().withoutAdmin().withoutTelemetry(),
                      app -> {
                        app.service("s", ctx -> {});
                        app.init("up", ctx -> up.countDown());
                      });
              seen.add(exit + ", interrupted: " + Thread.currentThread().isInterrupted());
            });
    up.await();
    caller.interrupt();
    caller.join();

    assertEquals(List.of("exit 0 (clean): asked: interrupted, interrupted: true"), seen);
  }

  // suture

  @Test
  void aServiceThatFailsIsNotStartedAgainAndItsProgramEnds() {
    List<String> runs = new ArrayList<>();
    Exit exit =
        host.run(
            config,
            app -> {
              app.service("a", fixture("a"));
              app.service(
                  "b",
                  ctx -> {
                    runs.add("run");
                    ctx.ready();
                    host.sleep(ofSeconds(1));
                    throw new IllegalStateException("lost the broker");
                  });
            });

    assertEquals(List.of("run"), runs);
    assertEquals(List.of("init a", "run a", "stop a"), journal.lines());
    assertEquals(1, exit.code());
  }
}
