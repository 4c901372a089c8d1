package dev.srun.upgrade;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A new process that runs in the foreground of a shell, which waits for it and exits as it does.
 * When that shell is ended, the system gives the new process to the nearest supervisor above it:
 * the one that had started the old process. A process cannot be given away otherwise, and systemd
 * stops a main process that is not its own child by SIGKILL (service_set_main_pidref in its
 * service.c).
 */
final class ShellSpawned implements Spawned {

  /** Where every system has one that has one at all. */
  static final Path SHELL = Path.of("/bin/sh");

  /** Tells a process that {@link Rendezvous#VARIABLE} is meant for it, as LISTEN_PID does. */
  static final String PID_VARIABLE = "SRUN_UPGRADE_PID";

  /**
   * The shell that waits. It has no part in signals for the whole process group or cgroup, and
   * hands on no other disposition than it has: a command in the background would ignore INT.
   */
  private static final String WAIT =
      "trap : HUP INT TERM; first=$1; shift; " + SHELL + " -c \"$first\" sh \"$@\"; exit $?";

  /** The shell that becomes the new process. */
  private static final String BECOME =
      PID_VARIABLE + "=$$; export " + PID_VARIABLE + "; exec \"$@\"";

  /** How long a shell may take to start another one, and to be ended. */
  private static final Duration LIMIT = Duration.ofSeconds(5);

  private static final long LOOK_NANOS = 1_000_000;

  private final Process shell;
  private final Inner process;

  private ShellSpawned(Process shell, Inner process) {
    this.shell = shell;
    this.process = process;
  }

  /** Whether there is a shell. */
  static boolean isPossible(Path shell) {
    return Files.isExecutable(shell);
  }

  /**
   * Starts a process behind a shell.
   *
   * @param builder what would start it without one
   */
  static ShellSpawned start(ProcessBuilder builder) throws IOException {
    List<String> command = new ArrayList<>();
    command.addAll(List.of(SHELL.toString(), "-c", WAIT, "sh", BECOME));
    command.addAll(builder.command());
    Process shell = builder.command(command).start();
    ProcessHandle inner = inner(shell);
    return new ShellSpawned(shell, new Inner(shell, inner, OtherProcess.of(inner.pid())));
  }

  /** The shell itself where it has ended already, and with it what it had started. */
  private static ProcessHandle inner(Process shell) throws IOException {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (shell.isAlive()) {
      Optional<ProcessHandle> child = shell.children().findFirst();
      if (child.isPresent()) {
        return child.get();
      }
      if (System.nanoTime() - end > 0 || Thread.currentThread().isInterrupted()) {
        shell.destroyForcibly();
        throw new IOException(SHELL + " (pid " + shell.pid() + ") has not started it");
      }
      LockSupport.parkNanos(shell, LOOK_NANOS);
    }
    return shell.toHandle();
  }

  @Override
  public Process process() {
    return process;
  }

  @Override
  public void leaveToSupervisor() throws IOException {
    shell.destroyForcibly();
    try {
      if (!shell.waitFor(LIMIT.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new IOException(SHELL + " (pid " + shell.pid() + ") cannot be ended");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while " + SHELL + " ended", e);
    }
    long parent = process.other.parent();
    long own = OtherProcess.of(ProcessHandle.current().pid()).parent();
    if (parent != 0 && parent != own) {
      throw new IOException(
          "pid "
              + process.pid()
              + " is now a child of pid "
              + parent
              + ", not of pid "
              + own
              + ", which supervises this process");
    }
  }

  /** The new process, whose exit code comes through the shell as long as that lives. */
  private static final class Inner extends Process {
    private final Process shell;
    private final ProcessHandle handle;
    private final OtherProcess other;

    Inner(Process shell, ProcessHandle handle, OtherProcess other) {
      this.shell = shell;
      this.handle = handle;
      this.other = other;
    }

    @Override
    public long pid() {
      return handle.pid();
    }

    @Override
    public ProcessHandle toHandle() {
      return handle;
    }

    @Override
    public boolean isAlive() {
      return shell.isAlive() || !other.isGone();
    }

    @Override
    public boolean waitFor(long timeout, TimeUnit unit) throws InterruptedException {
      long end = System.nanoTime() + unit.toNanos(timeout);
      return shell.waitFor(timeout, unit)
          && other.awaitEnd(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
    }

    @Override
    public int waitFor() throws InterruptedException {
      int code = shell.waitFor();
      while (!other.awaitEnd(LIMIT)) {
        // The shell alone was ended.
      }
      return code;
    }

    /** The new process's, or the shell's own where that was ended before. */
    @Override
    public int exitValue() {
      if (isAlive()) {
        throw new IllegalThreadStateException("pid " + pid() + " has not exited");
      }
      return shell.exitValue();
    }

    @Override
    public void destroy() {
      handle.destroy();
    }

    @Override
    public Process destroyForcibly() {
      handle.destroyForcibly();
      return this;
    }

    @Override
    public OutputStream getOutputStream() {
      return shell.getOutputStream();
    }

    @Override
    public InputStream getInputStream() {
      return shell.getInputStream();
    }

    @Override
    public InputStream getErrorStream() {
      return shell.getErrorStream();
    }
  }
}
