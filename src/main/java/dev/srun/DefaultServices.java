package dev.srun;

import dev.srun.admin.AdminServer;
import dev.srun.telemetry.Telemetry;
import dev.srun.upgrade.ListenerTable;
import dev.srun.upgrade.Upgrader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The services that srun adds to a program, in start order: ordinary services on the public API.
 * The one class that knows the packages they live in, and loads of them what the program needs.
 */
final class DefaultServices {
  static final String UPGRADER = "(upgrader)";
  static final String ADMIN = "(admin)";

  /** The name of the admin server's listener. */
  static final String ADMIN_LISTENER = "admin";

  static final String TELEMETRY = "(telemetry)";

  /** What the services stopped before it leave for what is flushed last. */
  private static final Duration FLUSH = Duration.ofSeconds(2);

  /** A service and the part of the grace that nobody else may spend. */
  record Default(String name, Service service, Duration reserve) {}

  private final Program program;
  private final List<Default> services = new ArrayList<>();

  private DefaultServices(Program program) {
    this.program = program;
  }

  /**
   * Those that a program gets.
   *
   * @param serves whether the program has a service, not only tasks
   */
  static List<Default> of(Program program, boolean serves) {
    DefaultServices its = new DefaultServices(program);
    TelemetrySettings telemetry = program.settings().telemetry();
    Upgrading upgrading = its.addUpgrader();
    boolean measures = telemetry.on() && (serves || telemetry.exports());
    Telemetry measuring = measures ? its.telemetry(upgrading) : null;
    its.addAdmin(serves, measuring);
    if (measuring != null) {
      its.add(TELEMETRY, measuring, telemetry.exports() ? FLUSH : Duration.ZERO);
    } else {
      program.log().copyTo(null);
    }
    return its.services;
  }

  private void add(String name, Service service, Duration reserve) {
    services.add(new Default(name, service, reserve));
  }

  /** Null where there is nothing to do for it; sockets are claimed all the same. */
  private @Nullable Upgrading addUpgrader() {
    UpgradeSettings chosen = program.settings().upgrade();
    var options =
        new Upgrader.Options(
            chosen.on(),
            chosen.timeout(),
            chosen.linger(),
            chosen.probation(),
            chosen.slowStart(),
            chosen.pidFile());
    if (options.mayMatterIn(program.host().environment())) {
      Upgrading upgrading = new Upgrading(program, options);
      if (upgrading.upgrader.isNeeded()) {
        add(UPGRADER, upgrading.upgrader, Duration.ZERO);
        program.onceUp(new LoadUpgrade(program, upgrading.upgrader));
        program.upgrades(upgrading);
        program.sockets(upgrading.table::claim);
        return upgrading;
      }
    }
    program.sockets(new Claims());
    return null;
  }

  private Telemetry telemetry(@Nullable Upgrading upgrading) {
    boolean exports = program.settings().telemetry().exports();
    Telemetry telemetry;
    if (upgrading == null) {
      telemetry = new Telemetry(exports);
    } else {
      telemetry = new Telemetry(exports, upgrading);
      upgrading.telemetry = telemetry;
    }
    program.telemetry(telemetry);
    program.log().copyTo(exports ? to(telemetry) : null);
    return telemetry;
  }

  private void addAdmin(boolean serves, @Nullable Telemetry telemetry) {
    AdminSettings admin = program.settings().admin();
    InetSocketAddress address = serves || admin.chosen() ? admin.address() : null;
    if (address != null) {
      var options =
          new AdminServer.Options(address, admin.chosen(), admin.debug(), admin.heapDumps());
      AdminServer.Metrics metrics =
          telemetry == null ? AdminServer.Metrics.NONE : new Scrapes(telemetry);
      AdminServer server = new AdminServer(options, metrics);
      add(ADMIN, server, Duration.ZERO);
      program.onceUp(new AskProbes(server));
    }
  }

  private static Consumer<LogLine> to(Telemetry telemetry) {
    return line -> telemetry.log(line.at(), line.level(), line.scope(), line::text);
  }

  // On the way of every start: classes rather than lambdas, which take longer to come about

  /** What a program listens on that is not upgraded: the table comes with the first claim. */
  private static final class Claims implements Sockets {
    private final AtomicReference<@Nullable ListenerTable> table = new AtomicReference<>();

    @Override
    public ListeningSocket claim(String owner, String name, SocketAddress address)
        throws IOException {
      ListenerTable known = table.get();
      if (known == null) {
        ListenerTable made = new ListenerTable();
        ListenerTable before = table.compareAndExchange(null, made);
        known = before == null ? made : before;
      }
      return known.claim(owner, name, address);
    }
  }

  /** So that an upgrade can be refused without the jar. */
  private record LoadUpgrade(Program program, Upgrader upgrader) implements Runnable {
    @Override
    public void run() {
      StopClasses.load(upgrader.stopClasses(), program.log());
    }
  }

  /** So that probes are answered without the jar. */
  private record AskProbes(AdminServer server) implements Runnable {
    @Override
    public void run() {
      server.askProbes();
    }
  }

  private record Scrapes(Telemetry telemetry) implements AdminServer.Metrics {
    @Override
    public Optional<AdminServer.MetricsPage> page(String accept) throws IOException {
      return telemetry
          .scrape(accept)
          .map(scrape -> new AdminServer.MetricsPage(scrape.contentType(), scrape.text()));
    }
  }

  /** An upgrader as the supervisor sees it, and the program as the upgrader does. */
  private static final class Upgrading implements Upgrades, Upgrader.Runner, Supplier<String> {
    private final Program program;
    private final ListenerTable table = new ListenerTable();
    private final Upgrader upgrader;
    private volatile @Nullable Telemetry telemetry;

    Upgrading(Program program, Upgrader.Options options) {
      this.program = program;
      this.upgrader =
          new Upgrader(options, program.host().environment(), table, this, this::beginTrace);
      if (upgrader.takesOver()) {
        program.log().readBy(line -> upgrader.hasLogged(line.brief()));
      }
    }

    private Upgrader.Trace beginTrace() {
      Telemetry its = telemetry;
      if (its == null) {
        return Upgrader.Trace.NONE;
      }
      Telemetry.UpgradeTrace trace = its.beginUpgrade();
      return new Upgrader.Trace(trace.parent(), trace.end());
    }

    /** The trace of the upgrade that has started this program. */
    @Override
    public String get() {
      return upgrader.trace();
    }

    // What follows for the program

    @Override
    public CompletionStage<Boolean> isLetIn() {
      CompletableFuture<Boolean> handled = new CompletableFuture<>();
      program.post(new Event.LetIn(handled));
      return handled;
    }

    @Override
    public void exclusiveMayStart() {
      program.post(Event.ExclusiveMayStart.MESSAGE);
    }

    @Override
    public void isReplaced(UpgradeOutcome.Upgraded by) {
      program.askToStop(new Cause.Upgraded(by.pid(), by.generation()));
    }

    // What the supervisor asks and tells

    @Override
    public boolean isOn() {
      return upgrader.isOn();
    }

    @Override
    public boolean takesOver() {
      return upgrader.takesOver();
    }

    @Override
    public int generation() {
      return upgrader.generation();
    }

    @Override
    public UpgradeFigures figures() {
      return upgrader.figures();
    }

    @Override
    public CompletionStage<UpgradeOutcome> begin(String by) {
      return upgrader.begin(by);
    }

    @Override
    public CompletionStage<UpgradeOutcome> refuse(String reason) {
      return upgrader.refuse(reason);
    }

    @Override
    public void isUp() {
      upgrader.isUp();
    }

    @Override
    public void isComplete() {
      upgrader.isComplete();
    }

    @Override
    public void isStopping() {
      upgrader.isStopping();
    }

    @Override
    public void exclusiveStopped() {
      upgrader.exclusiveStopped();
    }
  }
}
