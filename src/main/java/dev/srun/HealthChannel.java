package dev.srun;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * A service's line to the health of its program: it says how well it is itself, and hears how well
 * others are. Every method may be called from any thread and none of them waits.
 */
public interface HealthChannel {

  /**
   * Says how well the service is, until it says something else or its {@linkplain HealthChecked
   * check} does. Counts while the service is RUNNING, and what was said before counts from then on;
   * ignored once its stop has begun. Never waits and never fails: null and STOPPED are taken as
   * UNHEALTHY. What is reported faster than it is taken in counts with its latest.
   *
   * @param health how well
   */
  void report(@Nullable Health health);

  /**
   * Has a listener told of one service, now and at each change.
   *
   * @param service the name under which it was registered, before this one or after it
   * @param listener the listener
   * @return the subscription, closed with the service that makes it
   * @throws IllegalArgumentException if there is no service of that name
   * @throws IllegalStateException if the service that subscribes was closed
   */
  HealthSubscription subscribe(String service, HealthListener listener);

  /**
   * Has a listener told of several services, now and at each change.
   *
   * @param services their names; none stands for all
   * @param listener the listener
   * @return the subscription, closed with the service that makes it
   * @throws IllegalArgumentException if there is no service of a name
   * @throws IllegalStateException if the service that subscribes was closed
   */
  HealthSubscription subscribe(Collection<String> services, HealthListener listener);
}
