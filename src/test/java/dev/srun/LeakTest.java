package dev.srun;

import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.program.Handover;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What an exit says that a service left behind: what, where it came from, and why. */
final class LeakTest {
  private static final String CONNECTION = Handover.Connection.class.getName();

  private final FakeHost host = new FakeHost();
  private final Journal journal = new Journal();
  private final Config config = Config.named("test").grace(ofSeconds(10));

  private Exit stopAfterASecond(Setup setup) {
    return host.signalAt(ofSeconds(1), "TERM", 15).run(config, setup);
  }

  /** Owns connections that close as given, the first one owned first. */
  private Fixture owns(Handover.Closing... closings) {
    return new Fixture("b", host, journal) {
      @Override
      public void init(Context ctx) {
        for (Handover.Closing closing : closings) {
          Handover.connect(ctx, closing);
        }
      }
    };
  }

  private static void assertCreatedIn(String method, Leak leak) {
    String frame = leak.createdAt().replaceAll("\\d+", "N");
    assertEquals("dev.srun.program.Handover." + method + "(Handover.java:N)", frame);
  }

  private static List<String> why(Exit exit) {
    return exit.leaks().stream().map(Leak::why).toList();
  }

  // Owned things

  @Test
  void aCloseThatThrowsIsNamedWithClassOriginAndError() {
    Exit exit =
        stopAfterASecond(app ->
            app.service(
                "b",
                owns(() -> {
                  throw new IllegalStateException("still in use");
                })));
    Leak leak = exit.leaks().getFirst();
    assertEquals("b", leak.service());
    assertEquals(CONNECTION, leak.what());
    assertCreatedIn("connect", leak);
    assertEquals("its close threw java.lang.IllegalStateException", leak.why());
    assertEquals(1, exit.leaks().size());
    assertEquals(Phase.CLOSE, exit.failures().getFirst().phase());
    assertEquals(1, exit.code());
    assertTrue(
        leak.toString()
            .matches(
                "b: dev\\.srun\\.program\\.Handover\\$Connection, created at \\S+: its close .*"),
        leak::toString);
  }

  @Test
  void everyCloseThatThrowsIsNamedAndTheOthersAreNot() {
    Exit exit =
        stopAfterASecond(app ->
            app.service(
                "b",
                owns(
                    () -> {
                      throw new IllegalStateException("first");
                    },
                    () -> journal.note("closed"),
                    () -> {
                      throw new AssertionError("last");
                    })));
    assertEquals(
        List.of(
            "its close threw java.lang.AssertionError",
            "its close threw java.lang.IllegalStateException"),
        why(exit));
    assertEquals(List.of("closed"), journal.lines("closed"));
  }

  @Test
  void aCloseThatNeverEndsIsNamedAndSoIsWhatItKeptFromBeingClosed() {
    Exit exit =
        stopAfterASecond(app ->
            app.service(
                "b",
                owns(
                    () -> journal.note("closed"),
                    () -> host.hangAndSwallowInterrupts(),
                    () -> journal.note("closed before"))));
    assertEquals(List.of("its close has not ended", "not closed"), why(exit));
    exit.leaks().forEach(leak -> assertCreatedIn("connect", leak));
    assertEquals(List.of("b"), exit.leaks().stream().map(Leak::service).distinct().toList());
    assertEquals(Phase.CLOSE, exit.stragglers().getFirst().phase());
  }

  @Test
  void aCloseThatOnlyAnInterruptEndsIsNotNamed() {
    Exit exit =
        stopAfterASecond(app ->
            app.service(
                "b",
                owns(() -> {
                  try {
                    host.hang();
                  } catch (InterruptedException e) {
                    journal.note("closed");
                  }
                })));
    assertEquals(List.of(), exit.leaks());
    assertEquals(Outcome.FORCED, exit.outcome());
  }

  @Test
  void whatTheSetupOwnsIsTheSetups() {
    Exit exit =
        host.run(
            config,
            app -> {
              Handover.connect(
                  app,
                  () -> {
                    throw new IllegalStateException("still in use");
                  });
              app.main("m", ctx -> {});
            });
    Leak leak = exit.leaks().getFirst();
    assertEquals("(setup)", leak.service());
    assertCreatedIn("connect", leak);
  }

  @Test
  void whatAHalfStartedServiceCannotCloseIsNamed() {
    Exit exit =
        host.run(
            config,
            app ->
                app.service(
                    "b",
                    new Fixture("b", host, journal) {
                      @Override
                      public void init(Context ctx) {
                        Handover.connect(
                            ctx,
                            () -> {
                              throw new IllegalStateException("still in use");
                            });
                        throw new IllegalStateException("does not start");
                      }
                    }));
    assertEquals(1, exit.leaks().size());
    assertEquals(2, exit.failures().size());
  }

  // Threads

  @Test
  void aThreadThatIgnoresInterruptsIsNamedWithWhereItStands() {
    host.withThreadsOfTheirOwn();
    Exit exit =
        stopAfterASecond(app -> {
          app.service(
              "b",
              new Fixture("b", host, journal) {
                @Override
                public void init(Context ctx) {
                  Handover.connect(ctx, () -> note("close"));
                  Handover.startWorker(ctx, "worker", host::hangAndSwallowInterrupts);
                }
              });
        });
    Leak leak = exit.leaks().getFirst();
    assertEquals(1, exit.leaks().size(), exit.leaks()::toString);
    assertEquals("b", leak.service());
    assertEquals("thread b-worker", leak.what());
    assertCreatedIn("startWorker", leak);
    assertTrue(leak.why().startsWith("alive, WAITING, at "), leak::why);
    assertTrue(leak.why().contains("dev.srun.program.Handover.work(Handover.java:"), leak::why);
    assertEquals(List.of("close b"), journal.lines("close"));
    assertEquals(Outcome.FORCED, exit.outcome());
  }

  @Test
  void aThreadOfAFactoryIsNamedWithWhereTheFactoryWasAskedFor() {
    host.withThreadsOfTheirOwn();
    CountDownLatch runs = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    Exit exit =
        stopAfterASecond(app -> {
          app.service(
              "b",
              new Fixture("b", host, journal) {
                @Override
                public void init(Context ctx) throws Exception {
                  Handover.workers(ctx, "pooled")
                      .newThread(() -> awaitWhateverComes(runs, end))
                      .start();
                  runs.await();
                }
              });
        });
    end.countDown();
    Leak leak = exit.leaks().getFirst();
    assertEquals("thread b-pooled-1", leak.what());
    assertCreatedIn("workers", leak);
  }

  private static void awaitWhateverComes(CountDownLatch runs, CountDownLatch end) {
    runs.countDown();
    boolean ended = false;
    while (!ended) {
      try {
        end.await();
        ended = true;
      } catch (InterruptedException e) {
        // Ignores interrupts.
      }
    }
  }

  @Test
  void aThreadThatNobodyIsKnownToHaveStartedIsUnattributed() throws InterruptedException {
    CountDownLatch end = new CountDownLatch(1);
    Thread[] strays = new Thread[2];
    Exit exit =
        stopAfterASecond(app ->
            app.service(
                "b",
                new Fixture("b", host, journal) {
                  @Override
                  public void init(Context ctx) {
                    strays[0] = stray("stray", false, end);
                    strays[1] = stray("stray daemon", true, end);
                  }

                  @Override
                  public void stop(Context ctx) {
                    host.hangAndSwallowInterrupts();
                  }
                }));
    end.countDown();
    for (Thread stray : strays) {
      stray.join();
    }
    List<Leak> named = exit.leaks().stream().filter(leak -> leak.what().contains("stray")).toList();
    assertEquals(List.of("thread stray"), named.stream().map(Leak::what).toList());
    assertEquals(Leak.UNATTRIBUTED, named.getFirst().service());
    assertEquals("", named.getFirst().createdAt());
    assertFalse(named.getFirst().toString().contains("created at"));
  }

  private static Thread stray(String name, boolean daemon, CountDownLatch end) {
    CountDownLatch runs = new CountDownLatch(1);
    return Handover.startStray(name, daemon, () -> awaitWhateverComes(runs, end));
  }

  // The words

  @Test
  void eachIsLoggedOnce() {
    host.keepsLog();
    Exit exit =
        stopAfterASecond(app ->
            app.service(
                "b",
                owns(() -> {
                  throw new IllegalStateException("still in use");
                })));
    List<LogLine> lines =
        host.said().stream().filter(line -> line.message().startsWith("left behind by ")).toList();
    assertEquals(
        List.of("left behind by " + exit.leaks().getFirst()),
        lines.stream().map(LogLine::message).toList());
    assertEquals(System.Logger.Level.WARNING, lines.getFirst().level());
    assertEquals(new LogDetail.LeftBehind(exit.leaks().getFirst()), lines.getFirst().detail());
  }

  @Test
  void aCleanProgramLeavesNothing() {
    Exit exit =
        stopAfterASecond(app ->
            app.service(
                "b",
                new Fixture("b", host, journal) {
                  @Override
                  public void init(Context ctx) {
                    Handover.connect(ctx, () -> {});
                    Handover.startWorker(
                        ctx,
                        "worker",
                        () -> {
                          try {
                            host.hang();
                          } catch (InterruptedException e) {
                            note("ended");
                          }
                        });
                  }
                }));
    assertEquals(List.of(), exit.leaks());
    assertEquals(Outcome.CLEAN, exit.outcome());
  }

  // Without a program

  @Test
  void nobodyWaitsForAThreadThatIsAbandoned() throws Throwable {
    FakeHost machine = new FakeHost();
    Program program = machine.start(config, app -> app.main("m", ctx -> {}));
    machine.drive(program);
    Slot slot = slot(program);
    Owned owned = new Owned();
    CountDownLatch runs = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    Thread worker =
        owned.threads(slot, program).start("worker", own -> awaitWhateverComes(runs, end));
    runs.await();
    assertEquals(List.of("thread m-worker"), owned.leaks("m").stream().map(Leak::what).toList());
    owned.abandon(worker);
    owned.close("m");
    assertEquals(List.of(), owned.leaks("m"));
    assertTrue(worker.isAlive());
    end.countDown();
  }

  @Test
  void whatComesWhenItIsCertainThatNothingIsOwnedIsClosedAndRefused() {
    FakeHost machine = new FakeHost();
    Program program = machine.start(config, app -> app.main("m", ctx -> {}));
    machine.drive(program);
    ServiceContext context = slot(program).context();
    AtomicInteger closed = new AtomicInteger();

    assertTrue(context.closeIfNothingIsOwned());
    assertThrows(IllegalStateException.class, () -> context.own(closed::incrementAndGet));
    assertThrows(IllegalStateException.class, () -> context.threads().start("late", own -> {}));
    assertEquals(1, closed.get());
    assertTrue(context.closeIfNothingIsOwned());
    assertEquals(List.of(), context.owned().leaks("m"));
    assertEquals(List.of(), slot(program).context().owned().leaks("m"));
  }

  private static Slot slot(Program program) {
    Service service = ctx -> {};
    Definition definition =
        new Definition(
            "m",
            Definition.Kind.SERVICE,
            service,
            Definition.Implemented.by(service.getClass()),
            List.of(),
            false,
            false,
            ofSeconds(1),
            ofSeconds(1),
            java.time.Duration.ZERO,
            ofSeconds(1),
            java.time.Duration.ZERO,
            new HealthOptions(true, List.of(), ofSeconds(30), ofSeconds(5), 1, 2, null));
    return new Slot(definition, program);
  }
}
