package dev.srun.telemetry;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.MemoryMode;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import java.util.Collection;

/**
 * Counts the batches of metrics that an exporter is given, and those that it delivers; the runner's
 * own signals as it wants them.
 */
record CountedMetrics(MetricExporter exporter, Losses.Count count, Deltas deltas)
    implements MetricExporter {

  CountedMetrics(MetricExporter exporter, Losses.Count count) {
    this(exporter, count, new Deltas(exporter));
  }

  @Override
  public CompletableResultCode export(Collection<MetricData> metrics) {
    count.made();
    return count.watch(1, exporter.export(deltas.of(metrics)));
  }

  @Override
  public CompletableResultCode flush() {
    return exporter.flush();
  }

  @Override
  public CompletableResultCode shutdown() {
    return exporter.shutdown();
  }

  @Override
  public AggregationTemporality getAggregationTemporality(InstrumentType instrument) {
    return exporter.getAggregationTemporality(instrument);
  }

  @Override
  public Aggregation getDefaultAggregation(InstrumentType instrument) {
    return exporter.getDefaultAggregation(instrument);
  }

  @Override
  public MemoryMode getMemoryMode() {
    return exporter.getMemoryMode();
  }
}
