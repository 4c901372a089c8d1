package dev.srun.upgrade;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The child's side of an upgrade: takes what the parent hands over, asks to be let in, and sees
 * when the parent is gone. Used by one thread at a time.
 */
final class Inheritance implements AutoCloseable {

  /** A parent that lives answers at once. */
  private static final Duration ANSWER = Duration.ofSeconds(10);

  /** A parent does nothing but wait for the child, or end. */
  private static final Duration PATIENCE = Duration.ofDays(365);

  /** How long a parent that has closed the line may take to be gone. */
  private static final Duration GONE = Duration.ofSeconds(5);

  /** How long it may take to tell the parent something that it may not want to know. */
  private static final Duration TELLING = Duration.ofSeconds(1);

  private final OtherProcess parent;
  private final Connection connection;
  private final Message.Legacy legacy;
  private final List<Inherited> sockets;

  private Inheritance(
      OtherProcess parent, Connection connection, Message.Legacy legacy, List<Inherited> sockets) {
    this.parent = parent;
    this.connection = connection;
    this.legacy = legacy;
    this.sockets = sockets;
  }

  /**
   * Takes it; the sockets themselves are {@linkplain #receiveSockets received} later.
   *
   * @param kernel may take its time: it is not asked for yet
   * @throws IOException if the parent is gone, or does not speak this version of the protocol
   */
  static Inheritance take(Connection.KernelSource kernel, Rendezvous.Place place)
      throws IOException {
    OtherProcess parent = OtherProcess.of(place.parent());
    SocketChannel channel = Rendezvous.connect(place.directory());
    try (Introduction introduction = new Introduction(channel, ANSWER)) {
      introduction.hello();
      Message.Legacy legacy = introduction.legacy();
      Rendezvous.remove(place.directory());
      return new Inheritance(parent, new Connection(kernel, channel), legacy, sockets(legacy));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static List<Inherited> sockets(Message.Legacy legacy) throws ProtocolException {
    List<Inherited> sockets = new ArrayList<>();
    for (Message.Entry entry : legacy.listeners()) {
      sockets.add(
          new Inherited(
              entry.name(), address(entry.requested()), address(entry.address()), entry.lent()));
    }
    return sockets;
  }

  private static SocketAddress address(String text) throws ProtocolException {
    try {
      return Addresses.of(text);
    } catch (IllegalArgumentException e) {
      throw new ProtocolException("a listener at what is no address: " + e.getMessage());
    }
  }

  /** Waits for the sockets, which the parent has sent at once: they come even if it is gone. */
  void receiveSockets(Kernel kernel, ListenerTable table) throws IOException {
    Connection.Came came = connection.receiveWithSockets(ANSWER);
    List<Integer> fds = came.fds();
    if (!(came.message() instanceof Message.Sockets) || sockets.size() != fds.size()) {
      var unexpected =
          new ProtocolException(
              "%s with %d sockets; expected %d"
                  .formatted(came.message(), fds.size(), sockets.size()));
      connection.giveBack(fds, unexpected);
      throw unexpected;
    }
    table.arrived(kernel, sockets, fds);
  }

  long parent() {
    return parent.pid();
  }

  int generation() {
    return legacy.generation();
  }

  /** The trace that the upgrade is part of; empty where there is none. */
  String trace() {
    return legacy.trace();
  }

  List<Inherited> sockets() {
    return sockets;
  }

  /**
   * Says that every service is RUNNING and waits until this process may accept: because the parent
   * says so, or because there is no parent any more.
   *
   * @return whether the parent lives
   * @throws IOException if it lives and does not let this process in
   */
  boolean awaitEntrance() throws IOException {
    try {
      connection.send(new Message.Ready(), ANSWER);
      connection.receive(Message.Enter.class, PATIENCE);
      return true;
    } catch (ProtocolException e) {
      throw e;
    } catch (IOException e) {
      if (isGone()) {
        return false;
      }
      throw new IOException("pid " + parent() + " lives, but the line to it is dead", e);
    }
  }

  /** Says that this process accepts. */
  void entered() {
    try {
      connection.send(new Message.Entered(), ANSWER);
    } catch (IOException itIsGone) {
      // Nobody is left to be told.
    }
  }

  /** What the parent wants of a child that accepts. */
  enum Wish {
    /** Nothing yet. */
    NONE,
    /** Whatever supervises the program follows the new process from now on. */
    BE_MAIN_PROCESS,
    /** The program is to stop. */
    STOP,
    /** What must not run twice may start: the parent runs none of it any more. */
    START_EXCLUSIVE,
    /** The parent serves again: the child is to go. */
    LEAVE
  }

  /**
   * Waits for what the parent wants; that it is gone means the first. The end of the line alone
   * does not tell: what could not be stopped runs as long as the process does.
   */
  Wish awaitWish(Duration limit) throws IOException, InterruptedException {
    try {
      return switch (connection.receive(limit)) {
        case Message.MainProcess main -> Wish.BE_MAIN_PROCESS;
        case Message.Stop stop -> Wish.STOP;
        case Message.ExclusiveStopped stopped -> Wish.START_EXCLUSIVE;
        case Message.Leave leave -> Wish.LEAVE;
        case Message other -> throw new ProtocolException(other + "; expected a wish");
      };
    } catch (SocketTimeoutException nothingWasSaid) {
      return Wish.NONE;
    } catch (ProtocolException e) {
      throw e;
    } catch (IOException theLineIsDead) {
      parent.awaitEnd(PATIENCE);
      return Wish.START_EXCLUSIVE;
    }
  }

  /** Tells the parent, if that is still there, what it may want to know. */
  void tell(Message message) throws IOException {
    connection.send(message, TELLING);
  }

  /** Waits until the parent has closed the line, which is the last that it does. */
  void awaitEnd() {
    try {
      connection.receive(PATIENCE);
    } catch (IOException itIsGone) {
      // As expected.
    }
  }

  /** Waits until the process of the parent is gone; false if the limit came first. */
  boolean awaitParentEnd(Duration limit) throws InterruptedException {
    return parent.awaitEnd(limit);
  }

  private boolean isGone() {
    try {
      return parent.awaitEnd(GONE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    connection.close();
  }
}
