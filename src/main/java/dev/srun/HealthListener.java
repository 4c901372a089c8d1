package dev.srun;

/** Is told how well services are. See {@link HealthChannel#subscribe}. */
@FunctionalInterface
public interface HealthListener {

  /**
   * Takes the health of one service: first as it is, then each change, in order per service. Called
   * on one virtual thread of the subscription's own. A listener that takes its time delays nobody
   * else, may miss older changes, and always comes to the latest. A throw is logged and counted,
   * and the listener is called again for the next change.
   *
   * @param health the health of one service
   * @throws Exception logged
   */
  void changed(ServiceHealth health) throws Exception;
}
