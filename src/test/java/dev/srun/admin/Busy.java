package dev.srun.admin;

import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;

/** Work to be found in profiles, on a platform thread and on a virtual one. */
final class Busy {
  private volatile boolean over;
  private final AtomicReference<byte[]> result = new AtomicReference<>(new byte[0]);

  private Busy() {}

  /** Does something while it works. */
  static <T> T during(Callable<T> call) throws Exception {
    Busy busy = new Busy();
    Thread platform = Thread.ofPlatform().daemon().start(busy::onPlatformThread);
    Thread virtual = Thread.ofVirtual().start(busy::onVirtualThread);
    try {
      return call.call();
    } finally {
      busy.over = true;
      platform.join();
      virtual.join();
    }
  }

  private void onPlatformThread() {
    while (!over) {
      work();
    }
  }

  private void onVirtualThread() {
    while (!over) {
      work();
    }
  }

  private void work() {
    double sum = 0;
    for (int i = 1; i < 100_000; i++) {
      sum += Math.sqrt(i) / i;
    }
    byte[] bytes = new byte[10_000];
    bytes[0] = (byte) sum;
    result.set(bytes);
  }
}
