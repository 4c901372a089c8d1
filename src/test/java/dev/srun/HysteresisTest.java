package dev.srun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

/** How many answers it takes to move a service's health. */
final class HysteresisTest {
  private static final Health DOWN = Health.unhealthy("down");
  private static final Health SLOW = Health.degraded("slow");

  private final Hysteresis hysteresis = new Hysteresis(3, 2);

  @Test
  void soManyFailuresInARowTakeItDown() {
    assertNull(hysteresis.take(DOWN, false));
    assertNull(hysteresis.take(DOWN, false));
    assertEquals(DOWN, hysteresis.take(DOWN, false));
    assertEquals(3, hysteresis.failures());
  }

  @Test
  void aSuccessInBetweenBeginsTheCountAnew() {
    hysteresis.take(DOWN, false);
    hysteresis.take(DOWN, false);
    assertEquals(SLOW, hysteresis.take(SLOW, false));
    assertEquals(0, hysteresis.failures());
    assertNull(hysteresis.take(DOWN, false));
  }

  @Test
  void soManySuccessesInARowBringItBack() {
    assertNull(hysteresis.take(SLOW, true));
    assertEquals(DOWN, hysteresis.take(DOWN, true), "with its newest reason");
    assertNull(hysteresis.take(Health.healthy(), true));
    assertEquals(Health.healthy(), hysteresis.take(Health.healthy(), true));
  }
}
