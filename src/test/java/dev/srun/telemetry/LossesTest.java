package dev.srun.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.opentelemetry.sdk.common.CompletableResultCode;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is told of what is lost. */
class LossesTest {
  private final Logger logger = Logger.getLogger("losses");
  private final List<String> lines = new ArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          lines.add(record.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };
  private final Losses losses = new Losses(System.getLogger("losses"));

  @BeforeEach
  void listen() {
    logger.addHandler(handler);
  }

  @AfterEach
  void leave() {
    logger.removeHandler(handler);
  }

  private static CompletableResultCode failure(String why) {
    return CompletableResultCode.ofExceptionalFailure(new IllegalStateException(why));
  }

  @Test
  void aFailureIsToldAtOnceAndTheNextOnesNotBeforeAMinuteHasPassed() {
    losses.spans.watch(5, failure("refused"));
    losses.spans.watch(7, failure("refused again"));
    losses.logs.watch(2, failure("refused again"));

    assertEquals(List.of("telemetry not exported: 5 spans; last error: refused"), lines);
  }

  @Test
  void inTheEndEverythingCountsThatWasNotDelivered() {
    losses.ending();
    losses.spans.exporter();
    for (int i = 0; i < 10; i++) {
      losses.spans.made();
    }
    losses.spans.watch(4, CompletableResultCode.ofSuccess());
    losses.spans.watch(3, failure("refused"));
    losses.metrics.made();
    losses.metrics.watch(1, failure("refused\nwith more"));
    losses.tell();

    assertEquals(
        List.of("telemetry not exported: 6 spans, 1 batches of metrics; last error: refused"),
        lines);
  }

  @Test
  void nothingIsToldWhereNothingWasLost() {
    losses.spans.exporter();
    losses.spans.made();
    losses.spans.watch(1, CompletableResultCode.ofSuccess());
    losses.ending();
    losses.tell();

    assertEquals(List.of(), lines);
  }
}
