package dev.srun.telemetry;

import dev.srun.Context;
import dev.srun.Service;
import io.opentelemetry.api.OpenTelemetry;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
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

  private final boolean exports;
  private final AtomicBoolean begun = new AtomicBoolean();
  private final CompletableFuture<@Nullable Sdk> sdk = new CompletableFuture<>();
  private volatile @Nullable Context context;

  /**
   * Makes one.
   *
   * @param exports whether the environment asks for an export, so that the SDK is built at once
   */
  public Telemetry(boolean exports) {
    this.exports = exports;
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
      ctx.threads().platform("sdk").newThread(() -> sdk.complete(build(ctx))).start();
    }
  }

  private static @Nullable Sdk build(Context ctx) {
    try {
      return Sdk.build(ctx);
    } catch (LinkageError missing) {
      ctx.logger()
          .log(Level.INFO, "without telemetry: the OpenTelemetry SDK is not on the class path");
    } catch (RuntimeException e) {
      ctx.logger().log(Level.WARNING, "without telemetry: " + e.getMessage(), e);
    }
    return null;
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

  @Override
  public void stop(Context ctx) throws InterruptedException {
    Sdk its = begun.get() ? sdk.getNow(null) : null;
    if (its != null) {
      its.shutdown(ctx);
    }
  }
}
