package dev.srun.telemetry;

import dev.srun.Context;
import dev.srun.Service;
import dev.srun.UpgradeOutcome;
import io.opentelemetry.api.OpenTelemetry;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The OpenTelemetry of a program. Registered by the runner, before every other service but the
 * admin server, and so flushed after them. Where nothing is exported the SDK is built when the
 * first asks for it, which is who scrapes, or a service that wants a tracer or a meter; where the
 * {@code OTEL_*} variables ask for an export it is built at once, beside the services that start.
 *
 * <p>Without the SDK on the class path everything that is handed out does nothing.
 */
public final class Telemetry implements Service, Supplier<OpenTelemetry> {

  /**
   * What is scraped.
   *
   * @param contentType its format
   * @param text the metrics
   */
  public record Scrape(String contentType, String text) {}

  /** How long whoever asks first waits for the SDK. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** The most that a stop takes for what is left to export. */
  private static final Duration FLUSH = Duration.ofSeconds(2);

  /**
   * The trace of an upgrade.
   *
   * @param parent what the next generation continues, as W3C has it; empty where there is no trace
   * @param end ends it, with what has become of the upgrade
   */
  public record UpgradeTrace(String parent, Consumer<UpgradeOutcome> end) {
    private static final UpgradeTrace NONE = new UpgradeTrace("", outcome -> {});
  }

  private final boolean exports;
  private final @Nullable Supplier<String> upgradeTrace;
  private final Map<String, String> properties;
  private final AtomicBoolean begun = new AtomicBoolean();
  private final RunnerLines lines = new RunnerLines();
  private final CompletableFuture<@Nullable Sdk> sdk = new CompletableFuture<>();
  private volatile @Nullable Context context;

  /**
   * Makes one of a program that no upgrade has started.
   *
   * @param exports whether the environment asks for an export, so that the SDK is built at once
   */
  public Telemetry(boolean exports) {
    this(exports, null, Map.of());
  }

  /**
   * Makes one.
   *
   * @param exports whether the environment asks for an export, so that the SDK is built at once
   * @param upgradeTrace the trace that the start of the program belongs to, as W3C has it; empty
   *     where there is none
   */
  public Telemetry(boolean exports, Supplier<String> upgradeTrace) {
    this(exports, upgradeTrace, Map.of());
  }

  /** With properties of the SDK, which count where the environment says nothing. */
  Telemetry(
      boolean exports, @Nullable Supplier<String> upgradeTrace, Map<String, String> properties) {
    this.exports = exports;
    this.upgradeTrace = upgradeTrace;
    this.properties = properties;
  }

  @Override
  public void init(Context ctx) {
    context = ctx;
    if (exports) {
      begin(ctx);
    }
  }

  @Override
  public void run(Context ctx) {}

  /**
   * On a platform thread: loading a thousand classes would hold up a carrier of virtual threads.
   */
  private void begin(Context ctx) {
    if (begun.compareAndSet(false, true)) {
      ctx.threads().platform("sdk").newThread(() -> buildFor(ctx)).start();
    }
  }

  private void buildFor(Context ctx) {
    Sdk its = null;
    try {
      its = build(ctx);
    } finally { // whatever it was that ended it, nobody waits in vain
      if (its == null) {
        lines.close();
      }
      if (!sdk.complete(its) && its != null) {
        its.close();
      }
    }
  }

  private @Nullable Sdk build(Context ctx) {
    try {
      return Sdk.build(ctx, properties, lines, upgradeTrace == null ? "" : upgradeTrace.get());
    } catch (LinkageError e) {
      boolean missing = e instanceof NoClassDefFoundError;
      ctx.logger().log(missing ? Level.INFO : Level.WARNING, "without telemetry: " + why(e));
    } catch (RuntimeException e) {
      ctx.logger().log(Level.WARNING, "without telemetry: " + why(e));
    }
    return null;
  }

  private static String why(LinkageError error) {
    return error instanceof NoClassDefFoundError
        ? "the OpenTelemetry SDK is not, or not whole, on the class path: no "
            + String.valueOf(error.getMessage()).replace('/', '.')
        : "the parts of the OpenTelemetry SDK do not fit together: " + error;
  }

  /** What the SDK did not expect it does not tell itself. */
  private static String why(RuntimeException e) {
    String message = String.valueOf(e.getMessage());
    boolean unexpected = message.startsWith("Unexpected") && e.getCause() != null;
    String text = unexpected ? String.valueOf(e.getCause().getMessage()) : message;
    return text.contains("GrpcSenderProvider")
        ? "OTEL_EXPORTER_OTLP_PROTOCOL=grpc needs a sender on the class path; expected http/protobuf"
        : text;
  }

  private @Nullable Sdk sdk() {
    Context known = context;
    if (known == null) {
      return null;
    }
    begin(known);
    try {
      return sdk.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      known.logger().log(Level.WARNING, "the OpenTelemetry SDK is not there: " + e);
    }
    return null;
  }

  /**
   * Returns the program's OpenTelemetry; the first who asks may wait for it.
   *
   * @return one that does nothing where there is no SDK, or where it takes longer than 10 s
   */
  @Override
  public OpenTelemetry get() {
    Sdk its = sdk();
    return its == null ? OpenTelemetry.noop() : its.openTelemetry();
  }

  /**
   * Begins the trace of an upgrade, where traces are exported. Does not wait.
   *
   * @return the trace
   */
  public UpgradeTrace beginUpgrade() {
    Sdk its = sdk.getNow(null);
    LifecycleTraces traces = its == null ? null : its.traces();
    return traces == null ? UpgradeTrace.NONE : traces.beginUpgrade();
  }

  /**
   * Collects all metrics for Prometheus; the first who asks may wait for the SDK.
   *
   * @param accept the Accept header of whoever scrapes; any will do
   * @return the metrics in the format that suits it best; empty where there is no SDK
   * @throws IOException never, as nothing is written to a device
   */
  public Optional<Scrape> scrape(String accept) throws IOException {
    Sdk its = sdk();
    return its == null ? Optional.empty() : Optional.of(its.scrape(accept));
  }

  /**
   * Takes a line that java.util.logging has not seen, to be exported with those that it has. Kept,
   * with 1,000 others at most, until the SDK is there; never waits.
   *
   * @param at when it was logged
   * @param level its level
   * @param logger the logger's name
   * @param text asked for when it is exported, on another thread
   */
  public void log(Instant at, Level level, String logger, Supplier<String> text) {
    lines.offer(new RunnerLines.Line(at, level, logger, text));
  }

  /** An SDK that is still being built is waited for: it has threads, and is told of the start. */
  @Override
  public void stop(Context ctx) throws InterruptedException {
    if (begun.compareAndSet(false, true)) {
      lines.close();
      sdk.complete(null);
      return;
    }
    Duration left = ctx.remaining();
    long end = System.nanoTime() + (left.compareTo(FLUSH) < 0 ? left : FLUSH).toNanos();
    try {
      Sdk its = sdk.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (its != null) {
        its.shutdown(ctx, Duration.ofNanos(Math.max(0, end - System.nanoTime())));
      }
    } catch (ExecutionException | TimeoutException e) {
      ctx.logger().log(Level.WARNING, "telemetry not exported: the SDK was not built in time");
      sdk.complete(null);
    }
  }
}
