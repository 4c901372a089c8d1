package dev.srun.examples.wallet;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.Meter;
import java.util.List;

/** How long requests took, by route and status, as OpenTelemetry's semantic conventions have it. */
final class RequestDurations {
  private static final AttributeKey<String> METHOD = AttributeKey.stringKey("http.request.method");
  private static final AttributeKey<String> SCHEME = AttributeKey.stringKey("url.scheme");
  private static final AttributeKey<String> ROUTE = AttributeKey.stringKey("http.route");
  private static final AttributeKey<Long> STATUS =
      AttributeKey.longKey("http.response.status_code");
  private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");
  private static final int FIRST_ERROR = 500;

  /** Those of the convention. */
  private static final List<Double> BOUNDARIES =
      List.of(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0);

  private final DoubleHistogram histogram;

  RequestDurations(Meter meter) {
    histogram =
        meter
            .histogramBuilder("http.server.request.duration")
            .setUnit("s")
            .setDescription("Duration of HTTP server requests.")
            .setExplicitBucketBoundariesAdvice(BOUNDARIES)
            .build();
  }

  void record(String method, String route, int status, long nanos) {
    AttributesBuilder attributes =
        Attributes.builder()
            .put(METHOD, method)
            .put(SCHEME, "http")
            .put(ROUTE, route)
            .put(STATUS, (long) status);
    if (status >= FIRST_ERROR) {
      attributes.put(ERROR, String.valueOf(status));
    }
    histogram.record(nanos / 1e9, attributes.build());
  }
}
