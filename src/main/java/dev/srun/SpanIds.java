package dev.srun;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import org.jspecify.annotations.Nullable;

/** The span of a thread by its ids, as a log line carries them. */
record SpanIds(String trace, String span) {

  /** Those of the thread's current span; null outside any. */
  static @Nullable SpanIds current() {
    SpanContext current = Span.current().getSpanContext();
    return current.isValid() ? new SpanIds(current.getTraceId(), current.getSpanId()) : null;
  }
}
