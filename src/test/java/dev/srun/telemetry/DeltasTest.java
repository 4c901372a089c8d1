package dev.srun.telemetry;

import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.srun.Config;
import dev.srun.Srun;
import dev.srun.telemetry.Collector.Behaviour;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.sdk.metrics.data.HistogramData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.MetricDataType;
import io.opentelemetry.sdk.metrics.data.SumData;
import io.opentelemetry.sdk.metrics.export.AggregationTemporalitySelector;
import io.opentelemetry.sdk.resources.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The runner's own signals for who wants to know what has come since the last time. */
class DeltasTest {
  private static final long START = 5;

  private final Deltas deltas = new Deltas(AggregationTemporalitySelector.deltaPreferred());

  private static Signal sum(long at, long value) {
    return sum(LongPointData.create(START, at, Attributes.empty(), value));
  }

  private static Signal sum(LongPointData... points) {
    return new Signal(
        Resource.getDefault(),
        "srun.some",
        "{one}",
        "Some.",
        MetricDataType.LONG_SUM,
        SumData.createLongSumData(
            true,
            io.opentelemetry.sdk.metrics.data.AggregationTemporality.CUMULATIVE,
            List.of(points)));
  }

  private static Signal histogram(long at, double sum, Long... counts) {
    return new Signal(
        Resource.getDefault(),
        "srun.times",
        "s",
        "Times.",
        MetricDataType.HISTOGRAM,
        HistogramData.create(
            io.opentelemetry.sdk.metrics.data.AggregationTemporality.CUMULATIVE,
            List.of(
                HistogramPointData.create(
                    START,
                    at,
                    Attributes.empty(),
                    sum,
                    false,
                    0,
                    true,
                    9,
                    List.of(1.0),
                    List.of(counts)))));
  }

  private MetricData told(Signal signal) {
    return deltas.of(List.of(signal)).iterator().next();
  }

  private String toldOfSum(Signal signal) {
    return told(signal).getLongSumData().getPoints().stream()
        .map(
            it -> "%d-%d: %d".formatted(it.getStartEpochNanos(), it.getEpochNanos(), it.getValue()))
        .collect(Collectors.joining(", "));
  }

  private static LongPointData upgrades(long at, String outcome, long value) {
    return LongPointData.create(START, at, Attributes.of(stringKey("outcome"), outcome), value);
  }

  @Test
  void aSumIsWhatWasAddedSinceTheLastTime() {
    assertEquals("5-10: 3", toldOfSum(sum(10, 3)));
    assertEquals("10-20: 4", toldOfSum(sum(20, 7)));
    assertEquals("20-30: 0", toldOfSum(sum(30, 7)));
  }

  @Test
  void aSumWithSeveralPointsIsWhatWasAddedToEach() {
    assertEquals("5-10: 1", toldOfSum(sum(upgrades(10, "failed", 1))));
    assertEquals(
        "5-20: 3, 10-20: 4",
        toldOfSum(sum(upgrades(20, "upgraded", 3), upgrades(20, "failed", 5))));
    assertEquals(
        "20-30: 0, 20-30: 2",
        toldOfSum(sum(upgrades(30, "failed", 5), upgrades(30, "upgraded", 5))));
  }

  @Test
  void aHistogramIsWhatCameSinceTheLastTime() {
    told(histogram(10, 1.5, 2L, 1L));
    HistogramPointData point =
        told(histogram(20, 4, 2L, 3L)).getHistogramData().getPoints().iterator().next();

    assertEquals(10, point.getStartEpochNanos());
    assertEquals(20, point.getEpochNanos());
    assertEquals(List.of(0L, 2L), point.getCounts());
    assertEquals(2, point.getCount());
    assertEquals(2.5, point.getSum());
    assertFalse(point.hasMax());
  }

  @Test
  void whoWantsNoneGetsThemAsTheyAre() {
    List<MetricData> signals = List.of(sum(10, 3));

    assertSame(signals, new Deltas(AggregationTemporalitySelector.alwaysCumulative()).of(signals));
  }

  @ParameterizedTest
  @CsvSource({
    "delta, AGGREGATION_TEMPORALITY_DELTA",
    "cumulative, AGGREGATION_TEMPORALITY_CUMULATIVE"
  })
  void theVariableCountsForTheRunnersSignalsToo(String preference, AggregationTemporality expected)
      throws Exception {
    try (Collector collector = new Collector(Behaviour.WORKS)) {
      Telemetry telemetry =
          new Telemetry(
              true,
              () -> "",
              Map.of(
                  "otel.exporter.otlp.endpoint",
                  collector.endpoint(),
                  "otel.exporter.otlp.metrics.temporality.preference",
                  preference));
      Srun.run(
          Config.named("t").withoutSignals(),
          app -> {
            app.service("telemetry", telemetry);
            app.main(
                "work", ctx -> telemetry.get().getMeter("t").counterBuilder("t.c").build().add(1));
          });
      List<AggregationTemporality> sums = new ArrayList<>();
      List<AggregationTemporality> histograms = new ArrayList<>();
      for (Metric metric : new Received(collector).metricData()) {
        if (List.of("t.c", "srun.stragglers").contains(metric.getName())) {
          sums.add(metric.getSum().getAggregationTemporality());
        } else if (metric.getName().equals("srun.check.duration")) {
          histograms.add(metric.getHistogram().getAggregationTemporality());
        }
      }

      assertEquals(List.of(expected, expected), sums);
      assertEquals(List.of(expected), histograms);
    }
  }
}
