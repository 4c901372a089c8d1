package dev.srun;

import java.util.Collection;
import java.util.Collections;
import org.jspecify.annotations.Nullable;

/** The line of one service to the health of its program. */
record ServiceHealthChannel(Slot slot, Program program) implements HealthChannel {

  @Override
  public void report(@Nullable Health health) {
    if (slot.isStopping()) {
      return;
    }
    if (slot.health().report(said(health), program.host().nanoTime())) {
      program.post(new Event.HealthReported(slot));
    } else {
      program.wellbeing().coalesced();
    }
  }

  private static Health said(@Nullable Health health) {
    return health == null
        ? Health.unhealthy("reported null instead of a health")
        : health.ofItself();
  }

  @Override
  public HealthSubscription subscribe(String service, HealthListener listener) {
    return subscribe(Collections.singletonList(service), listener);
  }

  @Override
  public HealthSubscription subscribe(Collection<String> services, HealthListener listener) {
    slot.requireGiven(services, "what to subscribe to");
    for (String service : services) {
      slot.requireGiven(service, "the name of a service to subscribe to");
    }
    slot.requireGiven(listener, "the listener of a health subscription");
    return program.wellbeing().bus().subscribe(slot, services, listener);
  }
}
