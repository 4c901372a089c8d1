package dev.srun.telemetry;

import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;

/** Counts the spans that are ended, and those that an exporter delivers. */
record CountedSpans(SpanExporter exporter, Losses.Count count) implements SpanExporter {

  CountedSpans {
    count.exporter();
  }

  @Override
  public CompletableResultCode export(Collection<SpanData> spans) {
    return count.watch(spans.size(), exporter.export(spans));
  }

  @Override
  public CompletableResultCode flush() {
    return exporter.flush();
  }

  @Override
  public CompletableResultCode shutdown() {
    return exporter.shutdown();
  }

  /** Counts what is to be exported. */
  record Made(Losses.Count count) implements SpanProcessor {
    @Override
    public void onStart(Context parent, ReadWriteSpan span) {}

    @Override
    public boolean isStartRequired() {
      return false;
    }

    @Override
    public void onEnd(ReadableSpan span) {
      if (span.getSpanContext().isSampled()) {
        count.made();
      }
    }

    @Override
    public boolean isEndRequired() {
      return true;
    }
  }
}
