package dev.srun.upgrade;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who else is told which process serves: the PID file and systemd. What fails is logged. */
final class Notices {
  private final @Nullable PidFile pidFile;
  private final Map<String, String> environment;
  private final Connection.KernelSource kernel;
  private final Logger logger;

  Notices(
      @Nullable Path pidFile,
      Map<String, String> environment,
      Connection.KernelSource kernel,
      Logger logger) {
    this.pidFile = pidFile == null ? null : new PidFile(pidFile, ProcessHandle.current().pid());
    this.environment = environment;
    this.kernel = kernel;
    this.logger = logger;
  }

  /** The program was started, and this process serves. */
  void firstServes() {
    serves();
    tellSystemd(systemd -> systemd.ready("generation 1 serves"));
  }

  /** This process serves, as systemd knows or will be told by its parent. */
  void serves() {
    try {
      if (pidFile != null) {
        pidFile.write();
      }
    } catch (IOException e) {
      logger.log(Level.WARNING, "the PID file cannot be written: " + e);
    }
  }

  /** Another process is the program from now on. */
  void isReplaced(long by, String how) {
    tellSystemd(systemd -> systemd.isNow(by, how));
  }

  /** The program stops. */
  void stops() {
    tellSystemd(Systemd::stopping);
  }

  /** This process ends. */
  void ends() {
    try {
      if (pidFile != null) {
        pidFile.remove();
      }
    } catch (IOException e) {
      logger.log(Level.WARNING, "the PID file cannot be removed: " + e);
    }
  }

  private interface Notice {
    void giveTo(Systemd systemd) throws IOException;
  }

  private void tellSystemd(Notice notice) {
    try {
      if (Systemd.isThere(environment)) {
        notice.giveTo(new Systemd(kernel.get(), environment));
      }
    } catch (IOException e) {
      logger.log(Level.WARNING, "systemd cannot be told: " + e.getMessage());
    }
  }
}
