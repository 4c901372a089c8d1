package dev.srun;

/** Is told of state changes, each once and in order. See {@link Registrar#onStateChange}. */
@FunctionalInterface
public interface StateListener {

  /**
   * Takes one change. Called on a virtual thread that serves the listeners only; a throw is logged,
   * and the listener is called again for the next change.
   *
   * @param change what changed
   * @throws Exception logged
   */
  void changed(StateChange change) throws Exception;
}
