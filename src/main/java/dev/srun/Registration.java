package dev.srun;

import java.time.Duration;

/**
 * The options of one registered service. Usable until the {@link Setup} has returned; each method
 * returns this registration.
 */
public interface Registration {

  /**
   * Names services that this one needs. While one of them is not well, this one is DEGRADED at
   * best, and its {@linkplain ServiceHealth health} tells the cause.
   *
   * @param names services registered before this one
   * @return this registration
   * @throws MisconfiguredException if a name is not registered yet, or stands in the same group
   */
  Registration dependsOn(String... names);

  /**
   * Names services that this one cannot do without: it {@linkplain #dependsOn depends on} them, and
   * is UNHEALTHY, not only DEGRADED, while one of them is.
   *
   * @param names services registered before this one
   * @return this registration
   * @throws MisconfiguredException if a name is not registered yet, or stands in the same group
   */
  Registration requires(String... names);

  /**
   * Lets the program be ready while this service is UNHEALTHY, and start although its first check
   * says so: the program's health is DEGRADED then.
   *
   * @return this registration
   */
  Registration nonCritical();

  /**
   * Sets this service's own interval from one {@linkplain HealthChecked check} to the next, in
   * place of the program's. While the last check has failed it is 5 s at most.
   *
   * @param interval longer than zero
   * @return this registration
   * @throws MisconfiguredException if the interval is not longer than zero, or if the service is
   *     not checked
   */
  Registration checkInterval(Duration interval);

  /**
   * Sets this service's own limit of a check, in place of the program's.
   *
   * @param limit longer than zero
   * @return this registration
   * @throws MisconfiguredException if the limit is not longer than zero, or if the service is not
   *     checked
   */
  Registration checkTimeout(Duration limit);

  /**
   * Sets how many checks in a row must fail before the service is UNHEALTHY, and how many must
   * succeed before it is well again. Default 1 and 2.
   *
   * @param downAfter 1 or more
   * @param upAfter 1 or more
   * @return this registration
   * @throws MisconfiguredException if one of them is less than 1, or if the service is not checked
   */
  Registration checkThresholds(int downAfter, int upAfter);

  /**
   * Has the service's loop watched: from the moment it is RUNNING it must call {@link
   * Context#alive} at least so often.
   *
   * @param limit longer than zero; it is looked after once a second
   * @return this registration
   * @throws MisconfiguredException if the limit is not longer than zero
   */
  Registration beatWithin(Duration limit);

  /**
   * Runs init and run on a platform thread instead of a virtual one: for work that keeps a
   * processor busy or blocks in native code, which would hold a carrier of all other virtual
   * threads.
   *
   * @return this registration
   */
  Registration onPlatformThread();

  /**
   * Never runs the service in two processes at once: a consumer, a schedule. While the program is
   * {@linkplain Runner#upgrade upgraded}, the new process begins it, and what {@linkplain
   * #dependsOn depends} on it, only after the old one has stopped it, and serves without it until
   * then.
   *
   * @return this registration
   */
  Registration exclusive();

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
   * Calls {@link Service#ready} again, after a pause, when it has thrown an exception: until it
   * returns, or the ready limit has passed, which then fails the start with what it threw last. For
   * a service that waits for something outside the program, such as a database that starts beside
   * it. An {@link Error} and an interrupt fail the start at once.
   *
   * @param pause from the end of one call to the next, longer than zero
   * @return this registration
   * @throws MisconfiguredException if the pause is not longer than zero, or the service does not
   *     implement {@code ready}
   */
  Registration retryReady(Duration pause);

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
