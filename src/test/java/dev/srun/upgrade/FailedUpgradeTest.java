package dev.srun.upgrade;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.UpgradeOutcome;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever becomes of a child, and whatever the system refuses, its parent serves as before. */
@Timeout(60)
final class FailedUpgradeTest {
  private static final Duration SOON = ofSeconds(5);
  private static final Duration NEVER = ofSeconds(30);

  private static Connection line(Rendezvous.Place place, FakeKernel kernel) throws Exception {
    return new Connection(() -> kernel, Rendezvous.connect(place.directory()));
  }

  private static Connection greet(Rendezvous.Place place, FakeKernel kernel) throws Exception {
    Connection line = line(place, kernel);
    line.send(new Message.Hello(), SOON);
    return line;
  }

  private static SocketChannel introduced(Rendezvous.Place place) throws IOException {
    SocketChannel channel = Rendezvous.connect(place.directory());
    try (Introduction introduction = new Introduction(channel, SOON)) {
      introduction.hello();
      introduction.legacy();
    }
    return channel;
  }

  private static Connection takeLegacy(Rendezvous.Place place, FakeKernel kernel) throws Exception {
    Connection line = new Connection(() -> kernel, introduced(place));
    line.receiveWithSockets(SOON);
    return line;
  }

  private static Connection enter(Rendezvous.Place place, FakeKernel kernel) throws Exception {
    Connection line = takeLegacy(place, kernel);
    line.send(new Message.Ready(), SOON);
    line.receive(Message.Enter.class, SOON);
    return line;
  }

  private static int hang() throws InterruptedException {
    new CountDownLatch(1).await();
    return 0;
  }

  private static int raw(Rendezvous.Place place, FakeKernel kernel, byte[] bytes, int fds)
      throws Exception {
    SocketChannel channel = introduced(place);
    new Connection(() -> kernel, channel).receiveWithSockets(SOON);
    List<Integer> sockets = fds == 0 ? List.of() : List.of(kernel.add(UpgraderUnderTest.API));
    kernel.send(channel, ByteBuffer.wrap(bytes), sockets, SOON);
    return hang();
  }

  private static byte[] bytes(Message message) {
    ByteBuffer bytes = message.bytes();
    byte[] array = new byte[bytes.remaining()];
    bytes.get(array);
    return array;
  }

  /** What a child does, and what is told of it; how many times faster it is given up. */
  private record Misbehaviour(String name, FakeChild.Life life, String told, Duration timeout) {
    Misbehaviour(String name, FakeChild.Life life, String told) {
      this(name, life, told, NEVER);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Object> misbehaviours() {
    return Stream.of(
        new Misbehaviour(
            "exits at once", (place, kernel) -> 3, "exited with 3 before it was ready"),
        new Misbehaviour(
            "exits after hello",
            (place, kernel) -> {
              greet(place, kernel);
              return 4;
            },
            "exited with 4 before it was ready"),
        new Misbehaviour(
            "exits before ready",
            (place, kernel) -> {
              takeLegacy(place, kernel);
              return 1;
            },
            "exited with 1 before it was ready"),
        new Misbehaviour(
            "exits after enter",
            (place, kernel) -> {
              enter(place, kernel);
              return 5;
            },
            "exited with 5 before it had taken the listeners"),
        new Misbehaviour(
            "closes the line",
            (place, kernel) -> {
              takeLegacy(place, kernel).close();
              return hang();
            },
            "cannot be let in: the other end closed the channel"),
        new Misbehaviour(
            "closes the line after enter",
            (place, kernel) -> {
              enter(place, kernel).close();
              return hang();
            },
            "cannot be let in: the other end closed the channel"),
        new Misbehaviour(
            "never comes",
            (place, kernel) -> hang(),
            "was not ready after 0.4s and was ended",
            ofMillis(400)),
        new Misbehaviour(
            "says nothing",
            (place, kernel) -> {
              line(place, kernel);
              return hang();
            },
            "was not ready after 0.4s and was ended",
            ofMillis(400)),
        new Misbehaviour(
            "is never ready",
            (place, kernel) -> {
              takeLegacy(place, kernel);
              return hang();
            },
            "was not ready after 0.4s and was ended",
            ofMillis(400)),
        new Misbehaviour(
            "never enters",
            (place, kernel) -> {
              enter(place, kernel);
              return hang();
            },
            "did not take the listeners within 10s and was ended"),
        new Misbehaviour(
            "speaks another version and exits",
            (place, kernel) -> {
              SocketChannel channel = Rendezvous.connect(place.directory());
              byte[] hello = bytes(new Message.Hello());
              hello[4] = 9;
              kernel.send(channel, ByteBuffer.wrap(hello), List.of(), SOON);
              kernel.receive(channel, 1, SOON);
              return 1;
            },
            "exited with 1 before it was ready; somebody asked for the listeners with"
                + " version 9 of the upgrade protocol; expected 4"),
        new Misbehaviour(
            "speaks another version later",
            (place, kernel) -> raw(place, kernel, new byte[] {0, 0, 0, 2, 7, 3}, 0),
            "said version 7 of the upgrade protocol; expected 4"),
        new Misbehaviour(
            "sends a huge length",
            (place, kernel) -> raw(place, kernel, new byte[] {0x7f, 0, 0, 0, 1, 3}, 0),
            "said a message of 2130706432 bytes"),
        new Misbehaviour(
            "sends a negative length",
            (place, kernel) -> raw(place, kernel, new byte[] {-1, 0, 0, 0, 1, 3}, 0),
            "said a message of -16777216 bytes"),
        new Misbehaviour(
            "sends garbage",
            (place, kernel) -> raw(place, kernel, new byte[] {0, 0, 0, 3, 4, 77, 0}, 0),
            "said a message of unknown kind 77"),
        new Misbehaviour(
            "sends nothing at length",
            (place, kernel) -> raw(place, kernel, new byte[] {0, 0, 0, 0}, 0),
            "said a message of 0 bytes"),
        new Misbehaviour(
            "sends half a message",
            (place, kernel) -> raw(place, kernel, new byte[] {0, 0, 0, 2, 2}, 0),
            "was not ready after 0.4s and was ended",
            ofMillis(400)),
        new Misbehaviour(
            "says what is not its turn",
            (place, kernel) -> raw(place, kernel, bytes(new Message.Entered()), 0),
            "said Entered[]; expected ready"),
        new Misbehaviour(
            "sends sockets",
            (place, kernel) -> raw(place, kernel, bytes(new Message.Ready()), 1),
            "said sockets that nobody has asked for"),
        new Misbehaviour(
            "sends sockets with garbage",
            (place, kernel) -> raw(place, kernel, new byte[] {0, 0, 0, 2, 4, 99}, 1),
            "said a message of unknown kind 99"));
  }

  private static UpgraderUnderTest parent(Duration timeout) throws Exception {
    return new UpgraderUnderTest(
        UpgraderUnderTest.options(timeout), timeout.equals(NEVER) ? 20 : 1);
  }

  private static String failure(UpgradeOutcome outcome) {
    return assertInstanceOf(UpgradeOutcome.Failed.class, outcome).reason();
  }

  private static String who() {
    return "pid " + ProcessHandle.current().pid() + " (generation 2) ";
  }

  /** Nothing is left of the child, and the next one takes over. */
  private static void assertServesAsBefore(UpgraderUnderTest parent) throws Exception {
    assertEquals(Set.of(), parent.kernel.open());
    assertEquals(
        Set.of(UpgraderUnderTest.API, UpgraderUnderTest.PROBES),
        Set.copyOf(parent.kernel.accepting()));
    assertEquals(List.of(), parent.told);
    assertEquals(1, parent.upgrader.figures().failed());
    assertEquals(0, parent.upgrader.figures().upgraded());
    if (!parent.places.isEmpty()) {
      assertFalse(Files.exists(parent.place()));
    }
    if (!parent.children.isEmpty()) {
      assertFalse(parent.child().isAlive());
      assertEquals(Set.of(), parent.child().kernel().open());
    }
    assertInstanceOf(UpgradeOutcome.Upgraded.class, parent.upgrade(UpgraderUnderTest.GOOD));
    assertEquals(1, parent.upgrader.figures().upgraded());
    assertTrue(parent.child().isAlive());
  }

  @ParameterizedTest
  @MethodSource("misbehaviours")
  void aChildThatMisbehavesIsEndedAndItsParentServesAsBefore(Object misbehaviour) throws Exception {
    Misbehaviour how = (Misbehaviour) misbehaviour;
    try (UpgraderUnderTest parent = parent(how.timeout)) {
      String reason = failure(parent.upgrade(how.life));

      assertEquals(who() + how.told, reason);
      assertServesAsBefore(withListenersKnown(parent));
    }
  }

  /** A parent that has not come to its listeners has not asked for them. */
  private static UpgraderUnderTest withListenersKnown(UpgraderUnderTest parent) throws Exception {
    parent.kernel.listener(UpgraderUnderTest.API);
    parent.kernel.listener(UpgraderUnderTest.PROBES);
    return parent;
  }

  @Test
  void aChildThatDoesNotEndWhenItIsAskedToIsKilled() throws Exception {
    try (UpgraderUnderTest parent = parent(ofMillis(400))) {
      FakeChild.Life deaf =
          (place, kernel) -> {
            SocketChannel channel = Rendezvous.connect(place.directory());
            kernel.send(channel, new Message.Hello().bytes(), List.of(), SOON);
            while (channel.isOpen()) { // as a program whose stop hangs
              LockSupport.parkNanos(Thread.interrupted() ? 1 : 1_000_000);
            }
            return 0;
          };
      failure(parent.upgrade(deaf));

      assertEquals(FakeChild.KILLED, parent.child().exitValue());
      assertServesAsBefore(withListenersKnown(parent));
    }
  }

  @Test
  void aChildThatCannotBeStartedIsNoReasonToStop() throws Exception {
    try (UpgraderUnderTest parent = parent(NEVER)) {
      String reason = failure(parent.upgrade(null));

      assertTrue(reason.startsWith("no process can be started: "), reason);
      assertTrue(reason.contains("Cannot allocate memory"), reason);
      assertServesAsBefore(withListenersKnown(parent));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "listener, 1",
    "listener, 2",
    "send, 1",
    "send, 2",
    "receive, 1",
    "receive, 3",
    "receive, 5",
    "listener, 3",
    "listener, 4",
    "listener, 5",
    "listener, 6",
    "duplicate, 1",
    "duplicate, 2",
    "replace, 1",
    "replace, 2",
  })
  void whatTheSystemRefusesIsNoReasonToStop(String call, int nth) throws Exception {
    try (UpgraderUnderTest parent = new UpgraderUnderTest(UpgraderUnderTest.options(NEVER), 1)) {
      parent.kernel.fail(call, nth);
      UpgradeOutcome outcome = parent.upgrade(UpgraderUnderTest.GOOD);

      if (call.equals("receive") && nth == 1) { // who that was nobody knows: it was sent away
        assertTrue(failure(outcome).startsWith(who() + "exited with 1"), failure(outcome));
      } else {
        assertTrue(failure(outcome).startsWith(who() + "cannot be let in: " + call + " of "));
      }
      assertServesAsBefore(withListenersKnown(parent));
    }
  }

  @Test
  void whatCannotBePutBackIsTriedForTheOthersAllTheSame() throws Exception {
    try (UpgraderUnderTest parent = parent(NEVER)) {
      parent.kernel.fail("duplicate", 2).fail("replace", 2); // putting back the first, that is
      failure(parent.upgrade(UpgraderUnderTest.GOOD));

      assertTrue(parent.kernel.accepting().contains(UpgraderUnderTest.PROBES));
      assertEquals(1, parent.kernel.open().size()); // the first one's socket is kept
    }
  }

  @Test
  void whateverTheServersThrowTheChildHasTakenOver() throws Exception {
    try (UpgraderUnderTest parent = parent(NEVER)) {
      ListenerTable table = parent.table;
      var third = UpgraderUnderTest.at(8082);
      var socket = table.claim("t", "third", third);
      socket.bound(third);
      socket.open(
          new dev.srun.ListeningSocket.Acceptor() {
            @Override
            public void begin() {}

            @Override
            public void letGo(Duration over) {
              throw new IllegalStateException("says the test");
            }

            @Override
            public int connections() {
              throw new IllegalStateException("says the test");
            }
          });
      assertInstanceOf(UpgradeOutcome.Upgraded.class, parent.upgrade(UpgraderUnderTest.GOOD));

      await().until(() -> parent.followed.contains("replaced by generation 2"));
      assertEquals(List.of("letGo api", "letGo probes"), parent.told);
    }
  }

  // Others who come to the place

  private static FakeChild.Life after(FakeChild.Life first) {
    return (place, kernel) -> {
      first.live(place, kernel);
      return UpgraderUnderTest.GOOD.live(place, kernel);
    };
  }

  private static SocketChannel stranger(Path directory) throws Exception {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.bind(UnixDomainSocketAddress.of(directory.resolve("stranger")));
    channel.connect(UnixDomainSocketAddress.of(directory.resolve("parent")));
    return channel;
  }

  private static boolean isSentAway(SocketChannel channel) {
    try {
      return channel.read(ByteBuffer.allocate(1)) < 0;
    } catch (IOException reset) { // where not all was read that it had said
      return true;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"another pid", "garbage", "nothing", "silence"})
  void aStrangerGetsNothingAndTheChildIsWaitedFor(String says) throws Exception {
    try (UpgraderUnderTest parent = parent(NEVER)) {
      FakeChild.Life first =
          (place, kernel) -> {
            SocketChannel channel = stranger(place.directory());
            switch (says) {
              case "another pid" -> {
                parent.kernel.peer(4_194_305);
                channel.write(new Message.Hello().bytes());
              }
              case "garbage" ->
                  channel.write(ByteBuffer.wrap("GET / HTTP/1.1\r\n".getBytes(UTF_8)));
              case "nothing" -> channel.close();
              default -> {}
            }
            if (!says.equals("nothing")) {
              assertTrue(isSentAway(channel));
              channel.close();
            }
            parent.kernel.peer(ProcessHandle.current().pid());
            return 0;
          };
      UpgradeOutcome outcome = parent.upgrade(after(first));

      assertInstanceOf(UpgradeOutcome.Upgraded.class, outcome, outcome.toString());
      // What the stranger has left in the place is no reason to give up what has succeeded.
      Files.deleteIfExists(parent.place().resolve("stranger"));
      Files.deleteIfExists(parent.place());
    }
  }

  // Giving up

  private record Step(String name, FakeChild.Life life) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Object> steps() {
    return Stream.of(
        new Step("before hello", (place, kernel) -> 0),
        new Step(
            "before ready",
            (place, kernel) -> {
              takeLegacy(place, kernel);
              return 0;
            }),
        new Step(
            "before entered",
            (place, kernel) -> {
              enter(place, kernel);
              return 0;
            }));
  }

  @ParameterizedTest
  @MethodSource("steps")
  void aProgramThatStopsEndsTheChildThatItWasBringingUp(Object when) throws Exception {
    Step step = (Step) when;
    try (UpgraderUnderTest parent = new UpgraderUnderTest(UpgraderUnderTest.options(NEVER), 1)) {
      CountDownLatch there = new CountDownLatch(1);
      CompletionStage<UpgradeOutcome> outcome =
          parent.begin((place, kernel) -> {
            step.life.live(place, kernel);
            there.countDown();
            return hang();
          });
      there.await();
      parent.upgrader.isStopping();
      String reason = failure(outcome.toCompletableFuture().get(30, TimeUnit.SECONDS));

      assertEquals(who() + "was ended, since this process stops", reason);
      assertEquals(FakeChild.TERMINATED, parent.child().exitValue());
      assertEquals(Set.of(), parent.kernel.open());
      assertFalse(Files.exists(parent.place()));
      assertInstanceOf(UpgradeOutcome.Refused.class, parent.upgrade(UpgraderUnderTest.GOOD));
    }
  }

  // One at a time

  @Test
  void aSecondUpgradeMeanwhileIsRefused() throws Exception {
    try (UpgraderUnderTest parent = parent(NEVER)) {
      CountDownLatch go = new CountDownLatch(1);
      CompletionStage<UpgradeOutcome> first =
          parent.begin((place, kernel) -> {
            go.await();
            return UpgraderUnderTest.GOOD.live(place, kernel);
          });
      UpgradeOutcome second = parent.upgrade(UpgraderUnderTest.GOOD);
      go.countDown();

      assertEquals("upgrade refused: there is one under way", second.toString());
      assertInstanceOf(
          UpgradeOutcome.Upgraded.class, first.toCompletableFuture().get(30, TimeUnit.SECONDS));
      assertEquals(1, parent.children.size());
    }
  }
}
