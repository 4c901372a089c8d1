package dev.srun;

import java.io.FileInputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/** The machine as the JVM shows it. */
final class JvmHost implements Host {
  private final ProgramThreads threads = new ProgramThreads();

  @Override
  public ProgramThreads threads() {
    return threads;
  }

  @Override
  public Map<String, String> environment() {
    return System.getenv();
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public Instant now() {
    return Instant.now();
  }

  @Override
  public <T> Mailbox<T> openMailbox() {
    return new ParkingMailbox<>();
  }

  @Override
  public <T> BlockingQueue<T> openQueue(int capacity) {
    return new ArrayBlockingQueue<>(capacity);
  }

  @Override
  public TaskScope openScope() {
    return TaskScope.open(threads);
  }

  @Override
  public Alarm startWatchdog(Watched program) {
    return WatchdogThread.start(program);
  }

  @Override
  public Thread startThread(String name, boolean platform, Runnable body) {
    return threads.start(name, platform, body);
  }

  @Override
  public Signals signals() {
    return new JvmSignals();
  }

  /** POSIX: this name stands for the controlling terminal, and opens only where there is one. */
  @Override
  public boolean hasTerminal() {
    try (FileInputStream terminal = new FileInputStream("/dev/tty")) {
      return terminal.getFD().valid();
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public boolean listensBesides(Set<Integer> ports) {
    return PortHolder.onThisSystem().listensBesides(ports);
  }

  @Override
  public void halt(int code) {
    Runtime.getRuntime().halt(code);
  }
}
