package dev.srun.upgrade;

import java.io.IOException;
import java.net.SocketAddress;
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
   * Takes it.
   *
   * @throws IOException if the parent is gone, or does not speak this version of the protocol
   */
  static Inheritance take(Kernel kernel, Rendezvous.Place place) throws IOException {
    OtherProcess parent = OtherProcess.of(place.parent());
    SocketChannel channel = Rendezvous.connect(place.directory());
    Connection connection = new Connection(kernel, channel);
    try {
      connection.send(new Message.Hello(ProcessHandle.current().pid()), ANSWER);
      Connection.Said said = connection.receive(ANSWER);
      Rendezvous.remove(place.directory());
      return of(parent, connection, said);
    } catch (IOException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  private static Inheritance of(OtherProcess parent, Connection connection, Connection.Said said)
      throws IOException {
    try {
      if (!(said.message() instanceof Message.Legacy legacy)
          || legacy.listeners().size() != said.fds().size()) {
        throw new ProtocolException(
            "%s with %d sockets; expected a legacy".formatted(said.message(), said.fds().size()));
      }
      return new Inheritance(parent, connection, legacy, sockets(legacy, said.fds()));
    } catch (IOException | RuntimeException e) {
      connection.giveBack(said.fds(), e);
      throw e;
    }
  }

  private static List<Inherited> sockets(Message.Legacy legacy, List<Integer> fds)
      throws ProtocolException {
    List<Inherited> sockets = new ArrayList<>();
    for (int i = 0; i < fds.size(); i++) {
      Message.Entry entry = legacy.listeners().get(i);
      sockets.add(
          new Inherited(
              entry.name(),
              address(entry.requested()),
              address(entry.address()),
              entry.lent(),
              fds.get(i)));
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

  /**
   * Waits until the parent runs nothing that must not run twice: it says so, or it is gone. The end
   * of the line alone does not tell: what could not be stopped runs as long as the process does.
   */
  void awaitExclusive() throws InterruptedException {
    try {
      connection.receive(Message.ExclusiveStopped.class, PATIENCE);
    } catch (IOException nothingWasSaid) {
      parent.awaitEnd(PATIENCE);
    }
  }

  /** Waits until the parent has closed the line, which is the last that it does. */
  void awaitEnd() {
    try {
      connection.receive(PATIENCE);
    } catch (IOException itIsGone) {
      // As expected.
    }
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
