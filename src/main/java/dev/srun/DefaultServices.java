package dev.srun;

import dev.srun.admin.AdminServer;
import dev.srun.telemetry.Telemetry;
import dev.srun.upgrade.ListenerTable;
import dev.srun.upgrade.Upgrader;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The services that srun adds to a program, by name, in start order: ordinary services on the
 * public API. The one class that knows the packages they live in.
 */
final class DefaultServices {
  static final String UPGRADER = "(upgrader)";
  static final String ADMIN = "(admin)";
  static final String TELEMETRY = "(telemetry)";

  /** What the services stopped before it leave for what is flushed last. */
  private static final Duration FLUSH = Duration.ofSeconds(2);

  /** A service and the part of the grace that nobody else may spend. */
  record Default(Service service, Duration reserve) {}

  private DefaultServices() {}

  /**
   * Those that a program gets.
   *
   * @param serves whether the program has a service, not only tasks
   */
  static Map<String, Default> of(Program program, boolean serves) {
    Map<String, Default> services = new LinkedHashMap<>();
    Settings settings = program.settings();
    boolean exports = settings.telemetry().exports();
    boolean measures = settings.telemetry().on() && (serves || exports);
    AtomicReference<@Nullable Telemetry> tracing = new AtomicReference<>();
    Upgrader upgrader = upgrader(program, tracing);
    if (upgrader != null) {
      services.put(UPGRADER, new Default(upgrader, Duration.ZERO));
      program.upgrades(seenByTheSupervisor(upgrader));
    }
    Telemetry telemetry = measures ? telemetry(exports, upgrader) : null;
    tracing.set(telemetry);
    Consumer<LogLine> exporter = exports && telemetry != null ? to(telemetry) : line -> {};
    program.log().copyTo(exporter);
    if (upgrader != null && upgrader.takesOver()) {
      program.log().readBy(line -> upgrader.hasLogged(line.brief()));
    }
    AdminSettings admin = settings.admin();
    InetSocketAddress address = admin.address();
    if (address != null && (serves || admin.chosen())) {
      var options =
          new AdminServer.Options(address, admin.chosen(), admin.debug(), admin.heapDumps());
      services.put(
          ADMIN, new Default(new AdminServer(options, metricsOf(telemetry)), Duration.ZERO));
    }
    if (telemetry != null) {
      program.telemetry(telemetry);
      Duration reserve = exports ? FLUSH : Duration.ZERO;
      services.put(TELEMETRY, new Default(telemetry, reserve));
    }
    return services;
  }

  private static Upgrader.Trace trace(@Nullable Telemetry telemetry) {
    if (telemetry == null) {
      return Upgrader.Trace.NONE;
    }
    Telemetry.UpgradeTrace its = telemetry.beginUpgrade();
    return new Upgrader.Trace(its.parent(), its.end());
  }

  private static Telemetry telemetry(boolean exports, @Nullable Upgrader upgrader) {
    return upgrader == null ? new Telemetry(exports) : new Telemetry(exports, upgrader::trace);
  }

  /** Null where there is nothing to do for it: then its classes are not loaded either. */
  private static @Nullable Upgrader upgrader(
      Program program, AtomicReference<@Nullable Telemetry> telemetry) {
    UpgradeSettings chosen = program.settings().upgrade();
    var options =
        new Upgrader.Options(
            chosen.on(),
            chosen.timeout(),
            chosen.linger(),
            chosen.probation(),
            chosen.slowStart(),
            chosen.pidFile());
    ListenerTable table = new ListenerTable();
    program.sockets(table::claim);
    Map<String, String> environment = program.host().environment();
    if (!options.mayMatterIn(environment)) {
      return null;
    }
    Upgrader upgrader =
        new Upgrader(
            options,
            environment,
            table,
            new Upgrader.Runner() {
              @Override
              public CompletionStage<Void> isLetIn() {
                CompletableFuture<Void> handled = new CompletableFuture<>();
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
            },
            () -> trace(telemetry.get()));
    return upgrader.isNeeded() ? upgrader : null;
  }

  private static Upgrades seenByTheSupervisor(Upgrader upgrader) {
    return new Upgrades() {
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
    };
  }

  private static Consumer<LogLine> to(Telemetry telemetry) {
    return line -> telemetry.log(line.at(), line.level(), line.scope(), line::text);
  }

  private static AdminServer.Metrics metricsOf(@Nullable Telemetry telemetry) {
    if (telemetry == null) {
      return AdminServer.Metrics.NONE;
    }
    return accept ->
        telemetry
            .scrape(accept)
            .map(scrape -> new AdminServer.MetricsPage(scrape.contentType(), scrape.text()));
  }
}
