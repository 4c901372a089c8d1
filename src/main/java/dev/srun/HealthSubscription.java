package dev.srun;

/** A listener's subscription; closed with the service that made it, or by hand. */
public interface HealthSubscription extends AutoCloseable {

  /**
   * Returns how many changes the listener was too slow for.
   *
   * @return a count since it was made
   */
  long missed();

  /**
   * Returns how often the listener has thrown.
   *
   * @return a count since it was made
   */
  long failures();

  /**
   * Ends the subscription, from any thread, the listener's own included. Does not wait: a call of
   * the listener that is under way ends by itself, and no other follows it.
   */
  @Override
  void close();
}
