package dev.srun.upgrade;

import static java.time.Duration.ofSeconds;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.Config;
import dev.srun.Exit;
import dev.srun.Health;
import dev.srun.ListeningSocket;
import dev.srun.Outcome;
import dev.srun.Running;
import dev.srun.Srun;
import dev.srun.StartFailedException;
import dev.srun.UpgradeOutcome;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The child's side, with a parent that a test plays: a process that lives as long as it wants. */
@Timeout(60)
final class InheritanceTest {
  private static final Config CONFIG =
      Config.named("t").withoutSignals().withoutTelemetry().drain(Duration.ZERO);
  private static final Duration SOON = ofSeconds(10);
  private static final SocketAddress API = UpgraderUnderTest.at(8080);
  private static final SocketAddress PROBES = UpgraderUnderTest.at(8081);

  private final FakeKernel.World world = new FakeKernel.World(1);
  private final FakeKernel above = new FakeKernel(world);
  private final FakeKernel kernel = new FakeKernel(world);
  private final ListenerTable table = new ListenerTable();
  private final List<String> told = new CopyOnWriteArrayList<>();
  private final List<String> followed = new CopyOnWriteArrayList<>();
  private CompletionStage<Boolean> ready = CompletableFuture.completedStage(true);
  private Process parent;
  private Rendezvous rendezvous;
  private Path place;

  @BeforeEach
  void bearAParent() throws IOException {
    parent = new ProcessBuilder("sleep", "60").start();
    rendezvous = Rendezvous.open();
    place = Path.of(rendezvous.environment().get(Rendezvous.VARIABLE).split(":", 2)[1]);
  }

  @AfterEach
  void endIt() throws Exception {
    rendezvous.close();
    kill();
  }

  private void kill() throws InterruptedException {
    parent.destroyForcibly().waitFor();
  }

  private Rendezvous.Place place() {
    return new Rendezvous.Place(parent.pid(), place);
  }

  private Connection meet() throws IOException {
    SocketChannel channel = rendezvous.accept(SOON).orElseThrow();
    Connection line = new Connection(() -> above, channel);
    line.receive(Message.Hello.class, SOON);
    return line;
  }

  private static Message.Entry entry(String name, SocketAddress address) {
    return new Message.Entry(name, Addresses.text(address), Addresses.text(address), false);
  }

  private Connection handOver(Message.Entry... entries) throws IOException {
    Connection line = meet();
    List<Integer> fds = new ArrayList<>();
    for (Message.Entry entry : entries) {
      fds.add(above.add(Addresses.of(entry.address())));
    }
    line.send(new Message.Legacy(2, "", List.of(entries)), SOON);
    line.send(new Message.Sockets(fds.size()), fds, SOON);
    return line;
  }

  /** A child that has an upgrader and what the setup registers. */
  private final class Child implements AutoCloseable {
    private final Upgrader upgrader;
    private final CompletableFuture<Running> app = new CompletableFuture<>();

    private final AtomicReference<Health> health = new AtomicReference<>(Health.healthy());

    Child() {
      this(() -> new Kernel.Found(kernel, ""));
    }

    /** One that knows the system's calls only then. */
    Child(CountDownLatch found) {
      this(() -> {
        try {
          found.await();
        } catch (InterruptedException e) {
          return new Kernel.Found(null, "interrupted");
        }
        return new Kernel.Found(kernel, "");
      });
    }

    Child(Supplier<Kernel.Found> kernels) {
      String itsPlace = ProcessHandle.current().parent().orElseThrow().pid() + ":" + place;
      upgrader =
          new Upgrader(
              UpgraderUnderTest.options(SOON),
              Map.of(Rendezvous.VARIABLE, itsPlace),
              table,
              new Followed(followed, ready),
              () -> Upgrader.Trace.NONE,
              more -> {
                throw new IOException("starts no other");
              },
              kernels);
      Thread.ofPlatform().start(this::start);
    }

    private void start() {
      try {
        app.complete(
            Srun.start(
                CONFIG.healthInterval(Duration.ofMillis(20)),
                it -> {
                  it.service("upgrader", upgrader);
                  it.service("worker", new UpgraderUnderTest.Worker(health::get));
                }));
      } catch (RuntimeException e) {
        app.completeExceptionally(e);
      }
    }

    Running app() throws Exception {
      return app.get(20, TimeUnit.SECONDS);
    }

    Throwable failure() {
      return assertThrows(ExecutionException.class, this::app).getCause();
    }

    @Override
    public void close() {
      if (!app.isCompletedExceptionally()) {
        app.orTimeout(20, TimeUnit.SECONDS).join().close();
      }
    }
  }

  private ListeningSocket claim(String name, SocketAddress address) throws IOException {
    ListeningSocket socket = table.claim("t", name, address);
    socket.bound(socket.bindTo());
    socket.open(new UpgraderUnderTest.Server(name, told));
    return socket;
  }

  // Taking

  @Test
  void takesWhatIsHandedOverAndTakesThePlaceAway() throws Exception {
    try (Child child = new Child()) {
      handOver(entry("api", API), entry("probes", PROBES));
      child.app();

      assertEquals(2, child.upgrader.generation());
      assertEquals(Set.of(), kernel.open()); // they are under way
      assertFalse(Files.exists(place));
    }
    assertEquals(Set.of(), kernel.open());
  }

  @Test
  void whatNobodyHasClaimedIsClosedWithTheProgram() throws Exception {
    try (Child child = new Child()) {
      Connection line = handOver(entry("api", API), entry("probes", PROBES));
      child.app();
      child.upgrader.isUp();
      line.receive(Message.Ready.class, SOON);
      assertEquals(2, kernel.open().size());
    }
    assertEquals(Set.of(), kernel.open());
  }

  @Test
  void aParentThatIsGoneBeforeTheLegacyFailsTheStartAndSaysSo() throws Exception {
    try (Child child = new Child()) {
      meet().close();
      Throwable failure = child.failure();

      assertInstanceOf(StartFailedException.class, failure);
      assertTrue(failure.getMessage().contains("cannot take over from pid "), failure::toString);
      assertTrue(failure.getMessage().contains("the other end closed"), failure::toString);
    }
  }

  @Test
  void aPlaceThatIsGoneFailsTheStartAndSaysSo() throws Exception {
    rendezvous.close();
    try (Child child = new Child()) {
      Throwable failure = child.failure();

      assertTrue(failure.getMessage().contains("cannot take over from pid "), failure::toString);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "other",
        "no address",
        "garbage",
        "too long",
        "few",
        "many",
        "other with sockets",
        "garbage with sockets"
      })
  void aLegacyThatIsNoneFailsAndItsSocketsAreClosed(String how) throws Exception {
    Thread parentSide =
        Thread.ofPlatform()
            .start(() -> {
              try {
                sendNoLegacy(how);
              } catch (IOException e) {
                told.add(e.toString());
              }
            });
    assertThrows(ProtocolException.class, () -> UpgraderUnderTest.taken(place(), kernel));
    parentSide.join();

    assertEquals(List.of(), told);
    assertEquals(Set.of(), kernel.open());
  }

  private void sendNoLegacy(String how) throws IOException {
    SocketChannel channel = rendezvous.accept(SOON).orElseThrow();
    Connection line = new Connection(() -> above, channel);
    line.receive(Message.Hello.class, SOON);
    List<Integer> one = List.of(above.add(API));
    var legacy = new Message.Legacy(2, "", List.of(entry("a", API)));
    switch (how) {
      case "other" -> line.send(new Message.Enter(), SOON);
      case "no address" ->
          line.send(
              new Message.Legacy(2, "", List.of(new Message.Entry("a", "x", "y", false))), SOON);
      case "garbage" -> channel.write(ByteBuffer.wrap(new byte[] {0, 0, 0, 2, 2, 19}));
      case "too long" -> channel.write(ByteBuffer.wrap(new byte[] {0x10, 0, 0, 2, 2, 19}));
      case "few" -> {
        line.send(new Message.Legacy(2, "", List.of(entry("a", API), entry("b", PROBES))), SOON);
        line.send(new Message.Sockets(1), one, SOON);
      }
      case "many" -> {
        line.send(new Message.Legacy(2, "", List.of()), SOON);
        line.send(new Message.Sockets(1), one, SOON);
      }
      case "other with sockets" -> {
        line.send(legacy, SOON);
        line.send(new Message.Enter(), one, SOON);
      }
      case "garbage with sockets" -> {
        line.send(legacy, SOON);
        above.send(channel, ByteBuffer.wrap(new byte[] {0, 0, 0, 2, 2, 19}), one, SOON);
      }
      default -> throw new IllegalArgumentException(how);
    }
  }

  // Being let in

  @Test
  void nothingBeginsBeforeTheParentSaysSo() throws Exception {
    try (Child child = new Child()) {
      Connection line = handOver(entry("api", API), entry("probes", PROBES));
      child.app();
      claim("api", API);
      child.upgrader.isUp();
      line.receive(Message.Ready.class, SOON);

      assertEquals(List.of(), told);
      assertEquals(List.of(), followed);
      assertEquals(2, kernel.open().size()); // not in their places yet

      line.send(new Message.Enter(), SOON);
      line.receive(Message.Entered.class, SOON);
      assertEquals(List.of("begin api"), told);
      assertEquals(List.of(API), kernel.accepting());
      assertEquals(1, kernel.open().size());

      child.upgrader.isComplete();
      await().until(() -> kernel.open().isEmpty()); // which no service has asked for
      await().until(() -> followed.equals(List.of("let in")));

      line.send(new Message.ExclusiveStopped(), SOON);
      await().until(() -> followed.equals(List.of("let in", "exclusive may start")));
      assertEquals(
          "upgrade refused: pid "
              + ProcessHandle.current().parent().orElseThrow().pid()
              + ", which this one has replaced, has not gone yet",
          child.upgrader.begin("test").toCompletableFuture().join().toString());

      line.close();
      await()
          .until(() ->
              child.upgrader.begin("test").toCompletableFuture().get(9, TimeUnit.SECONDS)
                  instanceof UpgradeOutcome.Failed);
    }
  }

  @Test
  void aClaimOfTheChildThatIsMadeLateIsPlacedAtOnce() throws Exception {
    try (Child child = new Child()) {
      Connection line = handOver(entry("api", API));
      child.app();
      child.upgrader.isUp();
      line.receive(Message.Ready.class, SOON);
      line.send(new Message.Enter(), SOON);
      line.receive(Message.Entered.class, SOON);
      ListeningSocket late = claim("api", API);

      assertEquals(API, late.address());
      assertEquals(List.of(API), kernel.accepting());
      assertEquals(Set.of(), kernel.open());
      assertEquals(List.of("begin api"), told);
    }
  }

  @Test
  void aParentThatLivesWithADeadLineFailsTheProgram() throws Exception {
    try (Child child = new Child()) {
      Connection line = handOver(entry("api", API));
      Running app = child.app();
      claim("api", API);
      child.upgrader.isUp();
      line.receive(Message.Ready.class, SOON);
      line.close();
      Exit exit = app.await();

      assertEquals(Outcome.FAILURES, exit.outcome());
      assertTrue(exit.toString().contains("lives, but the line to it is dead"), exit::toString);
      assertEquals(List.of(), told);
      assertEquals(List.of(), followed);
    }
  }

  @Test
  void whatIsNotItsTurnFailsTheProgram() throws Exception {
    try (Child child = new Child()) {
      Connection line = handOver(entry("api", API));
      Running app = child.app();
      child.upgrader.isUp();
      line.receive(Message.Ready.class, SOON);
      line.send(new Message.ExclusiveStopped(), SOON);
      Exit exit = app.await();

      assertTrue(exit.toString().contains("ExclusiveStopped[]; expected enter"), exit::toString);
    }
  }

  @Test
  void aSocketThatCannotBePutInItsPlaceFailsTheProgramAndNothingHasBegun() throws Exception {
    try (Child child = new Child()) {
      Connection line = handOver(entry("api", API), entry("probes", PROBES));
      Running app = child.app();
      claim("api", API);
      claim("probes", PROBES);
      child.upgrader.isUp();
      line.receive(Message.Ready.class, SOON);
      kernel.fail("replace", 2);
      line.send(new Message.Enter(), SOON);
      Exit exit = app.await();

      assertTrue(exit.toString().contains("replace of "), exit::toString);
      assertEquals(List.of(), told);
      assertEquals(List.of("let in"), followed);
      // A server that is closed now takes no connection that is its parent's.
      assertFalse(kernel.accepting().contains(API), kernel.accepting()::toString);
      assertFalse(kernel.accepting().contains(PROBES), kernel.accepting()::toString);
    }
  }

  @Test
  void aProgramThatStopsAtTheGateStopsWithoutAFailure() throws Exception {
    try (Child child = new Child()) {
      Connection line = handOver(entry("api", API));
      Running app = child.app();
      child.upgrader.isUp();
      line.receive(Message.Ready.class, SOON);
      child.upgrader.isStopping();
      app.stop("test");

      assertEquals(Outcome.CLEAN, app.await().outcome());
      assertEquals(List.of(), followed);
      assertEquals(Set.of(), kernel.open());
    }
  }

  // What the parent hears of it

  @Test
  void theParentHearsWhatTheProgramLogsAndThatItWasAskedToStop() throws Exception {
    try (Child child = new Child()) {
      child.upgrader.hasLogged("before it has met its parent");
      Connection line = handOver(entry("api", API));
      child.app();
      child.upgrader.hasLogged("later");

      assertEquals(
          new Message.Said("before it has met its parent"), line.receive(Message.Said.class, SOON));
      assertEquals(new Message.Said("later"), line.receive(Message.Said.class, SOON));
      child.upgrader.hasLogged("the last");
      child.app().stop("test");
      assertEquals(new Message.Said("the last"), line.receive(Message.Said.class, SOON));
      assertEquals(new Message.AskedToStop(), line.receive(SOON));
      assertThrows(IOException.class, () -> line.receive(SOON)); // the line is cut
    }
  }

  @Test
  void servicesStartWhileTheSystemsCallsAreSought() throws Exception {
    CountDownLatch found = new CountDownLatch(1);
    try (Child child = new Child(found)) {
      Connection line = handOver(entry("api", API));
      child.app(); // all is RUNNING
      claim("api", API);
      child.upgrader.isUp();
      found.countDown();
      line.receive(Message.Ready.class, SOON);
      line.send(new Message.Enter(), SOON);
      line.receive(Message.Entered.class, SOON);

      assertEquals(List.of(API), kernel.accepting());
    }
  }

  @Test
  void whatIsGivenUpBeforeItHasComeIsClosedWhenItComes() throws Exception {
    CountDownLatch found = new CountDownLatch(1);
    try (Child child = new Child(found)) {
      Connection line = handOver(entry("api", API), entry("probes", PROBES));
      child.app();
      claim("api", API).close();
      child.upgrader.isUp();
      found.countDown();
      line.receive(Message.Ready.class, SOON);

      assertEquals(1, kernel.open().size());
    }
  }

  @Test
  void whereNoCallIsFoundTheProgramFailsAndSaysWhy() throws Exception {
    try (Child child = new Child(() -> new Kernel.Found(null, "says the test"))) {
      handOver(entry("api", API));
      Running app = child.app();
      child.upgrader.isUp();
      Exit exit = app.await();

      assertTrue(exit.toString().contains("says the test"), exit::toString);
    }
  }

  @Test
  void aProgramThatIsUnhealthySaysSoOnce() throws Exception {
    try (Child child = new Child()) {
      Connection line = entered(child);
      child.health.set(Health.unhealthy("says the test"));
      Message.Unwell unwell = line.receive(Message.Unwell.class, SOON);

      assertTrue(unwell.why().contains("worker"), unwell::why);
      assertTrue(unwell.why().contains("says the test"), unwell::why);
      assertThrows(SocketTimeoutException.class, () -> line.receive(Duration.ofMillis(300)));
    }
  }

  @Test
  void aProgramThatIsToLeaveAcceptsNothingMoreAndStops() throws Exception {
    try (Child child = new Child()) {
      Connection line = entered(child);
      line.send(new Message.Leave(), SOON);
      Exit exit = child.app().await();

      assertEquals(Outcome.CLEAN, exit.outcome());
      assertTrue(exit.toString().contains(", which was replaced, serves again"), exit::toString);
      assertEquals(List.of("begin api", "letGo api"), told);
      assertEquals(List.of("let in"), followed);
    }
  }

  @Test
  void aProgramThatFailsWasNotAskedToStop() throws Exception {
    try (Child child = new Child()) {
      Connection line = entered(child);
      line.send(new Message.Hello(), SOON); // which it does not expect
      Exit exit = child.app().await();

      assertEquals(Outcome.FAILURES, exit.outcome());
      assertThrows(IOException.class, () -> line.receive(SOON));
    }
  }

  private Connection entered(Child child) throws Exception {
    Connection line = toldToEnter(child);
    line.receive(Message.Entered.class, SOON);
    return line;
  }

  private Connection toldToEnter(Child child) throws Exception {
    Connection line = handOver(entry("api", API));
    child.app();
    claim("api", API);
    child.upgrader.isUp();
    line.receive(Message.Ready.class, SOON);
    line.send(new Message.Enter(), SOON);
    return line;
  }

  @Test
  void nothingIsAcceptedBeforeTheProgramIsReady() throws Exception {
    CompletableFuture<Boolean> soon = new CompletableFuture<>();
    ready = soon;
    try (Child child = new Child()) {
      Connection line = toldToEnter(child);
      await().until(() -> followed.equals(List.of("let in")));
      assertEquals(List.of(), told);
      soon.complete(true);
      line.receive(Message.Entered.class, SOON);

      assertEquals(List.of("begin api"), told);
    }
  }

  @Test
  void nothingIsAcceptedInAProgramThatStopsInstead() throws Exception {
    ready = CompletableFuture.completedStage(false);
    try (Child child = new Child();
        Connection line = toldToEnter(child)) {
      await().until(() -> child.app().status().stopping() != null);

      assertEquals(List.of(), told);
      assertThrows(IOException.class, () -> line.receive(Message.Entered.class, SOON));
    }
  }

  // The parent's end

  @Test
  void aChildWhoseParentDiedGoesOnAlone() throws Exception {
    Inheritance its = taken();
    kill();
    assertFalse(its.awaitEntrance());
    its.entered();
    assertEquals(Inheritance.Wish.START_EXCLUSIVE, its.awaitWish(SOON));
    its.awaitEnd();
    its.close();
  }

  private Inheritance taken() throws Exception {
    var taken = new CompletableFuture<Inheritance>();
    Thread.ofPlatform()
        .start(() -> {
          try {
            taken.complete(UpgraderUnderTest.taken(place(), kernel));
          } catch (IOException e) {
            taken.completeExceptionally(e);
          }
        });
    handOver(entry("api", API)).close();
    return taken.get(10, TimeUnit.SECONDS);
  }

  @Test
  void aParentThatClosesTheLineMayStillRunWhatMustNotRunTwice() throws Exception {
    Inheritance its = taken();
    AtomicInteger began = new AtomicInteger();
    Thread exclusive =
        Thread.ofPlatform()
            .start(() -> {
              try {
                its.awaitWish(SOON);
                began.incrementAndGet();
              } catch (InterruptedException | IOException e) {
                began.set(-1);
              }
            });
    assertFalse(exclusive.join(Duration.ofMillis(300)));
    kill();
    exclusive.join();

    assertEquals(1, began.get());
    its.close();
  }

  // Paths

  @ParameterizedTest
  @ValueSource(strings = {"at the gate", "let in", "alone"})
  void thePathStaysAsLongAsTheParentMayTakeItBack(String until) throws Exception {
    SocketAddress path = UnixDomainSocketAddress.of("/run/app.sock");
    try (Child child = new Child()) {
      Connection line = handOver(entry("api", path));
      child.app();
      ListeningSocket socket = claim("api", path);
      child.upgrader.isUp();
      line.receive(Message.Ready.class, SOON);
      if (!until.equals("at the gate")) {
        line.send(new Message.Enter(), SOON);
        line.receive(Message.Entered.class, SOON);
      }
      if (until.equals("alone")) {
        line.send(new Message.ExclusiveStopped(), SOON);
        line.close();
        await().until(() -> !socket.isHandedOver());
      } else {
        assertTrue(socket.isHandedOver());
      }
      socket.close();
    }
  }

  @Test
  void whatIsLentStaysLentInEveryGeneration() throws Exception {
    try (Child child = new Child()) {
      Connection line = handOver(new Message.Entry("api", "unix:/s", "unix:/s", true));
      child.app();
      ListeningSocket socket = claim("api", UnixDomainSocketAddress.of("/s"));
      child.upgrader.isUp();
      line.receive(Message.Ready.class, SOON);
      line.send(new Message.Enter(), SOON);
      line.receive(Message.Entered.class, SOON);
      line.send(new Message.ExclusiveStopped(), SOON);
      line.close();
      await().until(() -> followed.contains("exclusive may start"));
      table.isLeftAlone();

      assertTrue(socket.isHandedOver());
      assertTrue(table.bound().getFirst().isLent());
      socket.close();
    }
  }
}
