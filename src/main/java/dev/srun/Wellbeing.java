package dev.srun;

import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What every thread may touch of a program's health. */
final class Wellbeing {
  private static final Health STARTING = new Health(HealthStatus.STOPPED, "starting");

  private final HealthBus bus;
  private final Liveness liveness;
  private final Latency checks = new Latency();
  private final LongAdder coalesced = new LongAdder();
  private volatile @Nullable OverallHealth overall;

  Wellbeing(Program program) {
    this.bus = new HealthBus(program);
    this.liveness = new Liveness(program, program.host().nanoTime());
  }

  HealthBus bus() {
    return bus;
  }

  Liveness liveness() {
    return liveness;
  }

  Latency checks() {
    return checks;
  }

  /** A report has overtaken another that was not taken in yet. */
  void coalesced() {
    coalesced.increment();
  }

  /** The services are known: from here on their health is the program's. */
  void is(OverallHealth health) {
    overall = health;
  }

  /** How well the program is. */
  Health overall() {
    OverallHealth known = overall;
    return known == null ? STARTING : known.health();
  }

  /** Whether the program may be ready, as far as health goes. */
  boolean letsBeReady() {
    OverallHealth known = overall;
    return known == null || known.letsBeReady();
  }

  HealthFigures figures() {
    return new HealthFigures(
        checks.snapshot(),
        bus.deliveries().snapshot(),
        bus.missed().sum(),
        coalesced.sum(),
        bus.failures().sum());
  }
}
