package dev.srun;

import java.time.Instant;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedTransferQueue;

/** The machine as the JVM shows it. */
final class JvmHost implements Host {

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
  public <T> BlockingQueue<T> openQueue() {
    return new LinkedTransferQueue<>();
  }

  @Override
  public TaskScope openScope() {
    return TaskScope.open();
  }

  @Override
  public Alarm startAlarm(Runnable ring) {
    return AlarmThread.start(ring);
  }

  @Override
  public Thread startThread(String name, Runnable body) {
    return Thread.ofVirtual().name(name).start(body);
  }

  @Override
  public Signals signals() {
    return new JvmSignals();
  }

  @Override
  public void halt(int code) {
    Runtime.getRuntime().halt(code);
  }
}
