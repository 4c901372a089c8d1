package dev.srun;

import java.util.Collection;
import java.util.List;
import java.util.Objects;

/** The line of one service to the health of its program. */
record ServiceHealthChannel(Slot slot, Program program) implements HealthChannel {

  @Override
  public void report(Health health) {
    if (slot.isStopping()) {
      return;
    }
    if (slot.health().report(said(health), program.host().nanoTime())) {
      program.post(new Event.HealthReported(slot));
    } else {
      program.wellbeing().coalesced();
    }
  }

  private static Health said(Health health) {
    return health == null
        ? Health.unhealthy("reported null instead of a health")
        : health.ofItself();
  }

  @Override
  public HealthSubscription subscribe(String service, HealthListener listener) {
    return subscribe(List.of(service), listener);
  }

  @Override
  public HealthSubscription subscribe(Collection<String> services, HealthListener listener) {
    Objects.requireNonNull(listener, "the listener of a health subscription");
    return program.wellbeing().bus().subscribe(slot, services, listener);
  }
}
