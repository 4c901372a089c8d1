package dev.srun.upgrade;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reasons not to start another generation, each with what to do instead. */
final class Refusals {
  private static final Pattern DEBUGGER =
      Pattern.compile("-(?:agentlib:jdwp=|Xrunjdwp:).*\\bserver=y\\b.*");

  private static final Pattern DEBUGGER_PORT = Pattern.compile("\\baddress=(?:[^,]*:)?([0-9]+)");

  private static final Pattern JMX_PORT =
      Pattern.compile("-Dcom\\.sun\\.management\\.jmxremote\\.(?:rmi\\.)?port=([0-9]+)");

  /** A file as it was when the program started. */
  private record Fingerprint(Object inode, long size, FileTime time) {
    static Fingerprint of(Path file) throws IOException {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      Object key = attributes.fileKey();
      return new Fingerprint(
          key == null ? file : key, attributes.size(), attributes.lastModifiedTime());
    }

    boolean isOverwrittenBy(Fingerprint now) {
      return inode.equals(now.inode) && !equals(now);
    }
  }

  private final long pid;
  private final Map<Path, Fingerprint> jars = new HashMap<>();
  private final @Nullable Path shell;
  private final MemoryLimit memory;

  /**
   * Notes how the jars are that the program was started from.
   *
   * @param pid this process
   * @param jars those of its class path
   * @param shell what a new process is started by; null where it is started without one
   * @param memory the limit for both processes
   */
  Refusals(long pid, List<Path> jars, @Nullable Path shell, MemoryLimit memory) throws IOException {
    this.pid = pid;
    this.shell = shell;
    this.memory = memory;
    for (Path jar : jars) {
      if (Files.isRegularFile(jar)) {
        this.jars.put(jar, Fingerprint.of(jar));
      }
    }
  }

  /** The class path's entries. */
  static List<Path> jarsOfThisProgram() {
    return Arrays.stream(System.getProperty("java.class.path", "").split(File.pathSeparator, -1))
        .filter(entry -> !entry.isEmpty())
        .map(Path::of)
        .toList();
  }

  /** Why there can be no other generation; empty if there can. */
  Optional<String> of(List<String> commandLine) throws IOException {
    if (pid == 1) {
      return Optional.of(
          "this is process 1 of its container, which ends with it; replace the container"
              + " instead");
    }
    for (String word : commandLine) {
      if (DEBUGGER.matcher(word).matches() && hasPort(DEBUGGER_PORT, word)) {
        return Optional.of(
            "the debugger has a port of its own ("
                + word
                + "), which two processes cannot share;"
                + " use address=0, or restart");
      }
      if (hasPort(JMX_PORT, word)) {
        return Optional.of(
            "JMX has a port of its own ("
                + word
                + "), which two processes cannot share; leave it"
                + " out, or restart");
      }
    }
    for (Map.Entry<Path, Fingerprint> jar : jars.entrySet()) {
      if (Files.exists(jar.getKey())
          && jar.getValue().isOverwrittenBy(Fingerprint.of(jar.getKey()))) {
        return Optional.of(
            jar.getKey()
                + " was overwritten in place while this process runs from it; rename the new one"
                + " over it, or switch a symbolic link, and restart this time");
      }
    }
    if (shell != null && !ShellSpawned.isPossible(shell)) {
      return Optional.of(
          "systemd stops a new process in order only if a shell has started it, and there is no "
              + shell
              + "; restart the program instead");
    }
    return memory.refusal();
  }

  private static boolean hasPort(Pattern port, String word) {
    var found = port.matcher(word);
    return found.find() && !found.group(1).matches("0+");
  }
}
