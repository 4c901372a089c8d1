package dev.srun;

import java.io.Closeable;
import java.io.FileInputStream;
import java.io.IOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * File descriptors that are kept open so that some can be closed when the process has none left:
 * the admin server then accepts a probe, and the log says what holds the others. Used by the
 * watchdog and by the threads that accept connections.
 */
final class DescriptorReserve {

  /** For so many probes at a time, and one to read what is open. */
  static final int SIZE = 8;

  /** Opens something that costs nothing but its descriptor. */
  @FunctionalInterface
  interface Opener {
    Closeable open() throws IOException;
  }

  /** What a reserve consists of on the real machine. */
  static final class NullDevice implements Opener {
    static final String PATH = "/dev/null";

    @Override
    public Closeable open() throws IOException {
      return new FileInputStream(PATH);
    }
  }

  private final Opener opener;
  private final BlockingQueue<Closeable> kept = new ArrayBlockingQueue<>(SIZE);
  private volatile boolean closed;

  DescriptorReserve(Opener opener) {
    this.opener = opener;
  }

  /**
   * Opens what is missing, and one more to see whether there is another.
   *
   * @return null if it could; else why not
   */
  @Nullable IOException fill() {
    try {
      boolean isKept = true;
      while (isKept && !closed) {
        Closeable opened = opener.open();
        isKept = kept.offer(opened);
        if (!isKept) {
          opened.close();
        }
      }
      if (closed) {
        closeAll(); // what was opened while another thread closed this
      }
      return null;
    } catch (IOException e) {
      return e;
    }
  }

  /** Closes one, so that the next open gets its descriptor; false if none is kept. */
  boolean giveOne() {
    Closeable one = kept.poll();
    if (one == null) {
      return false;
    }
    try {
      one.close();
    } catch (IOException e) {
      return false; // never seen: the device does nothing when it is closed
    }
    return true;
  }

  /** Closes all of them for good. */
  void close() {
    closed = true;
    closeAll();
  }

  private void closeAll() {
    while (!kept.isEmpty()) {
      giveOne();
    }
  }
}
