package dev.srun.upgrade;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.net.ExtendedSocketOptions;

/**
 * Where the next generation finds this one: a UNIX-domain socket in a directory that nobody else
 * may enter. Both ends are bound to a path in it, by which the kernel tells them apart.
 */
final class Rendezvous implements AutoCloseable {

  /** Tells the next generation which process it takes over from, and where that waits for it. */
  static final String VARIABLE = "SRUN_UPGRADE_FROM";

  private static final Pattern PLACE = Pattern.compile("([1-9][0-9]{0,9}):(/.*)");
  private static final String PARENT = "parent";
  private static final String CHILD = "child";

  private final Path directory;
  private final ServerSocketChannel server;

  private Rendezvous(Path directory, ServerSocketChannel server) {
    this.directory = directory;
    this.server = server;
  }

  /** Where a process is expected. */
  record Place(long parent, Path directory) {

    /**
     * Empty for a program that was just started, also by one that was itself started by another.
     * The variable is meant for the process that {@link ShellSpawned#PID_VARIABLE} names; without
     * that, for a child of the old process.
     */
    static Optional<Place> of(Map<String, String> environment, ProcessHandle self) {
      String text = environment.get(VARIABLE);
      if (text == null) { // as in nearly every program that starts: no pattern is made for it
        return Optional.empty();
      }
      Matcher words = PLACE.matcher(text);
      if (!words.matches()) {
        return Optional.empty();
      }
      Place place = new Place(Long.parseLong(words.group(1)), Path.of(words.group(2)));
      String meantFor = environment.get(ShellSpawned.PID_VARIABLE);
      boolean isOurs =
          meantFor == null
              ? self.parent().filter(parent -> parent.pid() == place.parent()).isPresent()
                  || place.isAbandoned()
              : meantFor.equals(Long.toString(self.pid()));
      return isOurs ? Optional.of(place) : Optional.empty();
    }

    /**
     * Whoever has died before its child came leaves the place behind. Where that is gone the
     * variable has come down from a program that took over long ago.
     */
    private boolean isAbandoned() {
      return OtherProcess.of(parent).isGone() && Files.exists(directory.resolve(PARENT));
    }
  }

  /** Opens one for the next generation. */
  static Rendezvous open() throws IOException {
    Path directory = Files.createTempDirectory("srun-upgrade-");
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      server.bind(UnixDomainSocketAddress.of(directory.resolve(PARENT)));
      server.configureBlocking(false);
      return new Rendezvous(directory, server);
    } catch (IOException | RuntimeException e) {
      server.close();
      remove(directory);
      throw e;
    }
  }

  /** What the next generation finds in its environment. */
  Map<String, String> environment() {
    return Map.of(VARIABLE, ProcessHandle.current().pid() + ":" + directory);
  }

  /** Waits for somebody to connect; empty if nobody has within the limit. */
  Optional<SocketChannel> accept(Duration limit) throws IOException {
    try (Selector selector = Selector.open()) {
      server.register(selector, SelectionKey.OP_ACCEPT);
      selector.select(Math.max(1, limit.toMillis()));
    }
    SocketChannel channel = server.accept();
    if (channel == null) {
      return Optional.empty();
    }
    String peer = channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user().getName();
    if (!peer.equals(Files.getOwner(directory).getName())) {
      channel.close();
      return Optional.empty();
    }
    return Optional.of(channel);
  }

  /**
   * Connects with the generation before this one, which then needs the place no longer; nor does
   * one that is not there any more.
   */
  static SocketChannel connect(Path directory) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.bind(UnixDomainSocketAddress.of(directory.resolve(CHILD)));
      channel.connect(UnixDomainSocketAddress.of(directory.resolve(PARENT)));
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      remove(directory);
      throw e;
    }
  }

  /**
   * Takes the paths away; connections stay. Either side does, since the other may be killed. What
   * cannot be taken away does no harm: nobody else may enter, and nobody listens there.
   */
  static void remove(Path directory) {
    try {
      Files.deleteIfExists(directory.resolve(PARENT));
      Files.deleteIfExists(directory.resolve(CHILD));
      Files.deleteIfExists(directory);
    } catch (IOException stays) {
      // No reason to give up an upgrade.
    }
  }

  @Override
  public void close() {
    remove(directory);
    try {
      server.close();
    } catch (IOException itIsGoneAllTheSame) {
      // No reason to give up an upgrade.
    }
  }
}
