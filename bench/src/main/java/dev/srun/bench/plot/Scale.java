package dev.srun.bench.plot;

import java.util.ArrayList;
import java.util.List;

/**
 * Where a value stands on an axis.
 *
 * @param log whether decades are of the same length; otherwise it begins at zero
 * @param from the value at the beginning
 * @param to the value at the end
 * @param begin the place of the beginning, in pixels
 * @param end the place of the end
 */
record Scale(boolean log, double from, double to, double begin, double end) {
  private static final double[] STEPS = {1, 2, 5, 10};
  private static final int TICKS = 6;
  private static final double WIDE = 2.5; // decades, from which 2 and 5 are not named

  static Scale linear(double most, double begin, double end) {
    return new Scale(false, 0, most, begin, end);
  }

  /** Of values of which the least is positive, with some room on both sides. */
  static Scale log(double least, double most, double begin, double end) {
    return new Scale(true, least / 1.3, most * 1.3, begin, end);
  }

  double place(double value) {
    double share =
        log
            ? (Math.log10(value) - Math.log10(from)) / (Math.log10(to) - Math.log10(from))
            : (value - from) / (to - from);
    return begin + share * (end - begin);
  }

  /** Returns round values that lie on it. */
  List<Double> ticks() {
    return log ? logTicks() : linearTicks();
  }

  private List<Double> linearTicks() {
    double decade = Math.pow(10, Math.floor(Math.log10(to / TICKS)));
    double step = decade * 10;
    for (int i = STEPS.length - 1; i >= 0; i--) {
      step = to / (STEPS[i] * decade) <= TICKS ? STEPS[i] * decade : step;
    }
    List<Double> ticks = new ArrayList<>();
    for (int i = 0; i * step <= to; i++) {
      ticks.add(i * step);
    }
    return ticks;
  }

  private List<Double> logTicks() {
    boolean wide = Math.log10(to / from) > WIDE;
    List<Double> ticks = new ArrayList<>();
    for (int power = (int) Math.floor(Math.log10(from)); Math.pow(10, power) <= to; power++) {
      for (double step : wide ? new double[] {1} : new double[] {1, 2, 5}) {
        double tick = step * Math.pow(10, power);
        if (tick >= from && tick <= to) {
          ticks.add(tick);
        }
      }
    }
    return ticks;
  }
}
