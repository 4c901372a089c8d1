package dev.srun;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Which process listens on which port, read from {@code /proc}: the table of sockets has the number
 * of each, and the open files of a process show these numbers. Gives up after a fifth of a second.
 */
final class PortHolder {
  private static final long LIMIT_NANOS = 200_000_000;
  private static final int LONGEST = 100;
  private static final String LISTENING = "0A";
  private static final String MAPPED = "0000000000000000FFFF0000";

  /** The options of the java launcher whose value is the next argument. */
  private static final Set<String> WITH_VALUE =
      Set.of(
          "-cp",
          "-classpath",
          "--class-path",
          "-p",
          "--module-path",
          "--upgrade-module-path",
          "--add-modules",
          "--add-reads",
          "--add-exports",
          "--add-opens",
          "--limit-modules",
          "--patch-module",
          "--source",
          "--enable-native-access");

  private final Path proc;
  private final long self;

  PortHolder(Path proc, long self) {
    this.proc = proc;
    this.self = self;
  }

  static PortHolder onThisSystem() {
    return new PortHolder(Path.of("/proc"), ProcessHandle.current().pid());
  }

  /** Such as {@code pid 4711 (java -jar wallet.jar)}; empty if nobody says. */
  String of(InetSocketAddress address) {
    try {
      Set<String> sockets =
          address.isUnresolved() ? Set.of() : sockets(listening -> clash(listening, address));
      return sockets.isEmpty() ? "" : holder(sockets, System.nanoTime() + LIMIT_NANOS);
    } catch (IOException | DirectoryIteratorException unknown) {
      return "";
    }
  }

  /** Whether this process listens on another port than these; also true where nobody says. */
  boolean listensBesides(Set<Integer> ports) {
    try {
      if (!Files.exists(proc.resolve("self/net/tcp"))) {
        return true;
      }
      Set<String> sockets = sockets(listening -> !ports.contains(port(listening)));
      Path files = proc.resolve(Long.toString(self));
      return !sockets.isEmpty() && holds(files, sockets, System.nanoTime() + LIMIT_NANOS);
    } catch (IOException | DirectoryIteratorException unknown) {
      return true;
    }
  }

  private static int port(String listening) {
    return Integer.parseInt(listening.substring(listening.indexOf(':') + 1), 16);
  }

  /** The sockets that listen at such addresses, as links to them read. */
  private Set<String> sockets(Predicate<String> addresses) throws IOException {
    Set<String> found = new HashSet<>();
    for (String file : List.of("tcp", "tcp6")) {
      Path table = proc.resolve("self/net/" + file);
      if (!Files.exists(table)) {
        continue;
      }
      try (BufferedReader lines = Files.newBufferedReader(table, StandardCharsets.ISO_8859_1)) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          String[] columns = line.strip().split("\\s+", -1);
          if (columns.length > 9 && columns[3].equals(LISTENING) && addresses.test(columns[1])) {
            found.add("socket:[" + columns[9] + "]");
          }
        }
      }
    }
    return found;
  }

  /** Whether one of the two is the other's or every interface's, on the same port. */
  private static boolean clash(String listening, InetSocketAddress address) {
    String[] parts = listening.split(":", 2);
    String wanted = hex(address.getAddress().getAddress());
    return parts.length == 2
        && parts[1].equals(String.format(Locale.ROOT, "%04X", address.getPort()))
        && (address.getAddress().isAnyLocalAddress()
            || parts[0].chars().allMatch(digit -> digit == '0')
            || parts[0].equals(wanted)
            || (address.getAddress() instanceof Inet4Address && parts[0].equals(MAPPED + wanted)));
  }

  private static String hex(byte[] address) {
    StringBuilder text = new StringBuilder();
    ByteBuffer words = ByteBuffer.wrap(address).order(ByteOrder.nativeOrder());
    while (words.hasRemaining()) {
      text.append(String.format(Locale.ROOT, "%08X", words.getInt()));
    }
    return text.toString();
  }

  private String holder(Set<String> sockets, long deadline) throws IOException {
    if (holds(proc.resolve(Long.toString(self)), sockets, deadline)) {
      return "this process";
    }
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
      for (Path process : processes) {
        if (System.nanoTime() - deadline > 0) {
          return "";
        }
        if (holds(process, sockets, deadline)) {
          String program = program(process);
          return "pid " + process.getFileName() + (program.isEmpty() ? "" : " (" + program + ")");
        }
      }
    }
    return "";
  }

  private static boolean holds(Path process, Set<String> sockets, long deadline) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path file : files) {
        if (System.nanoTime() - deadline > 0) {
          return false;
        }
        if (leadsTo(file, sockets)) {
          return true;
        }
      }
    } catch (IOException | DirectoryIteratorException notOurs) {
      return false; // another user's, or it has ended
    }
    return false;
  }

  private static boolean leadsTo(Path file, Set<String> sockets) {
    try {
      return sockets.contains(Files.readSymbolicLink(file).toString());
    } catch (IOException closedMeanwhile) {
      return false;
    }
  }

  private static String program(Path process) {
    try {
      String line = Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1);
      String text = program(line.split("\0", -1)).replaceAll("\\p{Cntrl}", "?");
      return text.substring(0, Math.min(text.length(), LONGEST));
    } catch (IOException hasEnded) {
      return "";
    }
  }

  /** No more than executable and main class or jar: what follows may be a secret. */
  static String program(String... arguments) {
    String executable = lastName(arguments[0]);
    if (!executable.equals("java")) {
      return executable;
    }
    for (int i = 1; i < arguments.length; i++) {
      String argument = arguments[i];
      String next = i + 1 < arguments.length ? arguments[i + 1] : "";
      if (argument.equals("-jar")) {
        return executable + " -jar " + lastName(next);
      }
      if (argument.equals("-m") || argument.equals("--module")) {
        return executable + " -m " + next;
      }
      if (WITH_VALUE.contains(argument)) {
        i++;
      } else if (!argument.isEmpty() && "-@".indexOf(argument.charAt(0)) < 0) {
        return executable + " " + lastName(argument);
      }
    }
    return executable;
  }

  private static String lastName(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
