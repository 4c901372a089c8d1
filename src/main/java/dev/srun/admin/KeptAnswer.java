package dev.srun.admin;

import dev.srun.Runner;
import dev.srun.RunnerStatus;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An answer about every service, which takes a while to make where there are many: kept for those
 * who ask soon after, unless something has changed since. Used by any thread.
 */
final class KeptAnswer {

  /** How old the ages in an answer may be. */
  static final Duration FRESH = Duration.ofMillis(250);

  /** The status of an answer and its body. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Answer(int code, byte[] body) {
    static Answer of(int code, String body) {
      return new Answer(code, body.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** What was true of the program when an answer was made, but for what its services are. */
  private record Moment(long changes, boolean ready, boolean live) {
    static Moment of(Runner runner) {
      return new Moment(runner.changes(), runner.isReady(), runner.isLive());
    }

    /** As {@code equals}, without what that links when it runs: a start waits for this answer. */
    boolean isSame(Moment other) {
      return changes == other.changes && ready == other.ready && live == other.live;
    }

    boolean isBetweenChanges() {
      return (changes & 1) == 0;
    }
  }

  private record Kept(Moment moment, long madeAt, Answer answer) {}

  private final Runner runner;
  private final Function<RunnerStatus, Answer> maker;
  private final LongSupplier nanoTime;
  private volatile @Nullable Kept kept;

  KeptAnswer(Runner runner, Function<RunnerStatus, Answer> maker, LongSupplier nanoTime) {
    this.runner = runner;
    this.maker = maker;
    this.nanoTime = nanoTime;
  }

  Answer now() {
    Moment moment = Moment.of(runner);
    long now = nanoTime.getAsLong();
    Kept last = kept;
    if (last != null && last.moment.isSame(moment) && now - last.madeAt < FRESH.toNanos()) {
      return last.answer;
    }
    Answer answer = maker.apply(runner.status());
    if (moment.isBetweenChanges()) {
      kept = new Kept(moment, now, answer);
    }
    return answer;
  }
}
