package dev.srun;

import java.time.Duration;

/**
 * The options of one registered service. Usable until the {@link Setup} has returned; each method
 * returns this registration.
 */
public interface Registration {

  /**
   * Names services that this one needs. They are part of its {@linkplain ServiceStatus status}.
   *
   * @param names services registered before this one
   * @return this registration
   * @throws MisconfiguredException if a name is not registered yet, or stands in the same group
   */
  Registration dependsOn(String... names);

  /**
   * Runs init and run on a platform thread instead of a virtual one: for work that keeps a
   * processor busy or blocks in native code, which would hold a carrier of all other virtual
   * threads.
   *
   * @return this registration
   */
  Registration onPlatformThread();

  /**
   * Sets this service's own init limit, in place of the program's.
   *
   * @param limit longer than zero
   * @return this registration
   * @throws MisconfiguredException if the limit is not longer than zero
   */
  Registration initTimeout(Duration limit);

  /**
   * Sets this service's own ready limit, in place of the program's.
   *
   * @param limit longer than zero
   * @return this registration
   * @throws MisconfiguredException if the limit is not longer than zero
   */
  Registration readyTimeout(Duration limit);

  /**
   * Limits the stop of this service to a part of the grace. Without it a stop may take all that is
   * left of the grace. Closing what it owns, which comes after, has the same limit once more. When
   * the limit passes, the service's threads are interrupted and, 500 ms later, left behind; the
   * other services then stop in order.
   *
   * @param limit longer than zero
   * @return this registration
   * @throws MisconfiguredException if the limit is not longer than zero
   */
  Registration stopTimeout(Duration limit);

  /**
   * Reserves a part of the grace for the stop of this service and of those registered before it:
   * what is stopped before them, the drain included, cannot spend it. Reserves add up, to half of
   * the grace at most. What the others do not use is theirs as well.
   *
   * @param reserve longer than zero
   * @return this registration
   * @throws MisconfiguredException if the reserve is not longer than zero
   */
  Registration stopReserve(Duration reserve);
}
