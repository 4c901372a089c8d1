package dev.srun;

import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A listening socket of one service, known by a name: what a program keeps while it is upgraded.
 * {@link Context#listen} and {@link Context#http} are made of it; a server of another library that
 * opens its own socket can be, too. The order is: bind the server to {@link #bindTo}, say so by
 * {@link #bound}, and leave it to {@link #open} when the server is started.
 *
 * <p>In a program that takes another one's place the socket may be one that was handed over. The
 * server is then bound to a place that nobody knows, and the socket is put there when the program
 * is let in: after every service is RUNNING, and before the server is started. So a server must not
 * wait for connections before it is told to begin: it must not be registered with a selector that
 * selects, nor with a native epoll at all.
 *
 * <p>Thread-safe.
 */
public interface ListeningSocket extends AutoCloseable {

  /**
   * What a server does with its socket. Called by a thread of the runner's.
   *
   * <p>During an upgrade srun itself connects to each listener, up to once a second, to see whether
   * the server accepts, and once after a roll back, to wake it up. Such a connection sends nothing
   * and is closed at once, so it may be gone before the server writes to it.
   */
  interface Acceptor {

    /**
     * Begins to accept. Called once: by {@link ListeningSocket#open} itself, or when the program is
     * let in.
     *
     * @throws IOException if it cannot
     */
    void begin() throws IOException;

    /**
     * From here on another process accepts, and nothing new comes here. A server that asks {@link
     * ListeningSocket#shouldClose} with each answer has nothing to do.
     *
     * @param over the time over which clients that keep connections are to be told to open new
     *     ones, the last of them at its end; zero for all at once
     */
    default void letGo(Duration over) {}

    /** The other process has failed: here it goes on as before. */
    default void takeBack() {}

    /**
     * Returns how many connections are open, of those that srun is to wait for before it stops a
     * process that was replaced, for as long as {@link Config#upgradeLinger} says. Called several
     * times a second then.
     *
     * @return the count; negative, as it is unless a server says otherwise, to have srun see for
     *     itself whether this process has connections at the listener's address; 0 for a server
     *     whose stop has its clients connect anew, such as gRPC's
     */
    default int connections() {
      return -1;
    }
  }

  /**
   * Returns where the server has to bind: the address asked for, or another one as long as the
   * socket that was handed over is not in its place.
   *
   * @return the address
   */
  SocketAddress bindTo();

  /**
   * Says that the server is bound.
   *
   * @param at where, as the server tells it
   * @throws IOException if the socket that was handed over cannot be put in its place
   */
  void bound(SocketAddress at) throws IOException;

  /**
   * Returns where clients find it, with the real port when port 0 was asked for. The server's own
   * idea of that may be another one.
   *
   * @return the address
   * @throws IllegalStateException before it is {@linkplain #bound bound}
   */
  SocketAddress address();

  /**
   * Has the server begin to accept: now, or when the program is let in.
   *
   * @param acceptor the server
   * @throws IOException if it cannot begin now
   */
  void open(Acceptor acceptor) throws IOException;

  /**
   * Returns whether the connection with a client should be closed after the next answer, since
   * another process accepts now. A server whose clients keep connections asks this once for each
   * answer, and then tells the client, in HTTP/1.1 by {@code Connection: close}. The answers are
   * spread over the time in which the other process gets the whole load: a client's port decides
   * when its turn comes, and where there is none each question has a turn of its own. When the
   * program stops is not told here, but by {@link Context#onDrain}. Does not wait.
   *
   * @param client the other end of the connection, as the server knows it; null if it has no name
   * @return true if it should be closed; false again if the other process has failed
   */
  boolean shouldClose(@Nullable SocketAddress client);

  /**
   * Returns whether another process has it now, so that closing it here is not the end of it: the
   * path of a UNIX-domain socket stays, for instance.
   *
   * @return whether it was handed over
   */
  boolean isHandedOver();

  /** Gives name and address back. To be called before the server is closed. Twice is no matter. */
  @Override
  void close();
}
