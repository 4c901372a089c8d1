package dev.srun.upgrade;

import dev.srun.BindFailedException;
import dev.srun.ListeningSocket;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All that a program listens on, by name: what was handed to it and not claimed yet, and what its
 * services have claimed. The gate as well: while it is closed no claim is opened.
 *
 * <p>Any thread. Under its lock sockets are put in one another's place, which takes some
 * microseconds; no server is called there.
 */
public final class ListenerTable {
  private final ReentrantLock lock = new ReentrantLock();
  private final List<Claim> claims = new ArrayList<>();
  private final List<Inherited> unclaimed = new ArrayList<>();
  private final List<Inherited> givenUp = new ArrayList<>();
  private @Nullable Kernel kernel;
  private boolean open = true;
  private boolean sole = true;

  /** Makes one that was handed nothing, and whose gate is open. */
  public ListenerTable() {}

  /**
   * Claims a listening socket.
   *
   * @param owner the service
   * @param name the listener's name
   * @param address where it is to listen
   * @return the claim
   * @throws BindFailedException if the name is taken, or the address by another name
   * @throws IOException if there is no place for it while the program is not let in
   */
  public ListeningSocket claim(String owner, String name, SocketAddress address)
      throws IOException {
    lock.lock();
    try {
      for (Claim other : claims) {
        if (other.name().equals(name)) {
          throw refused(
              name, address, "service '" + other.owner() + "' has a listener of that name");
        }
        if (!isAnyPort(address) && other.requested().equals(address)) {
          throw refused(
              name,
              address,
              "taken by listener '%s' of service '%s'".formatted(other.name(), other.owner()));
        }
      }
      Inherited inherited = inherited(name, address);
      Claim claim = new Claim(this, owner, name, address, inherited);
      unclaimed.remove(inherited);
      claims.add(claim);
      return claim;
    } finally {
      lock.unlock();
    }
  }

  private static BindFailedException refused(String name, SocketAddress address, String why) {
    return new BindFailedException(name, address, new BindException(why));
  }

  private static boolean isAnyPort(SocketAddress address) {
    return address instanceof InetSocketAddress inet && inet.getPort() == 0;
  }

  private @Nullable Inherited inherited(String name, SocketAddress address) {
    for (Inherited one : unclaimed) {
      if (one.isFor(name, address)) {
        return one;
      }
    }
    return null;
  }

  // Taking over

  /** The program takes another one's place: nothing is opened before it is let in. */
  void close() {
    lock.lock();
    try {
      open = false;
      sole = false;
    } finally {
      lock.unlock();
    }
  }

  /** The other program is gone: what this one listens on is nobody else's. */
  void isLeftAlone() {
    lock.lock();
    try {
      sole = true;
    } finally {
      lock.unlock();
    }
  }

  /** Takes what is handed to the program, for its services to claim; it may still be under way. */
  void inherit(List<Inherited> sockets) {
    lock.lock();
    try {
      unclaimed.addAll(sockets);
    } finally {
      lock.unlock();
    }
  }

  /** What was under way is here: by these numbers, in the same order. */
  void arrived(Kernel with, List<Inherited> sockets, List<Integer> fds) throws IOException {
    lock.lock();
    try {
      kernel = with;
      for (int i = 0; i < fds.size(); i++) {
        sockets.get(i).fd().complete(fds.get(i));
      }
      for (Inherited one : givenUp) {
        giveUp(one);
      }
      givenUp.clear();
    } finally {
      lock.unlock();
    }
  }

  /** Closes it now or, if it is still under way, when it comes. */
  void giveUp(Inherited one) throws IOException {
    if (one.fd().isDone()) {
      kernel().close(one.fd().resultNow());
    } else {
      givenUp.add(one);
    }
  }

  /**
   * Looks whether a server accepts already, while the gate is closed.
   *
   * @throws IOException if one does, with its name
   */
  void checkThatNobodyAccepts() throws IOException {
    List<Claim> all;
    lock.lock();
    try {
      all = List.copyOf(claims);
    } finally {
      lock.unlock();
    }
    for (Claim claim : all) {
      claim.awaitEarlyAccept();
      claim.checkThatNobodyAccepts();
    }
  }

  /**
   * Opens the gate: puts every socket in its place, then has every server begin. If one cannot be
   * put in its place no server has begun.
   */
  void letIn() throws IOException {
    List<Claim> ready;
    lock.lock();
    try {
      for (Claim claim : claims) {
        claim.place();
      }
      open = true;
      ready = List.copyOf(claims);
    } catch (IOException | RuntimeException e) {
      each(claims, Claim::takeAway).ifPresent(e::addSuppressed);
      throw e;
    } finally {
      lock.unlock();
    }
    for (Claim claim : ready) {
      claim.begin();
    }
  }

  /** Gives up what nobody has claimed. Returns the names. */
  List<String> closeUnclaimed() throws IOException {
    lock.lock();
    try {
      for (Inherited one : unclaimed) {
        giveUp(one);
      }
      List<String> names = unclaimed.stream().map(Inherited::name).toList();
      unclaimed.clear();
      return names;
    } finally {
      lock.unlock();
    }
  }

  /** Whether something was handed over that nobody has claimed. */
  boolean hasUnclaimed() {
    lock.lock();
    try {
      return !unclaimed.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  // Handing over

  /** What can be handed over: every claim whose server is bound. */
  List<Claim> bound() {
    lock.lock();
    try {
      return claims.stream().filter(Claim::isBound).toList();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Lets go of sockets that another process accepts on: here nothing new comes.
   *
   * @param over the time over which clients that keep connections are told to open new ones
   * @throws IOException if one cannot be let go; then none was
   */
  void letGo(Kernel with, List<Claim> handed, Duration over, System.Logger logger)
      throws IOException {
    boolean isLetGo = false;
    lock.lock();
    try {
      kernel = with;
      for (Claim claim : handed) {
        claim.letGo();
      }
      isLetGo = true;
    } catch (IOException | RuntimeException e) {
      each(handed, Claim::putBack).ifPresent(e::addSuppressed);
      throw e;
    } finally {
      lock.unlock();
      if (!isLetGo) {
        connectOnce(handed, logger);
      }
    }
    tell(handed, claim -> claim.tellLetGo(over), logger);
  }

  /**
   * Accepts on them again.
   *
   * @throws IOException if one cannot be taken back; the others are
   */
  void takeBack(List<Claim> handed, System.Logger logger) throws IOException {
    Optional<IOException> failed;
    lock.lock();
    try {
      failed = each(handed, Claim::putBack);
    } finally {
      lock.unlock();
    }
    connectOnce(handed, logger);
    tell(handed, Claim::tellTakenBack, logger);
    if (failed.isPresent()) {
      throw failed.get();
    }
  }

  /** A server that was told of a connection when it could not accept it is told again. */
  private static void connectOnce(List<Claim> back, System.Logger logger) {
    for (Claim claim : back) {
      try {
        claim.connectOnce();
      } catch (IOException e) {
        String who = "listener '%s' of service '%s'".formatted(claim.name(), claim.owner());
        logger.log(Level.WARNING, who + " accepts again, but cannot be connected to: " + e);
      }
    }
  }

  private interface Step {
    void of(Claim claim) throws IOException;
  }

  /** Does it to each of them; the first failure has the later ones with it. */
  private static Optional<IOException> each(List<Claim> claims, Step step) {
    IOException first = null;
    for (Claim claim : claims) {
      try {
        step.of(claim);
      } catch (IOException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    return Optional.ofNullable(first);
  }

  /** The servers may be anybody's: what one of them throws is no reason to keep a socket. */
  private static void tell(List<Claim> claims, Consumer<Claim> what, System.Logger logger) {
    for (Claim claim : claims) {
      try {
        what.accept(claim);
      } catch (RuntimeException e) {
        String who = "listener '%s' of service '%s'".formatted(claim.name(), claim.owner());
        logger.log(Level.WARNING, who + " has failed to take notice of the upgrade", e);
      }
    }
  }

  // Of claims

  ReentrantLock lock() {
    return lock;
  }

  boolean isOpen() {
    return open;
  }

  boolean isSole() {
    return sole;
  }

  Kernel kernel() {
    if (kernel == null) {
      throw new IllegalStateException("nothing was handed over");
    }
    return kernel;
  }

  void remove(Claim claim) {
    claims.remove(claim);
  }
}
