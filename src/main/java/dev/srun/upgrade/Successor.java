package dev.srun.upgrade;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * A child that has taken over, and what it has taken.
 *
 * @param took from the beginning of the upgrade until it accepted
 * @param handed what it accepts on, and this process does not any more
 */
record Successor(Child child, Duration took, ListenerTable table, List<Claim> handed)
    implements AutoCloseable {

  /** It cannot serve: this process accepts again. */
  void takeBack(System.Logger logger) throws IOException {
    table.takeBack(handed, logger);
  }

  /** Whether clients of what was handed over are still connected with this process. */
  boolean hasConnections() {
    return handed.stream().anyMatch(Claim::hasConnections);
  }

  @Override
  public void close() throws IOException {
    child.close();
  }
}
