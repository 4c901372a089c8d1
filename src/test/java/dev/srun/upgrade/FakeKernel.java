package dev.srun.upgrade;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The system as one process sees it: a table of numbers, each for a socket. Bytes go over real UNIX
 * channels, and sockets beside them. Any call may be told to fail.
 */
final class FakeKernel implements Kernel {

  /** A listening socket, which several processes may have. */
  record Socket(SocketAddress address) {}

  /** What processes have in common. */
  static final class World {
    private final Map<String, Queue<List<Socket>>> underWay = new ConcurrentHashMap<>();
    private final int hurry;

    /**
     * Makes one.
     *
     * @param hurry how many times shorter every limit is
     */
    World(int hurry) {
      this.hurry = hurry;
    }

    private Queue<List<Socket>> underWay(SocketAddress from, SocketAddress to) {
      return underWay.computeIfAbsent(from + " " + to, line -> new ConcurrentLinkedQueue<>());
    }
  }

  private static final int FIRST = 100;

  private final World world;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Integer, Socket> table = new TreeMap<>();
  private final Set<Integer> ofTheJdk = ConcurrentHashMap.newKeySet();
  private final Set<Integer> placeholders = ConcurrentHashMap.newKeySet();
  private final Set<SocketChannel> lines = ConcurrentHashMap.newKeySet();
  private final Map<String, AtomicInteger> faults = new ConcurrentHashMap<>();
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final Set<SocketAddress> connected = ConcurrentHashMap.newKeySet();
  private volatile long peer = ProcessHandle.current().pid();
  private int next = FIRST;

  FakeKernel(World world) {
    this.world = world;
  }

  // The test's side

  /** The n-th such call from now on fails. */
  FakeKernel fail(String call, int nth) {
    faults.put(call, new AtomicInteger(nth));
    return this;
  }

  /** The process at the other end of every channel from now on: this one otherwise. */
  void peer(long pid) {
    peer = pid;
  }

  /** Clients are connected with this process there, or not any more. */
  void connected(SocketAddress listener, boolean are) {
    if (are) {
      connected.add(listener);
    } else {
      connected.remove(listener);
    }
  }

  /** A new number for a socket that came from nowhere. */
  int add(SocketAddress address) {
    lock.lock();
    try {
      return add(new Socket(address));
    } finally {
      lock.unlock();
    }
  }

  /** A socket that the process was started with. */
  void add(int fd, SocketAddress address) {
    lock.lock();
    try {
      table.put(fd, new Socket(address));
    } finally {
      lock.unlock();
    }
  }

  /** The numbers that are open and no server's. */
  Set<Integer> open() {
    lock.lock();
    try {
      Set<Integer> open = new TreeSet<>(table.keySet());
      open.removeAll(ofTheJdk);
      open.removeAll(placeholders);
      return open;
    } finally {
      lock.unlock();
    }
  }

  /** The sockets that servers accept on. */
  List<SocketAddress> accepting() {
    lock.lock();
    try {
      return ofTheJdk.stream().sorted().map(fd -> table.get(fd).address()).toList();
    } finally {
      lock.unlock();
    }
  }

  List<String> calls() {
    return calls;
  }

  /** The process has ended: the system closes all that it had. */
  void endProcess() throws IOException {
    lock.lock();
    try {
      table.clear();
      ofTheJdk.clear();
    } finally {
      lock.unlock();
    }
    for (SocketChannel line : lines) {
      line.close();
    }
  }

  // The program's side

  private void called(String call, Object thing) throws IOException {
    calls.add(call + " " + thing);
    AtomicInteger left = faults.get(call);
    if (left != null && left.decrementAndGet() == 0) {
      throw new IOException(call + " of " + thing + " failed: EIO");
    }
  }

  private int add(Socket socket) {
    table.put(next, socket);
    return next++;
  }

  private Socket known(int fd) throws IOException {
    Socket socket = table.get(fd);
    if (socket == null) {
      throw new IOException("file descriptor " + fd + ": EBADF");
    }
    return socket;
  }

  @Override
  public int listener(SocketAddress address) throws IOException {
    lock.lock();
    try {
      called("listener", address);
      List<Integer> found =
          table.keySet().stream().filter(fd -> table.get(fd).address().equals(address)).toList();
      if (found.size() > 1) {
        throw new IOException("more than one file descriptor listens on " + address);
      }
      if (found.size() == 1) {
        return found.get(0);
      }
      int fd = add(new Socket(address)); // which the JDK has opened
      ofTheJdk.add(fd);
      return fd;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public SocketAddress addressOf(int fd) throws IOException {
    lock.lock();
    try {
      called("addressOf", fd);
      return known(fd).address();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long peer(SocketChannel of) {
    return peer;
  }

  @Override
  public boolean hasConnections(SocketAddress listener) throws IOException {
    called("hasConnections", listener);
    return connected.contains(listener);
  }

  @Override
  public int waiting(int fd) {
    return 0;
  }

  @Override
  public int duplicate(int fd) throws IOException {
    lock.lock();
    try {
      called("duplicate", fd);
      return add(known(fd));
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void replace(int fd, int with) throws IOException {
    lock.lock();
    try {
      called("replace", fd);
      known(fd);
      table.put(fd, known(with));
    } finally {
      if (ofTheJdk.remove(with)) {
        placeholders.add(with); // which nobody accepts on
      }
      lock.unlock();
    }
  }

  @Override
  public void nonBlocking(int fd) throws IOException {
    lock.lock();
    try {
      called("nonBlocking", fd);
      known(fd);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void shutdown(int fd) throws IOException {
    called("shutdown", fd);
  }

  @Override
  public void close(int fd) throws IOException {
    lock.lock();
    try {
      known(fd);
      table.remove(fd);
      called("close", fd);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void send(SocketChannel to, ByteBuffer text, List<Integer> fds, Duration limit)
      throws IOException {
    lines.add(to);
    called("send", text.remaining());
    if (!fds.isEmpty()) {
      List<Socket> sockets = new ArrayList<>();
      lock.lock();
      try {
        for (int fd : fds) {
          sockets.add(known(fd));
        }
      } finally {
        lock.unlock();
      }
      world.underWay(to.getLocalAddress(), to.getRemoteAddress()).add(sockets);
    }
    to.configureBlocking(false);
    while (text.hasRemaining()) {
      to.write(text); // messages are far smaller than what a socket holds
    }
  }

  @Override
  public Received receive(SocketChannel from, int mostBytes, Duration limit) throws IOException {
    lines.add(from);
    called("receive", mostBytes);
    long end = System.nanoTime() + limit.toNanos() / world.hurry;
    ByteBuffer text = ByteBuffer.allocate(mostBytes);
    from.configureBlocking(false);
    try (Selector selector = Selector.open()) {
      from.register(selector, SelectionKey.OP_READ);
      while (true) {
        if (Thread.currentThread().isInterrupted()) {
          throw new InterruptedIOException("interrupted while waiting for " + from);
        }
        if (!from.isOpen()) {
          throw new ClosedChannelException();
        }
        int count = from.read(text);
        if (count < 0) {
          throw new EOFException("the other end closed the channel");
        }
        if (count > 0) {
          return new Received(text.flip(), take(from));
        }
        long left = Duration.ofNanos(end - System.nanoTime()).toMillis();
        if (left <= 0) {
          throw new SocketTimeoutException("waited too long for the channel");
        }
        selector.select(Math.min(left, 20));
      }
    }
  }

  private List<Integer> take(SocketChannel from) throws IOException {
    List<Socket> came = world.underWay(from.getRemoteAddress(), from.getLocalAddress()).poll();
    lock.lock();
    try {
      return came == null ? List.of() : came.stream().map(this::add).toList();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void notify(String socketPath, String text, Duration limit) throws IOException {
    called("notify", text);
  }

  @Override
  public void notifyBarrier(String socketPath, Duration limit) throws IOException {
    called("notifyBarrier", socketPath);
  }
}
