package dev.srun.telemetry;

import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.logs.LogRecordProcessor;
import io.opentelemetry.sdk.logs.ReadWriteLogRecord;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.logs.export.LogRecordExporter;
import java.util.Collection;

/** Counts the log records that are made, and those that an exporter delivers. */
record CountedLogs(LogRecordExporter exporter, Losses.Count count) implements LogRecordExporter {

  CountedLogs {
    count.exporter();
  }

  @Override
  public CompletableResultCode export(Collection<LogRecordData> records) {
    return count.watch(records.size(), exporter.export(records));
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
  record Made(Losses.Count count) implements LogRecordProcessor {
    @Override
    public void onEmit(Context context, ReadWriteLogRecord record) {
      count.made();
    }
  }
}
