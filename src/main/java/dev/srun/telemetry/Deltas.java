package dev.srun.telemetry;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.Data;
import io.opentelemetry.sdk.metrics.data.HistogramData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.metrics.data.SumData;
import io.opentelemetry.sdk.metrics.export.AggregationTemporalitySelector;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The runner's sums and histograms, which count from its start, for an exporter that wants to be
 * told what has come since the last time. The SDK does that for instruments only.
 */
final class Deltas {
  private final AggregationTemporalitySelector wanted;

  /** What was told last, by the name of the signal. */
  private final Map<String, Data<?>> before = new ConcurrentHashMap<>();

  Deltas(AggregationTemporalitySelector wanted) {
    this.wanted = wanted;
  }

  /** The same signals as they are wanted, which are to be told now. */
  Collection<MetricData> of(Collection<MetricData> signals) {
    boolean sums = isWantedOf(InstrumentType.COUNTER);
    boolean histograms = isWantedOf(InstrumentType.HISTOGRAM);
    if (!sums && !histograms) {
      return signals;
    }
    List<MetricData> all = new ArrayList<>(signals.size());
    for (MetricData signal : signals) {
      if (signal instanceof Signal ours) {
        all.add(
            switch (ours.type()) {
              case LONG_SUM -> sums ? ours.with(sum(ours)) : ours;
              case HISTOGRAM -> histograms ? ours.with(histogram(ours)) : ours;
              default -> ours;
            });
      } else {
        all.add(signal);
      }
    }
    return all;
  }

  private boolean isWantedOf(InstrumentType instrument) {
    return wanted.getAggregationTemporality(instrument) == AggregationTemporality.DELTA;
  }

  private SumData<LongPointData> sum(Signal signal) {
    Map<Attributes, PointData> last =
        before.put(signal.name(), signal.data()) instanceof SumData<?> sum
            ? sum.getPoints().stream().collect(Collectors.toMap(PointData::getAttributes, it -> it))
            : Map.of();
    List<LongPointData> since =
        signal.getLongSumData().getPoints().stream()
            .map(now -> since((LongPointData) last.get(now.getAttributes()), now))
            .toList();
    return SumData.createLongSumData(true, AggregationTemporality.DELTA, since);
  }

  private static LongPointData since(@Nullable LongPointData last, LongPointData now) {
    return LongPointData.create(
        last == null ? now.getStartEpochNanos() : last.getEpochNanos(),
        now.getEpochNanos(),
        now.getAttributes(),
        last == null ? now.getValue() : now.getValue() - last.getValue());
  }

  /** Without the largest of all, which need not be one of those that came since. */
  private HistogramData histogram(Signal signal) {
    HistogramPointData now = signal.getHistogramData().getPoints().iterator().next();
    if (!(before.put(signal.name(), signal.data()) instanceof HistogramData last)) {
      return HistogramData.create(AggregationTemporality.DELTA, List.of(now));
    }
    HistogramPointData then = last.getPoints().iterator().next();
    List<Long> counts = new ArrayList<>(now.getCounts());
    for (int i = 0; i < counts.size(); i++) {
      counts.set(i, counts.get(i) - then.getCounts().get(i));
    }
    return HistogramData.create(
        AggregationTemporality.DELTA,
        List.of(
            HistogramPointData.create(
                then.getEpochNanos(),
                now.getEpochNanos(),
                now.getAttributes(),
                now.getSum() - then.getSum(),
                false,
                0,
                false,
                0,
                now.getBoundaries(),
                counts)));
  }
}
