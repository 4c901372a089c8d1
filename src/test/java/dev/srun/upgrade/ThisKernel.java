package dev.srun.upgrade;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;

/** The kernel of the JVM that runs the test, and what the system itself says of this process. */
final class ThisKernel {
  static final boolean ON_ARM = System.getProperty("os.arch", "").equals("aarch64");

  static final int O_CLOEXEC = 02000000;
  private static final int O_NONBLOCK = 04000;

  private ThisKernel() {}

  static boolean isThere() {
    return Runtime.version().feature() >= 25 || previewIsOn();
  }

  static boolean previewIsOn() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().contains("--enable-preview");
  }

  static Kernel kernel() {
    return Objects.requireNonNull(Kernel.find().kernel(), () -> Kernel.find().whyNot());
  }

  static SystemCalls system() {
    return new SystemCalls(syscalls(), ON_ARM);
  }

  static Syscalls syscalls() {
    String adapter = Runtime.version().feature() == 21 ? "Syscalls21" : "Syscalls25";
    try {
      return Class.forName("dev.srun.upgrade." + adapter)
          .asSubclass(Syscalls.class)
          .getDeclaredConstructor()
          .newInstance();
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(adapter, e);
    }
  }

  static int openFds() {
    return Objects.requireNonNull(new File("/proc/self/fd").list()).length;
  }

  static boolean isOpen(int fd) {
    return Files.exists(Path.of("/proc/self/fdinfo/" + fd));
  }

  static boolean closesOnExec(int fd) throws IOException {
    return (flags(fd) & O_CLOEXEC) != 0;
  }

  static boolean isNonBlocking(int fd) throws IOException {
    return (flags(fd) & O_NONBLOCK) != 0;
  }

  private static int flags(int fd) throws IOException {
    String flags =
        Files.readAllLines(Path.of("/proc/self/fdinfo/" + fd)).stream()
            .filter(line -> line.startsWith("flags:"))
            .findFirst()
            .orElseThrow();
    return Integer.parseInt(flags.substring("flags:".length()).strip(), 8);
  }

  /** What every open file descriptor is, to be compared. */
  static String listing() throws IOException {
    StringBuilder text = new StringBuilder();
    String[] fds = Objects.requireNonNull(new File("/proc/self/fd").list());
    Arrays.sort(fds);
    for (String fd : fds) {
      Path link = Path.of("/proc/self/fd", fd);
      text.append(fd).append(' ');
      text.append(Files.isSymbolicLink(link) ? Files.readSymbolicLink(link) : "-").append('\n');
    }
    return text.toString();
  }
}
