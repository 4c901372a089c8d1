package dev.srun.telemetry;

import io.opentelemetry.sdk.common.CompletableResultCode;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What was to be exported and was not: counted, and told in a line a minute at most. */
final class Losses {
  private static final Duration PAUSE = Duration.ofMinutes(1);

  private final System.Logger logger;
  private final AtomicLong toldAt = new AtomicLong(System.nanoTime() - PAUSE.toNanos());
  private final AtomicReference<String> lastError = new AtomicReference<>("");
  final Count spans = new Count("spans");
  final Count metrics = new Count("batches of metrics");
  final Count logs = new Count("log records");
  private volatile boolean ending;

  Losses(System.Logger logger) {
    this.logger = logger;
  }

  /** One signal. */
  final class Count {
    private final String what;
    private final AtomicInteger exporters = new AtomicInteger();
    private final LongAdder made = new LongAdder();
    private final LongAdder delivered = new LongAdder();
    private final LongAdder failed = new LongAdder();

    Count(String what) {
      this.what = what;
    }

    /** There is one more exporter, which is to deliver everything. */
    void exporter() {
      exporters.incrementAndGet();
    }

    boolean isExported() {
      return exporters.get() > 0;
    }

    /** Something is there to be exported; what no exporter is given, as queues are full, too. */
    void made() {
      made.increment();
    }

    /** So many more were there, and never had a chance. */
    void made(long number) {
      made.add(number);
    }

    /** Notes what becomes of an export. */
    CompletableResultCode watch(int number, CompletableResultCode result) {
      return result.whenComplete(() -> {
        if (result.isSuccess()) {
          delivered.add(number);
        } else {
          failed.add(number);
          failed(result.getFailureThrowable());
        }
      });
    }

    private long lost() {
      long never = made.sum() * Math.max(1, exporters.get()) - delivered.sum();
      return Math.max(0, ending ? never : failed.sum());
    }
  }

  /** Whether there is no exporter, of any signal. */
  boolean isNothingExported() {
    return !spans.isExported() && !metrics.isExported() && !logs.isExported();
  }

  private void failed(@Nullable Throwable error) {
    if (error != null) {
      lastError.set(text(error));
    }
    long now = System.nanoTime();
    long before = toldAt.get();
    if (!ending && now - before >= PAUSE.toNanos() && toldAt.compareAndSet(before, now)) {
      tell();
    }
  }

  private static String text(Throwable error) {
    Throwable root = error.getCause() == null ? error : error.getCause();
    String text = root.getMessage() == null ? root.toString() : root.getMessage();
    return text.lines().findFirst().orElse("");
  }

  /** From here on only the end is told. */
  void ending() {
    ending = true;
  }

  /** Says what was lost, if anything was. */
  void tell() {
    List<String> lost = new ArrayList<>();
    for (Count count : List.of(spans, metrics, logs)) {
      if (count.lost() > 0) {
        lost.add(count.lost() + " " + count.what);
      }
    }
    if (!lost.isEmpty()) {
      String why = lastError.get();
      logger.log(
          Level.WARNING,
          "telemetry not exported: "
              + String.join(", ", lost)
              + (why.isEmpty() ? "" : "; last error: " + why));
    }
  }
}
