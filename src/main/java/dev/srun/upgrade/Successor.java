package dev.srun.upgrade;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * The child that has taken over, as the parent sees it as long as it lives itself.
 *
 * @param handed what it accepts on, and this process does not any more
 */
record Successor(
    Process child, int generation, Connection connection, ListenerTable table, List<Claim> handed)
    implements AutoCloseable {

  /** What a message to a child may take that waits for it. */
  private static final Duration TELLING = Duration.ofSeconds(2);

  /** What who was asked exits with: nothing, or 128 and the number of INT or TERM. */
  private static final Set<Integer> ASKED = Set.of(0, 130, 143);

  /**
   * Whether somebody wanted it to end, and the program with it: it ended in order, or by TERM or
   * INT.
   */
  boolean wasAskedToStop() {
    return ASKED.contains(child.exitValue());
  }

  /** It has died: this process accepts again. */
  void takeBack(System.Logger logger) throws IOException {
    table.takeBack(handed, logger);
  }

  /** Whether clients of what was handed over are still connected with this process. */
  boolean hasConnections() {
    return handed.stream().anyMatch(claim -> claim.connections() > 0);
  }

  /** Tells it that no service runs here any more that must not run twice. */
  void exclusiveStopped() throws IOException {
    connection.send(new Message.ExclusiveStopped(), TELLING);
  }

  @Override
  public void close() throws IOException {
    connection.close();
  }
}
