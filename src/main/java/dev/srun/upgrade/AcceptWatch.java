package dev.srun.upgrade;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether the new process accepts connections on every listener that was handed over, as the old
 * process sees it once it does not accept any more. A server of another library that was started
 * too early waits on a socket that nobody connects to, for ever, while its program looks well. Used
 * by one thread.
 */
final class AcceptWatch implements AutoCloseable {

  /** How long a connection may wait to be accepted: a long queue alone proves nothing. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /**
   * How many connections have to be accepted. One proves nothing: a thread of the old process may
   * still be inside accept(2), and takes one more connection of the socket that was handed over.
   */
  private static final int ENOUGH = 2;

  /** How long after that the next one is made. */
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final List<Watched> listeners = new ArrayList<>();
  private final System.Logger logger;
  private boolean isLogged;

  AcceptWatch(List<Claim> handed, System.Logger logger) {
    for (Claim claim : handed) {
      listeners.add(new Watched(claim.name(), claim.address(), claim::waiting));
    }
    this.logger = logger;
  }

  /** One listener, and the connection that waits there. */
  static final class Watched {
    private final String name;
    private final SocketAddress address;
    private final IntSupplier waiting;
    private @Nullable AcceptProbe probe;
    private long since;
    private int accepted;

    /**
     * Makes one.
     *
     * @param waiting how many connections wait there; negative where the system does not say
     */
    Watched(String name, SocketAddress address, IntSupplier waiting) {
      this.name = name;
      this.address = address;
      this.waiting = waiting;
    }

    /** Where nobody waits ours is accepted; the kernel's long tables are read if it takes long. */
    AcceptProbe.State state(AcceptProbe connection, boolean isLate) {
      int count = waiting.getAsInt();
      if (count == 0) {
        return AcceptProbe.State.ACCEPTED;
      }
      return count < 0 || isLate ? connection.state() : AcceptProbe.State.WAITING;
    }
  }

  /**
   * Looks at every listener.
   *
   * @param now on the clock of System.nanoTime
   * @return why the new process cannot serve, as the end of a sentence; empty if nothing is known
   *     against it
   */
  String look(long now) {
    for (Watched listener : List.copyOf(listeners)) {
      if (listener.probe == null
          && (listener.accepted < ENOUGH || now - listener.since >= PAUSE.toNanos())) {
        connect(listener, now);
      }
      AcceptProbe probe = listener.probe;
      boolean isLate = now - listener.since >= PATIENCE.toNanos();
      switch (probe == null ? AcceptProbe.State.ACCEPTED : listener.state(probe, isLate)) {
        case WAITING -> {
          if (isLate) {
            return "does not accept connections on listener '"
                + listener.name
                + "' (its server must start to accept in Acceptor.begin(), not before)";
          }
        }
        case ACCEPTED -> {
          if (probe != null) {
            listener.accepted++;
            listener.since = now;
            close(listener);
          }
        }
        case UNKNOWN -> giveUp(listener, "the kernel's tables of connections cannot be read");
      }
    }
    return "";
  }

  /** Whether every listener has accepted enough, of those of which that can be seen. */
  boolean isSatisfied() {
    return listeners.stream().allMatch(listener -> listener.accepted >= ENOUGH);
  }

  private void connect(Watched listener, long now) {
    try {
      listener.probe = AcceptProbe.connect(listener.address);
      listener.since = now;
    } catch (IOException e) {
      giveUp(listener, e.toString());
    }
  }

  private void giveUp(Watched listener, String why) {
    if (!isLogged) {
      isLogged = true;
      logger.log(
          Level.WARNING,
          "cannot see whether the new process accepts connections on listener '"
              + listener.name
              + "': "
              + why);
    }
    close(listener);
    listeners.remove(listener);
  }

  private void close(Watched listener) {
    AcceptProbe probe = listener.probe;
    listener.probe = null;
    if (probe != null) {
      try {
        probe.close();
      } catch (IOException e) {
        logger.log(Level.DEBUG, "a connection to listener '" + listener.name + "'", e);
      }
    }
  }

  @Override
  public void close() {
    listeners.forEach(this::close);
  }
}
