package dev.srun;

/**
 * Where a service stands in its lifecycle. Moved by the runner's supervisor only, and only along
 * these lines:
 *
 * <pre>
 * STOPPED -> INITIATING -> INITIATED -> STARTING -> RUNNING -> SHUTTING_DOWN -> STOPPED
 *                 |                        |                        ^   ^
 *                 |                        +- a start that ends early   |
 *                 +- run was not called: no stop, straight to STOPPED ---+
 * </pre>
 */
public enum ServiceState {
  /** The initial and the final state: not begun, or ended with everything it owned closed. */
  STOPPED,
  /** Init is about to be called. */
  INITIATING,
  /** Init has returned. */
  INITIATED,
  /** Run is about to be called. */
  STARTING,
  /** Run was entered and the service said that it is ready. */
  RUNNING,
  /** Stop is about to be called. */
  SHUTTING_DOWN;

  /**
   * Returns the number that stands for it where only numbers can be told, such as in metrics.
   *
   * @return from 0 for STOPPED to 5 for SHUTTING_DOWN
   */
  public int number() {
    return switch (this) {
      case STOPPED -> 0;
      case INITIATING -> 1;
      case INITIATED -> 2;
      case STARTING -> 3;
      case RUNNING -> 4;
      case SHUTTING_DOWN -> 5;
    };
  }

  boolean canBecome(ServiceState next) {
    return switch (this) {
      case STOPPED -> next == INITIATING;
      case INITIATING -> next == INITIATED || next == STOPPED;
      case INITIATED -> next == STARTING;
      case STARTING -> next == RUNNING || next == SHUTTING_DOWN;
      case RUNNING -> next == SHUTTING_DOWN;
      case SHUTTING_DOWN -> next == STOPPED;
    };
  }
}
