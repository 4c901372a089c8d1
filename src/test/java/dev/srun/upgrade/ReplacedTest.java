package dev.srun.upgrade;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.Health;
import dev.srun.HealthStatus;
import dev.srun.Outcome;
import dev.srun.UpgradeOutcome;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From the moment that a child accepts to the end of its parent. */
@Timeout(60)
final class ReplacedTest {
  private static final long SELF = ProcessHandle.current().pid();

  @TempDir private Path directory;

  private final CountDownLatch toldOfExclusive = new CountDownLatch(1);
  private final CountDownLatch lineWasCut = new CountDownLatch(1);
  private final CountDownLatch mayDie = new CountDownLatch(1);
  private final CountDownLatch wasToldToLeave = new CountDownLatch(1);

  private UpgraderUnderTest parent(Duration linger, Duration probation, Map<String, String> env)
      throws IOException {
    return parent(linger, probation, Duration.ZERO, env);
  }

  private UpgraderUnderTest parent(
      Duration linger, Duration probation, Duration slowStart, Map<String, String> env)
      throws IOException {
    var options =
        new Upgrader.Options(
            true, ofSeconds(20), linger, probation, slowStart, directory.resolve("app.pid"));
    return new UpgraderUnderTest(options, 1, env);
  }

  /** Tells the test how far its parent is. */
  private int observe(Rendezvous.Place place, FakeKernel kernel) throws Exception {
    try (Inheritance its = UpgraderUnderTest.taken(place, kernel)) {
      its.awaitEntrance();
      its.entered();
      UpgraderUnderTest.awaitLastWish(its);
      toldOfExclusive.countDown();
      its.awaitEnd();
      lineWasCut.countDown();
      return 0;
    }
  }

  /** Takes over and dies soon after. */
  private int die(Rendezvous.Place place, FakeKernel kernel) throws Exception {
    try (Inheritance its = UpgraderUnderTest.taken(place, kernel)) {
      its.awaitEntrance();
      its.entered();
      mayDie.await();
      return 9;
    }
  }

  private static void assertUpgraded(UpgradeOutcome outcome) {
    assertInstanceOf(UpgradeOutcome.Upgraded.class, outcome, outcome.toString());
  }

  @Test
  void theParentLetsGoTellsItsServersAndGoes() throws Exception {
    try (UpgraderUnderTest parent = parent(ofSeconds(1), Duration.ZERO, Map.of())) {
      UpgradeOutcome outcome = parent.upgrade(this::observe);

      assertUpgraded(outcome);
      assertTrue(
          outcome.toString().startsWith("pid " + SELF + " (generation 2) has taken over after "));
      assertEquals(List.of("letGo api", "letGo probes"), parent.told);
      assertFalse(parent.kernel.accepting().contains(UpgraderUnderTest.API));
      assertFalse(parent.kernel.accepting().contains(UpgraderUnderTest.PROBES));
      assertTrue(parent.apiSocket.isHandedOver());
      assertEquals(1, parent.upgrader.figures().upgraded());
      assertEquals(outcome, parent.upgrader.figures().last());
      await().until(() -> parent.followed.equals(List.of("replaced by generation 2")));
      assertEquals(
          "upgrade refused: pid " + SELF + " has taken over",
          parent.upgrade(UpgraderUnderTest.GOOD).toString());

      assertEquals(1, toldOfExclusive.getCount()); // some may run here still
      parent.upgrader.exclusiveStopped();
      toldOfExclusive.await();
      assertEquals(1, lineWasCut.getCount());
      parent.app.stop("replaced");
      lineWasCut.await();

      assertEquals(Outcome.CLEAN, parent.app.await().outcome());
    }
  }

  @Test
  void aParentThatCouldNotStopWhatMustNotRunTwiceDoesNotSayThatItHas() throws Exception {
    try (UpgraderUnderTest parent = parent(ofSeconds(1), Duration.ZERO, Map.of())) {
      assertUpgraded(parent.upgrade(this::observe));
      await().until(() -> !parent.followed.isEmpty());
      parent.app.stop("replaced, and a service did not stop");
      parent.app.await();

      assertEquals(1, toldOfExclusive.getCount());
      parent.child().destroy();
    }
  }

  @Test
  void connectionsThatLingerHoldTheParent() throws Exception {
    try (UpgraderUnderTest parent = parent(ofSeconds(30), Duration.ZERO, Map.of())) {
      parent.api.connections = 1;
      assertUpgraded(parent.upgrade(this::observe));
      parent.probes.connections = 1;
      parent.api.connections = 0;
      await().during(ofMillis(300)).until(parent.followed::isEmpty);
      parent.probes.connections = 0;
      await().until(() -> parent.followed.equals(List.of("replaced by generation 2")));
    }
  }

  @Test
  void whereAServerDoesNotCountThemTheKernelTellsWhetherConnectionsLinger() throws Exception {
    try (UpgraderUnderTest parent = parent(ofSeconds(30), Duration.ZERO, Map.of())) {
      parent.api.connections = -1;
      parent.kernel.connected(UpgraderUnderTest.API, true);
      assertUpgraded(parent.upgrade(this::observe));
      await().during(ofMillis(300)).until(parent.followed::isEmpty);
      parent.kernel.connected(UpgraderUnderTest.API, false);
      await().until(() -> parent.followed.equals(List.of("replaced by generation 2")));
    }
  }

  @Test
  void whereTheKernelCannotTellWhetherConnectionsLingerTheyAreTakenToDoSo() throws Exception {
    try (UpgraderUnderTest parent = parent(ofSeconds(30), Duration.ZERO, Map.of())) {
      parent.api.connections = -1;
      parent.kernel.fail("hasConnections", 1);
      assertUpgraded(parent.upgrade(this::observe));
      await().until(() -> parent.followed.equals(List.of("replaced by generation 2")));

      List<String> looks =
          parent.kernel.calls().stream().filter(call -> call.startsWith("hasCon")).toList();
      assertEquals(Collections.nCopies(2, "hasConnections " + UpgraderUnderTest.API), looks);
    }
  }

  @Test
  void clientsAreToCloseWhileAnotherProcessAccepts() throws Exception {
    SocketAddress client = UpgraderUnderTest.API;
    try (UpgraderUnderTest parent = parent(ofSeconds(30), ofSeconds(30), Map.of())) {
      assertFalse(parent.apiSocket.shouldClose(client));
      assertUpgraded(parent.upgrade(this::die));
      assertTrue(parent.apiSocket.shouldClose(client));
      assertTrue(parent.apiSocket.shouldClose(null));
      mayDie.countDown();
      await().until(() -> parent.upgrader.figures().failed() == 1);
      assertFalse(parent.apiSocket.shouldClose(client));
    }
  }

  @Test
  void connectionsThatStayDoNotHoldTheParentForEver() throws Exception {
    try (UpgraderUnderTest parent = parent(ofMillis(200), Duration.ZERO, Map.of())) {
      parent.api.connections = 1;
      assertUpgraded(parent.upgrade(this::observe));
      await().until(() -> parent.followed.equals(List.of("replaced by generation 2")));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whereTheChildDiesSoonTheParentServesAgain(boolean onProbation) throws Exception {
    Duration probation = onProbation ? ofSeconds(30) : Duration.ZERO;
    try (UpgraderUnderTest parent = parent(ofSeconds(30), probation, Map.of())) {
      parent.api.connections = onProbation ? 0 : 1;
      assertUpgraded(parent.upgrade(this::die));
      mayDie.countDown();
      await().until(() -> parent.upgrader.figures().failed() == 1);

      assertEquals(
          "upgrade failed: pid "
              + SELF
              + " (generation 2) exited with 9 soon after it was let in; serving again",
          String.valueOf(parent.upgrader.figures().last()));
      assertEquals(
          List.of("letGo api", "letGo probes", "takeBack api", "takeBack probes"), parent.told);
      assertEquals(
          Set.of(UpgraderUnderTest.API, UpgraderUnderTest.PROBES),
          Set.copyOf(parent.kernel.accepting()));
      assertEquals(Set.of(), parent.kernel.open());
      assertFalse(parent.apiSocket.isHandedOver());
      assertEquals(List.of(), parent.followed);
      await()
          .until(() ->
              parent.begin(this::observe).toCompletableFuture().get()
                  instanceof UpgradeOutcome.Upgraded);
    }
  }

  @Test
  void aParentThatCannotServeAgainFailsForOthersToSee() throws Exception {
    try (UpgraderUnderTest parent = parent(ofSeconds(30), ofSeconds(30), Map.of())) {
      assertUpgraded(parent.upgrade(this::die));
      parent.kernel.fail("replace", 1);
      mayDie.countDown();
      var exit = parent.app.await();

      assertEquals(Outcome.FAILURES, exit.outcome());
      assertTrue(
          exit.toString().contains("and its listeners cannot be taken back"), exit::toString);
      assertEquals(
          1,
          parent.kernel.accepting().stream()
              .filter(UpgraderUnderTest.PROBES::equals)
              .count()); // the other was taken back
    }
  }

  @Test
  void aProgramThatIsReplacedAndStoppedGoesAtOnce() throws Exception {
    try (UpgraderUnderTest parent = parent(ofSeconds(30), ofSeconds(30), Map.of())) {
      assertUpgraded(parent.upgrade(this::observe));
      parent.upgrader.isStopping();
      parent.upgrader.exclusiveStopped();
      toldOfExclusive.await();
      parent.app.stop("TERM");

      assertEquals(Outcome.CLEAN, parent.app.await().outcome());
      lineWasCut.await();
    }
  }

  // A child that is cold

  @Test
  void bothAcceptForHalfOfTheSlowStartAndClientsAreToldOverTheOtherHalf() throws Exception {
    try (UpgraderUnderTest parent = parent(ofSeconds(1), Duration.ZERO, ofMillis(400), Map.of())) {
      CountDownLatch accepts = new CountDownLatch(1);
      CountDownLatch isSeen = new CountDownLatch(1);
      var outcome =
          parent.begin((place, kernel) -> {
            try (Inheritance its = UpgraderUnderTest.taken(place, kernel)) {
              its.awaitEntrance();
              isSeen.await(); // that the parent accepts: nothing is counted before
              its.entered();
              accepts.countDown();
              UpgraderUnderTest.awaitLastWish(its);
              return 0;
            }
          });
      assertEquals(List.of(), parent.told);
      isSeen.countDown();
      accepts.await();
      long began = System.nanoTime();
      assertUpgraded(outcome.toCompletableFuture().get(20, TimeUnit.SECONDS));

      assertTrue(System.nanoTime() - began > ofMillis(150).toNanos());
      assertEquals(List.of("letGo api over PT0.2S", "letGo probes over PT0.2S"), parent.told);
      parent.upgrader.exclusiveStopped();
    }
  }

  @Test
  void aChildThatDiesInItsSlowStartHasTakenNothing() throws Exception {
    try (UpgraderUnderTest parent =
        parent(ofSeconds(1), Duration.ZERO, Duration.ofMinutes(10), Map.of())) {
      mayDie.countDown();
      UpgradeOutcome outcome = parent.upgrade(this::die);

      assertEquals(
          "upgrade failed: pid " + SELF + " (generation 2) exited with 9 soon after it was let in",
          outcome.toString());
      assertEquals(List.of(), parent.told);
      assertEquals(SELF + "\n", Files.readString(directory.resolve("app.pid")));
      assertEquals(Set.of(), parent.kernel.open());
    }
  }

  @Test
  void aChildThatIsStoppedInItsSlowStartStopsTheProgram() throws Exception {
    try (UpgraderUnderTest parent =
        parent(ofSeconds(1), Duration.ZERO, Duration.ofMinutes(10), Map.of())) {
      parent.upgrade((place, kernel) -> {
        try (Inheritance its = UpgraderUnderTest.taken(place, kernel)) {
          its.awaitEntrance();
          its.entered();
          return FakeChild.TERMINATED;
        }
      });

      assertEquals(Outcome.CLEAN, parent.app.await().outcome());
    }
  }

  @Test
  void aChildThatWasAskedToStopIsBelievedWhileItsProcessHasNotEnded() throws Exception {
    CountDownLatch isSeen = new CountDownLatch(1);
    try (UpgraderUnderTest parent = parent(ofSeconds(1), ofSeconds(30), Map.of())) {
      assertUpgraded(
          parent.upgrade((place, kernel) -> {
            try (Inheritance its = UpgraderUnderTest.taken(place, kernel)) {
              its.awaitEntrance();
              its.entered();
              its.tell(new Message.AskedToStop());
            }
            isSeen.await();
            return 7;
          }));

      assertEquals(Outcome.CLEAN, parent.app.await().outcome());
      assertEquals(0, parent.upgrader.figures().failed());
      isSeen.countDown();
    }
  }

  // A child that is not well

  /** Says that it is unwell, and goes when it is told to. */
  private int beUnwell(Rendezvous.Place place, FakeKernel kernel) throws Exception {
    try (Inheritance its = UpgraderUnderTest.taken(place, kernel)) {
      its.awaitEntrance();
      its.entered();
      mayDie.await();
      for (int i = 1; i <= 12; i++) {
        its.tell(new Message.Said("line " + i));
      }
      its.tell(new Message.Unwell("database is UNHEALTHY"));
      Inheritance.Wish wish = UpgraderUnderTest.awaitLastWish(its);
      if (wish == Inheritance.Wish.LEAVE) {
        wasToldToLeave.countDown();
      }
      return 0;
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aChildThatIsUnhealthyGivesWayToItsParent(boolean inItsSlowStart) throws Exception {
    Duration slowStart = inItsSlowStart ? Duration.ofMinutes(10) : Duration.ZERO;
    try (UpgraderUnderTest parent = parent(ofSeconds(1), ofSeconds(30), slowStart, Map.of())) {
      var begun = parent.begin(this::beUnwell).toCompletableFuture();
      if (!inItsSlowStart) {
        assertUpgraded(begun.get(20, TimeUnit.SECONDS));
      }
      mayDie.countDown();
      wasToldToLeave.await();
      await().until(() -> parent.upgrader.figures().failed() == 1);

      var failed = assertInstanceOf(UpgradeOutcome.Failed.class, parent.upgrader.figures().last());
      String who = "pid " + SELF + " (generation 2) ";
      String how = "was UNHEALTHY (database is UNHEALTHY) soon after it was let in";
      assertEquals(who + how + (inItsSlowStart ? "" : "; serving again"), failed.reason());
      assertEquals(
          IntStream.rangeClosed(3, 12).mapToObj(i -> "line " + i).toList(), failed.lastLines());
      assertEquals(
          inItsSlowStart
              ? List.of()
              : List.of("letGo api", "letGo probes", "takeBack api", "takeBack probes"),
          parent.told);
      assertEquals(SELF + "\n", Files.readString(directory.resolve("app.pid")));
      if (!inItsSlowStart) {
        await()
            .until(() ->
                parent.begin(this::observe).toCompletableFuture().get()
                    instanceof UpgradeOutcome.Upgraded);
      }
    }
  }

  @Test
  void aChildThatIsNoWorseThanItsParentStays() throws Exception {
    try (UpgraderUnderTest parent = parent(ofSeconds(1), ofMillis(500), Map.of())) {
      parent.health.set(Health.unhealthy("the database is down for everybody"));
      await().until(() -> parent.app.status().health().status() == HealthStatus.UNHEALTHY);
      assertUpgraded(parent.upgrade(this::beUnwell));
      mayDie.countDown();

      await().until(() -> parent.followed.equals(List.of("replaced by generation 2")));
      assertEquals(0, parent.upgrader.figures().failed());
      parent.upgrader.exclusiveStopped();
    }
  }

  // Who else is told

  @Test
  void systemdIsToldWhichProcessItIs() throws Exception {
    try (UpgraderUnderTest parent =
        parent(ofSeconds(1), Duration.ZERO, Map.of("NOTIFY_SOCKET", "/run/systemd/notify"))) {
      parent.upgrader.isUp();
      await().until(() -> !notices(parent).isEmpty());
      assertUpgraded(parent.upgrade(this::observe));
      await().until(() -> !parent.followed.isEmpty());
      parent.upgrader.isStopping();

      List<String> notices = notices(parent);
      assertEquals("notify READY=1\nSTATUS=generation 1 serves", notices.get(0));
      assertTrue(notices.get(1).startsWith("notify MAINPID=" + SELF + "\nSTATUS=pid " + SELF));
      assertEquals("notifyBarrier /run/systemd/notify", notices.get(2));
      assertEquals(3, notices.size()); // the program does not stop, this process does
    }
  }

  @Test
  void systemdIsToldOfAStop() throws Exception {
    try (UpgraderUnderTest parent =
        parent(ofSeconds(1), Duration.ZERO, Map.of("NOTIFY_SOCKET", "/run/systemd/notify"))) {
      parent.upgrader.isStopping();
      await().until(() -> notices(parent).equals(List.of("notify STOPPING=1")));
      parent.upgrader.isStopping();
    }
  }

  @Test
  void aSystemdThatDoesNotListenIsNoReasonToStop() throws Exception {
    try (UpgraderUnderTest parent =
        parent(ofSeconds(1), Duration.ZERO, Map.of("NOTIFY_SOCKET", "/run/systemd/notify"))) {
      parent.kernel.fail("notify", 1);
      assertUpgraded(parent.upgrade(this::observe));
      await().until(() -> parent.followed.equals(List.of("replaced by generation 2")));
    }
  }

  private static List<String> notices(UpgraderUnderTest parent) {
    return parent.kernel.calls().stream().filter(call -> call.startsWith("notify")).toList();
  }

  @Test
  void thePidFileNamesTheProcessThatServesAndGoesWithIt() throws Exception {
    Path file = directory.resolve("app.pid");
    try (UpgraderUnderTest parent = parent(ofSeconds(1), Duration.ZERO, Map.of())) {
      assertFalse(Files.exists(file)); // it does not serve yet
      parent.upgrader.isUp();
      await().until(() -> Files.exists(file) && Files.readString(file).equals(SELF + "\n"));
    }
    assertFalse(Files.exists(file));
  }
}
