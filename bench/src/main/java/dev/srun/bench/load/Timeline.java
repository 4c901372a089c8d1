package dev.srun.bench.load;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * What happened when. Time is cut into windows by marks; a request belongs to an upgrade that went
 * on between when it was due and when it ended, or else to the window in which it was due.
 *
 * <p>Marks may be set by any thread; the rest is the load's until that has ended.
 */
final class Timeline {
  private static final int DIGITS = 3;
  static final int MOST_FAILURES = 1_000;

  /** What a window is about. */
  enum Phase {
    WARM_UP("warm-up"),
    BEFORE("before"),
    DURING("during"),
    AFTER("after");

    private final String text;

    Phase(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** A stretch of time. */
  static final class Window {
    private final Phase phase;
    private final int upgrade;
    private final long begin;
    private final Map<Kind, Figures> figures = new EnumMap<>(Kind.class);
    private final Histogram late = new Histogram(DIGITS);

    private Window(Phase phase, int upgrade, long begin) {
      this.phase = phase;
      this.upgrade = upgrade;
      this.begin = begin;
      for (Kind kind : Kind.values()) {
        figures.put(kind, new Figures());
      }
    }

    Phase phase() {
      return phase;
    }

    /** Returns which upgrade it is about, from 1; 0 before the first. */
    int upgrade() {
      return upgrade;
    }

    Figures figures(Kind kind) {
      return figures.get(kind);
    }

    @Override
    public String toString() {
      return upgrade == 0 ? phase.toString() : phase + " " + upgrade;
    }
  }

  /** A request that failed. */
  record Failed(Window window, double seconds, Kind kind, Ending ending) {}

  private final long begin = System.nanoTime();
  private final Queue<Window> marks = new ConcurrentLinkedQueue<>();
  private final List<Window> windows = new ArrayList<>();
  private final List<Failed> failures = new ArrayList<>();

  Timeline() {
    windows.add(new Window(Phase.WARM_UP, 0, begin));
  }

  /** Begins another window, now. */
  void mark(Phase phase, int upgrade) {
    marks.add(new Window(phase, upgrade, System.nanoTime()));
  }

  /** The load itself saw only now that a request was due. */
  void seen(long due, long now) {
    takeMarks();
    windows.getLast().late.recordValue(TimeUnit.NANOSECONDS.toMicros(now - due));
  }

  private void takeMarks() {
    for (Window next = marks.poll(); next != null; next = marks.poll()) {
      windows.add(next);
    }
  }

  void record(Kind kind, Ending ending, long due, long ended) {
    takeMarks();
    Window window = of(due, ended);
    window.figures(kind).add(ending.outcome(), ended - due);
    if (ending.outcome() != Outcome.OK && failures.size() < MOST_FAILURES) {
      failures.add(new Failed(window, (ended - begin) / 1e9, kind, ending));
    }
  }

  private Window of(long due, long ended) {
    for (Window window : windows.reversed()) {
      boolean touched = window.phase == Phase.DURING && window.begin - ended <= 0;
      if (touched || window.begin - due <= 0) {
        return window;
      }
    }
    return windows.getFirst();
  }

  List<Window> windows() {
    return windows;
  }

  /** Returns the first that failed, in the order in which they ended. */
  List<Failed> failures() {
    return failures;
  }

  /** Returns how late the load itself was in all windows of a phase, as a percentile in ms. */
  double late(Phase phase, double percentile) {
    Histogram sum = new Histogram(DIGITS);
    windows.stream().filter(window -> window.phase == phase).forEach(each -> sum.add(each.late));
    return sum.getValueAtPercentile(percentile) / 1e3;
  }

  /** Returns whether a request failed that was not there to warm up. */
  boolean hasFailures() {
    return windows.stream()
        .filter(window -> window.phase != Phase.WARM_UP)
        .flatMap(window -> window.figures.values().stream())
        .anyMatch(figures -> figures.failed() > 0);
  }

  /** Adds up all windows of a phase. */
  Figures figures(Phase phase, Kind kind) {
    Figures sum = new Figures();
    windows.stream()
        .filter(window -> window.phase == phase)
        .forEach(window -> sum.add(window.figures(kind)));
    return sum;
  }
}
