package dev.srun.telemetry;

import dev.srun.Context;
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
import java.util.concurrent.TimeUnit;

/** The SDK as the {@code OTEL_*} variables configure it, with a reader for Prometheus beside. */
final class Sdk {
  private static final AttributeKey<String> SERVICE_NAME = AttributeKey.stringKey("service.name");
  private static final String SIGNALS = "traces,metrics,logs";

  private final OpenTelemetrySdk sdk;
  private final ScrapePage page;
  private final RuntimeTelemetry jvm;

  private Sdk(OpenTelemetrySdk sdk, PrometheusMetricReader reader, RuntimeTelemetry jvm) {
    this.sdk = sdk;
    this.page = new ScrapePage(reader);
    this.jvm = jvm;
  }

  static Sdk build(Context ctx) {
    String program = ctx.runner().status().program();
    RunnerSignals signals = new RunnerSignals(ctx.runner());
    PrometheusMetricReader reader = PrometheusMetricReader.create();
    OpenTelemetrySdk sdk =
        AutoConfiguredOpenTelemetrySdk.builder()
            .disableShutdownHook()
            .addPropertiesSupplier(Sdk::defaults)
            .addPropertiesCustomizer(Sdk::corrected)
            .addResourceCustomizer((resource, config) -> of(program).merge(named(resource)))
            .addMeterProviderCustomizer((meters, config) -> meters.registerMetricReader(reader))
            .addMeterProviderCustomizer((meters, config) -> meters.registerMetricProducer(signals))
            .build()
            .getOpenTelemetrySdk();
    return new Sdk(sdk, reader, RuntimeTelemetry.create(sdk));
  }

  /** The JDK's client speaks HTTP only. */
  private static Map<String, String> defaults() {
    return Map.of("otel.exporter.otlp.protocol", "http/protobuf");
  }

  /** Nothing is exported that nobody asked for, and Prometheus finds its metrics at /metrics. */
  private static Map<String, String> corrected(ConfigProperties config) {
    Map<String, String> changed = new HashMap<>();
    boolean all = config.getString("otel.exporter.otlp.endpoint") != null;
    for (String signal : SIGNALS.split(",", -1)) {
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

  private static Resource of(String program) {
    return Resource.create(
        Attributes.of(
            SERVICE_NAME,
            program,
            AttributeKey.stringKey("service.instance.id"),
            UUID.randomUUID().toString()));
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

  /** Flushes what is left, on a thread of its own, since the SDK's shutdown holds up its caller. */
  void shutdown(Context ctx) throws InterruptedException {
    jvm.close();
    Duration limit = ctx.remaining();
    Thread flusher = ctx.threads().platform("flush").newThread(() -> flush(ctx, limit));
    flusher.start();
    if (!flusher.join(limit)) {
      ctx.logger()
          .log(Level.WARNING, "telemetry was not flushed within " + limit.toMillis() + " ms");
    }
  }

  private void flush(Context ctx, Duration limit) {
    CompletableResultCode done = sdk.shutdown().join(limit.toMillis(), TimeUnit.MILLISECONDS);
    if (!done.isSuccess()) {
      ctx.logger().log(Level.WARNING, "telemetry that was left could not be exported");
    }
  }
}
