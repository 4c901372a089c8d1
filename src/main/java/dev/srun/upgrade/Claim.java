package dev.srun.upgrade;

import dev.srun.ListeningSocket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What one service listens on. Guarded by the lock of its table. */
final class Claim implements ListeningSocket {
  private static final int NONE = -1;

  /** How long a server that waits for connections takes to accept one. */
  private static final Duration AT_ONCE = Duration.ofMillis(50);

  private final ListenerTable table;
  private final String owner;
  private final String name;
  private final SocketAddress requested;
  private final SocketAddress bindTo;
  private final boolean came;
  private final boolean lent;
  private @Nullable Inherited inherited;
  private @Nullable SocketAddress boundAt;
  private volatile @Nullable SocketAddress address;
  private volatile @Nullable Acceptor acceptor;
  private volatile boolean begun;
  private volatile @Nullable CloseTurns turns;
  private @Nullable AcceptProbe probe;
  private long probedAt;
  private boolean closed;
  private boolean handedOver;
  private int fd = NONE;
  private int kept = NONE;
  private @Nullable ServerSocketChannel nobody;

  Claim(
      ListenerTable table,
      String owner,
      String name,
      SocketAddress requested,
      @Nullable Inherited inherited)
      throws IOException {
    this.table = table;
    this.owner = owner;
    this.name = name;
    this.requested = requested;
    this.inherited = inherited;
    this.came = inherited != null;
    this.lent = inherited != null && inherited.lent();
    this.bindTo = inherited == null ? requested : Placeholder.at(inherited.address());
  }

  String owner() {
    return owner;
  }

  String name() {
    return name;
  }

  SocketAddress requested() {
    return requested;
  }

  /** Whether it is systemd's, say, which goes on listening whatever becomes of the program. */
  boolean isLent() {
    return lent;
  }

  // The server's side

  @Override
  public SocketAddress bindTo() {
    return bindTo;
  }

  @Override
  public void bound(SocketAddress at) throws IOException {
    if (at == null) {
      throw new NullPointerException("what listener '" + name + "' is bound to is null");
    }
    table.lock().lock();
    try {
      boundAt = at;
      address = inherited == null ? at : inherited.address();
      if (table.isOpen()) {
        place();
      }
    } finally {
      table.lock().unlock();
    }
  }

  @Override
  public SocketAddress address() {
    SocketAddress known = address;
    if (known == null) {
      throw new IllegalStateException("listener '" + name + "' is not bound");
    }
    return known;
  }

  @Override
  public void open(Acceptor server) throws IOException {
    if (server == null) {
      throw new NullPointerException("what accepts at listener '" + name + "' is null");
    }
    SocketAddress placeholder;
    table.lock().lock();
    try {
      acceptor = server;
      placeholder = inherited == null || table.isOpen() ? null : boundAt;
    } finally {
      table.lock().unlock();
    }
    if (placeholder != null) {
      connectTo(placeholder);
    }
    begin();
  }

  /** Nobody else knows the placeholder: a server that accepts a connection there is too early. */
  private void connectTo(SocketAddress placeholder) throws IOException {
    AcceptProbe made;
    try {
      made = AcceptProbe.connect(placeholder);
    } catch (IOException notBoundInTruth) {
      return;
    }
    table.lock().lock();
    try {
      if (inherited == null || closed) { // the gate was opened meanwhile
        made.close();
        return;
      }
      probe = made;
      probedAt = System.nanoTime();
    } finally {
      table.lock().unlock();
    }
  }

  /**
   * Looks whether the server accepts already, which it must not before it is told to begin.
   *
   * @throws IOException if it does
   */
  void checkThatNobodyAccepts() throws IOException {
    table.lock().lock();
    try {
      if (probe != null && isAccepted(probe)) {
        closeProbe();
        throw new IOException(
            "listener '"
                + name
                + "': the server accepts before it was told to begin; start it in"
                + " Acceptor.begin()");
      }
    } finally {
      table.lock().unlock();
    }
  }

  private boolean isAccepted(AcceptProbe its) throws IOException {
    return boundAt instanceof InetSocketAddress
        ? table.kernel().waiting(table.kernel().listener(boundAt)) == 0
        : its.state() == AcceptProbe.State.ACCEPTED;
  }

  /**
   * How many connections wait to be accepted at the socket that was handed over; negative where the
   * system does not say.
   */
  int waiting() {
    table.lock().lock();
    try {
      return kept == NONE || !(address instanceof InetSocketAddress)
          ? NONE
          : table.kernel().waiting(kept);
    } catch (IOException unknown) {
      return NONE;
    } finally {
      table.lock().unlock();
    }
  }

  /** Gives a server that waits for connections the time that it takes to accept one. */
  void awaitEarlyAccept() {
    for (long left = leftToAccept(); left > 0; left = leftToAccept()) {
      LockSupport.parkNanos(this, left);
    }
  }

  private long leftToAccept() {
    table.lock().lock();
    try {
      return probe == null || Thread.currentThread().isInterrupted()
          ? 0
          : probedAt + AT_ONCE.toNanos() - System.nanoTime();
    } finally {
      table.lock().unlock();
    }
  }

  private void closeProbe() throws IOException {
    AcceptProbe its = probe;
    probe = null;
    if (its != null) {
      its.close();
    }
  }

  @Override
  public boolean shouldClose(@Nullable SocketAddress client) {
    CloseTurns its = turns;
    return its != null && its.hasCome(client);
  }

  @Override
  public boolean isHandedOver() {
    table.lock().lock();
    try {
      return handedOver || lent || (came && !table.isSole());
    } finally {
      table.lock().unlock();
    }
  }

  @Override
  public void close() {
    table.lock().lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      table.remove(this);
      try {
        closeProbe();
        giveUpInherited();
      } finally {
        forget();
        closeNobody();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("listener '" + name + "' cannot be closed", e);
    } finally {
      table.lock().unlock();
    }
  }

  private void giveUpInherited() throws IOException {
    Inherited from = inherited;
    if (from != null) {
      inherited = null;
      try {
        table.giveUp(from);
      } finally {
        Placeholder.remove(bindTo);
      }
    }
  }

  // The gate's side

  boolean isBound() {
    return address != null;
  }

  /** Puts what was handed over in the place of what the server has bound. */
  void place() throws IOException {
    Inherited from = inherited;
    if (from == null || boundAt == null) {
      return;
    }
    closeProbe();
    Kernel kernel = table.kernel();
    int its = from.fd().resultNow();
    kernel.nonBlocking(its); // as the server has made what it had bound
    kernel.replace(kernel.listener(boundAt), its);
    giveUpInherited();
  }

  /** The gate stays closed after all: nothing is to be accepted when the server is closed. */
  void takeAway() throws IOException {
    if (came && inherited == null) {
      letGo();
      forget();
    }
  }

  /** Has the server begin, if there is one and the gate is open; once. */
  void begin() throws IOException {
    Acceptor server;
    table.lock().lock();
    try {
      if (begun || closed || acceptor == null || !table.isOpen()) {
        return;
      }
      begun = true;
      server = acceptor;
    } finally {
      table.lock().unlock();
    }
    server.begin();
  }

  // Handing over

  /** Its socket's number. */
  int fd(Kernel kernel) throws IOException {
    return kernel.listener(address());
  }

  /** Puts a socket that nobody knows in its place, which must not block whoever was woken by it. */
  void letGo() throws IOException {
    if (closed) {
      return;
    }
    Kernel kernel = table.kernel();
    fd = fd(kernel);
    kept = kernel.duplicate(fd);
    closeNobody();
    ServerSocketChannel placeholder = Placeholder.open(address());
    nobody = placeholder;
    kernel.replace(fd, kernel.listener(placeholder.getLocalAddress()));
    handedOver = true;
  }

  /** Who has begun to wait at the placeholder meanwhile is woken up, and finds the socket. */
  void putBack() throws IOException {
    if (closed || kept == NONE) {
      return;
    }
    Kernel kernel = table.kernel();
    kernel.replace(fd, kept);
    boolean wasInPlace = handedOver;
    handedOver = false;
    forget();
    if (wasInPlace && nobody != null) {
      kernel.shutdown(kernel.listener(nobody.getLocalAddress()));
    }
  }

  /**
   * Connects once to the socket that is back. An epoll that is edge-triggered, such as that of
   * Netty 4.1, was told of the connections that wait now when its server could not accept them, and
   * is told again only when another one comes.
   *
   * @throws IOException if no connection can be made
   */
  void connectOnce() throws IOException {
    table.lock().lock();
    try {
      if (closed) {
        return;
      }
    } finally {
      table.lock().unlock();
    }
    AcceptProbe.connect(address()).close();
  }

  /** Whether its server has a socket still; it may have closed it without a word. */
  boolean isListening(Kernel kernel) {
    try {
      fd(kernel);
      return true;
    } catch (IOException closedByItsServer) {
      return false;
    }
  }

  /** Not before the next time: what is closed wakes up nobody. */
  private void closeNobody() throws IOException {
    if (nobody != null) {
      nobody.close();
      nobody = null;
    }
  }

  /** Gives up the copy of the socket that was let go. */
  void forget() throws IOException {
    if (kept != NONE) {
      int copy = kept;
      kept = NONE;
      table.kernel().close(copy);
    }
  }

  void tellLetGo(Duration over) {
    turns = new CloseTurns(over, System::nanoTime);
    tell(server -> server.letGo(over));
  }

  void tellTakenBack() {
    turns = null;
    tell(Acceptor::takeBack);
  }

  private void tell(Consumer<Acceptor> what) {
    Acceptor server = begun ? acceptor : null;
    if (server != null) {
      what.accept(server);
    }
  }

  /** Whether clients are still connected with its server; true where that cannot be known. */
  boolean hasConnections() {
    try {
      Acceptor server = acceptor;
      int count = server == null ? 0 : server.connections();
      return count < 0 ? table.kernel().hasConnections(address()) : count > 0;
    } catch (IOException | RuntimeException unknown) {
      return true;
    }
  }
}
