package dev.srun.upgrade;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;

/** Tells systemd how the program is, as sd_notify(3) has it. */
final class Systemd {
  static final String VARIABLE = "NOTIFY_SOCKET";
  private static final Duration LIMIT = Duration.ofSeconds(2);

  private final Kernel kernel;
  private final String socket;

  Systemd(Kernel kernel, Map<String, String> environment) {
    this.kernel = kernel;
    this.socket = environment.getOrDefault(VARIABLE, "");
  }

  /** Whether it wants to know. */
  static boolean isThere(Map<String, String> environment) {
    return !environment.getOrDefault(VARIABLE, "").isEmpty();
  }

  void ready(String status) throws IOException {
    kernel.notify(socket, "READY=1\nSTATUS=" + status, LIMIT);
  }

  /** The program is this process from now on. Waits until that is known: the next may end. */
  void isNow(long pid, String status) throws IOException {
    kernel.notify(socket, "MAINPID=" + pid + "\nSTATUS=" + status, LIMIT);
    kernel.notifyBarrier(socket, LIMIT);
  }

  void stopping() throws IOException {
    kernel.notify(socket, "STOPPING=1", LIMIT);
  }
}
