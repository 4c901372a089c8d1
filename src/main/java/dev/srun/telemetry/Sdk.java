package dev.srun.telemetry;

import dev.srun.Context;
import dev.srun.RunnerStatus;
import dev.srun.telemetry.Telemetry.Scrape;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.exporter.prometheus.PrometheusMetricReader;
import io.opentelemetry.instrumentation.runtimetelemetry.RuntimeTelemetry;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.resources.Resource;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The SDK as the {@code OTEL_*} variables configure it, with a reader for Prometheus beside. */
final class Sdk {
  private static final AttributeKey<String> SERVICE_NAME = AttributeKey.stringKey("service.name");
  private static final List<String> SIGNALS = List.of("traces", "metrics", "logs");

  /** Who logs each export that fails, some with a stack trace: told by the losses instead. */
  private static final List<String> LOUD =
      List.of(
          "io.opentelemetry.exporter",
          "io.opentelemetry.sdk.trace.export",
          "io.opentelemetry.sdk.metrics.export",
          "io.opentelemetry.sdk.logs.export");

  /** What the SDK may take once nothing is sent any more. */
  private static final Duration LAST_STEPS = Duration.ofMillis(200);

  private static final int WAKES = 20;
  private static final long WAKE_NANOS = 1_000_000;

  private final OpenTelemetrySdk sdk;
  private final ScrapePage page;
  private final RuntimeTelemetry jvm;
  private final Outlet outlet;
  private final Losses losses;
  private final @Nullable LifecycleTraces traces;
  private final @Nullable LogExport logs;

  private Sdk(
      OpenTelemetrySdk sdk,
      PrometheusMetricReader reader,
      RuntimeTelemetry jvm,
      Outlet outlet,
      Losses losses,
      @Nullable LifecycleTraces traces,
      @Nullable LogExport logs) {
    this.sdk = sdk;
    this.page = new ScrapePage(reader);
    this.jvm = jvm;
    this.outlet = outlet;
    this.losses = losses;
    this.traces = traces;
    this.logs = logs;
  }

  /**
   * Builds it.
   *
   * @param properties what counts where the environment says nothing, over what is ours
   * @param lines what the runner logs itself
   * @param upgradeTrace the trace that the start belongs to; empty where there is none
   */
  static Sdk build(
      Context ctx, Map<String, String> properties, RunnerLines lines, String upgradeTrace) {
    LOUD.forEach(scope -> ctx.runner().logLevel(scope, Level.OFF));
    ctx.runner().logLevel("io.opentelemetry.sdk.autoconfigure", Level.WARNING);
    Outlet outlet = new Outlet();
    Losses losses = new Losses(ctx.logger());
    try {
      return build(ctx, properties, lines, upgradeTrace, outlet, losses);
    } catch (Throwable e) {
      outlet.close();
      throw e;
    }
  }

  private static Sdk build(
      Context ctx,
      Map<String, String> properties,
      RunnerLines lines,
      String upgradeTrace,
      Outlet outlet,
      Losses losses) {
    RunnerStatus status = ctx.runner().status();
    RunnerSignals signals = new RunnerSignals(ctx.runner());
    PrometheusMetricReader reader = PrometheusMetricReader.create();
    OpenTelemetrySdk sdk =
        AutoConfiguredOpenTelemetrySdk.builder()
            .disableShutdownHook()
            .addPropertiesSupplier(Sdk::defaults)
            .addPropertiesSupplier(() -> properties)
            .addPropertiesCustomizer(Sdk::corrected)
            .addResourceCustomizer((resource, config) -> of(status).merge(named(resource)))
            .addMeterProviderCustomizer((meters, config) -> meters.registerMetricReader(reader))
            .addMeterProviderCustomizer((meters, config) -> meters.registerMetricProducer(signals))
            .setComponentLoader(new Components(Sdk.class.getClassLoader(), outlet))
            .addSpanExporterCustomizer((it, config) -> new CountedSpans(it, losses.spans))
            .addMetricExporterCustomizer((it, config) -> new CountedMetrics(it, losses.metrics))
            .addLogRecordExporterCustomizer((it, config) -> new CountedLogs(it, losses.logs))
            .addTracerProviderCustomizer((it, config) ->
                losses.spans.isExported()
                    ? it.addSpanProcessor(new CountedSpans.Made(losses.spans))
                    : it)
            .addLoggerProviderCustomizer((it, config) ->
                losses.logs.isExported()
                    ? it.addLogRecordProcessor(new CountedLogs.Made(losses.logs))
                    : it)
            .build()
            .getOpenTelemetrySdk();
    LifecycleTraces traces = null;
    if (losses.spans.isExported()) {
      traces = new LifecycleTraces(sdk.getTracer("dev.srun"), ctx, upgradeTrace);
      traces.watch();
    }
    LogExport logs = null;
    if (losses.logs.isExported()) {
      logs = LogExport.to(sdk.getLogsBridge(), lines, ctx.threads().platform("log"));
    } else {
      lines.close();
    }
    return new Sdk(sdk, reader, RuntimeTelemetry.create(sdk), outlet, losses, traces, logs);
  }

  /** Null where traces are not exported. */
  @Nullable LifecycleTraces traces() {
    return traces;
  }

  /** The JDK's client speaks HTTP only. */
  private static Map<String, String> defaults() {
    return Map.of("otel.exporter.otlp.protocol", "http/protobuf");
  }

  /** Nothing is exported that nobody asked for, and Prometheus finds its metrics at /metrics. */
  private static Map<String, String> corrected(ConfigProperties config) {
    Map<String, String> changed = new HashMap<>();
    boolean all = config.getString("otel.exporter.otlp.endpoint") != null;
    for (String signal : SIGNALS) {
      String key = "otel." + signal + ".exporter";
      List<String> chosen = config.getList(key);
      boolean its = config.getString("otel.exporter.otlp." + signal + ".endpoint") != null;
      if (chosen.isEmpty()) {
        changed.put(key, all || its ? "otlp" : "none");
      } else if (chosen.contains("prometheus")) {
        String others =
            String.join(",", chosen.stream().filter(one -> !one.equals("prometheus")).toList());
        changed.put(key, others.isEmpty() ? "none" : others);
      }
    }
    return changed;
  }

  private static Resource of(RunnerStatus status) {
    return Resource.create(
        Attributes.builder()
            .put(SERVICE_NAME, status.program())
            .put(AttributeKey.stringKey("service.version"), status.version()) // none where null
            .put(AttributeKey.stringKey("service.instance.id"), UUID.randomUUID().toString())
            .build());
  }

  /** Without the name that the SDK gives to what has none. */
  private static Resource named(Resource resource) {
    String name = resource.getAttribute(SERVICE_NAME);
    boolean unnamed = name == null || name.startsWith("unknown_service");
    return unnamed
        ? Resource.create(
            resource.getAttributes().toBuilder().removeIf(SERVICE_NAME::equals).build())
        : resource;
  }

  OpenTelemetry openTelemetry() {
    return sdk;
  }

  Scrape scrape(String accept) throws IOException {
    return page.scrape(accept);
  }

  /**
   * Flushes what is left, on a thread of its own, since the SDK's shutdown holds up its caller; and
   * breaks it off when the time is over. Where nothing is exported there is nobody to wait for.
   */
  void shutdown(Context ctx, Duration limit) throws InterruptedException {
    if (traces != null) {
      traces.tellStop();
    }
    if (logs != null) {
      losses.logs.made(logs.finishLines(LAST_STEPS));
    }
    losses.ending();
    outlet.hurry();
    closeSources();
    if (losses.isNothingExported()) {
      sdk.shutdown();
    } else {
      flush(ctx, limit);
      losses.tell();
    }
  }

  private void flush(Context ctx, Duration limit) throws InterruptedException {
    CountDownLatch flushed = new CountDownLatch(1);
    Thread flusher =
        ctx.threads()
            .platform("flush")
            .newThread(() -> sdk.shutdown().whenComplete(flushed::countDown));
    flusher.start();
    boolean inTime = false;
    try {
      inTime = flushed.await(limit.toNanos(), TimeUnit.NANOSECONDS);
    } finally {
      outlet.close();
    }
    if (!inTime) {
      flushed.await(LAST_STEPS.toNanos(), TimeUnit.NANOSECONDS);
    }
    wakeThreads();
  }

  private void closeSources() {
    jvm.close();
    if (logs != null) {
      logs.close();
    }
  }

  /**
   * The threads of the batches end when they look up next, which may be in some seconds: each is
   * asked for one more flush, until it has heard, which is when it does not answer any more.
   */
  private void wakeThreads() {
    wake(losses.spans, sdk.getSdkTracerProvider()::forceFlush);
    wake(losses.logs, sdk.getSdkLoggerProvider()::forceFlush);
  }

  private static void wake(Losses.Count count, Supplier<CompletableResultCode> flush) {
    for (int i = 0; i < WAKES && count.isExported() && flush.get().isDone(); i++) {
      LockSupport.parkNanos(WAKE_NANOS);
    }
  }

  /** Ends it without a flush. */
  void close() {
    outlet.close();
    closeSources();
    sdk.shutdown().whenComplete(this::wakeThreads);
  }
}
