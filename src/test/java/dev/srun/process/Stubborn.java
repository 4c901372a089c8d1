package dev.srun.process;

import dev.srun.Context;
import java.time.Duration;

/** A service whose stop never ends, whoever interrupts it, and says so twice a second. */
final class Stubborn extends Spoken {

  /** Longer than two signals may be apart to count as one. */
  static final Duration PULSE = Duration.ofMillis(400);

  @Override
  public void stop(Context ctx) throws Exception {
    super.stop(ctx);
    pulseForEver();
  }

  static void pulseForEver() {
    for (int pulse = 1; true; pulse++) {
      try {
        Thread.sleep(PULSE);
        System.out.println("pulse " + pulse);
      } catch (InterruptedException e) {
        System.out.println("interrupted");
      }
    }
  }
}
