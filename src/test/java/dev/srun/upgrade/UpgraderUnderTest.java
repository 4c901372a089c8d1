package dev.srun.upgrade;

import dev.srun.Config;
import dev.srun.Context;
import dev.srun.Health;
import dev.srun.HealthChecked;
import dev.srun.ListeningSocket;
import dev.srun.Running;
import dev.srun.Service;
import dev.srun.Srun;
import dev.srun.UpgradeOutcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/** An upgrader in a running program, on a system and with children of the test's own. */
final class UpgraderUnderTest implements AutoCloseable {
  private static final Config CONFIG =
      Config.named("t")
          .withoutSignals()
          .withoutTelemetry()
          .drain(Duration.ZERO)
          .healthInterval(Duration.ofMillis(20));

  static final SocketAddress API = at(8080);
  static final SocketAddress PROBES = at(8081);

  /** An address at which nobody listens in truth. */
  static SocketAddress at(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  static final Duration PATIENCE = Duration.ofSeconds(60);

  /** A child as it should be. */
  static final FakeChild.Life GOOD =
      (place, kernel) -> {
        try (Inheritance its = taken(place, kernel)) {
          its.awaitEntrance();
          its.entered();
          if (awaitLastWish(its) == Inheritance.Wish.START_EXCLUSIVE) {
            its.awaitEnd();
          }
          return 0;
        }
      };

  /** What the old process wants in the end, after the new one has become the main process. */
  static Inheritance.Wish awaitLastWish(Inheritance its) throws IOException, InterruptedException {
    Inheritance.Wish wish = its.awaitWish(PATIENCE);
    return wish == Inheritance.Wish.BE_MAIN_PROCESS ? its.awaitWish(PATIENCE) : wish;
  }

  /** What a child has of its parent before it is let in. */
  static Inheritance taken(Rendezvous.Place place, FakeKernel kernel) throws IOException {
    Inheritance its = Inheritance.take(() -> kernel, place);
    its.receiveSockets(kernel, new ListenerTable());
    return its;
  }

  /** What a server is told. */
  static final class Server implements ListeningSocket.Acceptor {
    final List<String> told;
    private final String name;
    volatile int connections;

    Server(String name, List<String> told) {
      this.name = name;
      this.told = told;
    }

    @Override
    public void begin() throws IOException {
      told.add("begin " + name);
    }

    @Override
    public void letGo(Duration over) {
      told.add("letGo " + name + (over.isZero() ? "" : " over " + over));
    }

    @Override
    public void takeBack() {
      told.add("takeBack " + name);
    }

    @Override
    public int connections() {
      return connections;
    }
  }

  final FakeKernel.World world;
  final FakeKernel kernel;
  final ListenerTable table = new ListenerTable();
  final List<String> told = new CopyOnWriteArrayList<>();
  final List<String> followed = new CopyOnWriteArrayList<>();
  final List<FakeChild> children = new CopyOnWriteArrayList<>();
  final List<Path> places = new CopyOnWriteArrayList<>();
  final Server api = new Server("api", told);
  final Server probes = new Server("probes", told);
  final ListeningSocket apiSocket;
  final Upgrader upgrader;
  final Running app;
  final AtomicReference<Health> health = new AtomicReference<>(Health.healthy());
  volatile FakeChild.Life life = GOOD;

  /** As well as the test says, from the first check on. */
  record Worker(Supplier<Health> health) implements Service, HealthChecked {
    @Override
    public void run(Context ctx) {
      ctx.ready();
    }

    @Override
    public Health check() {
      return health.get();
    }
  }

  UpgraderUnderTest(Upgrader.Options options, int hurry) throws IOException {
    this(options, hurry, Map.of());
  }

  UpgraderUnderTest(Upgrader.Options options, int hurry, Map<String, String> environment)
      throws IOException {
    world = new FakeKernel.World(hurry);
    kernel = new FakeKernel(world);
    upgrader =
        new Upgrader(
            options,
            environment,
            table,
            new Followed(followed),
            () -> Upgrader.Trace.NONE,
            this::spawn,
            () -> new Kernel.Found(kernel, ""));
    apiSocket = serve("api", API, api);
    serve("probes", PROBES, probes);
    app =
        Srun.start(
            CONFIG,
            it -> {
              it.service("upgrader", upgrader);
              it.service("worker", new Worker(health::get));
            });
    told.clear();
  }

  static Upgrader.Options options(Duration timeout) {
    return new Upgrader.Options(
        true, timeout, Duration.ofMillis(300), Duration.ZERO, Duration.ZERO, null);
  }

  private ListeningSocket serve(String name, SocketAddress address, Server server)
      throws IOException {
    ListeningSocket socket = table.claim("t", name, address);
    socket.bound(address);
    socket.open(server);
    return socket;
  }

  private Spawned spawn(Map<String, String> environment) throws IOException {
    places.add(Path.of(environment.get(Rendezvous.VARIABLE).split(":", 2)[1]));
    FakeChild.Life its = life;
    if (its == null) {
      throw new IOException("Cannot run program \"java\": error=12, Cannot allocate memory");
    }
    FakeChild child = new FakeChild(new FakeKernel(world), environment, its);
    children.add(child);
    return Spawned.child(child);
  }

  UpgradeOutcome upgrade(FakeChild.Life with) throws Exception {
    return begin(with).toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  CompletionStage<UpgradeOutcome> begin(FakeChild.Life with) {
    life = with;
    return upgrader.begin("the test");
  }

  FakeChild child() {
    return children.getLast();
  }

  Path place() {
    return places.getLast();
  }

  @Override
  public void close() {
    app.close();
    children.forEach(FakeChild::end);
  }
}
