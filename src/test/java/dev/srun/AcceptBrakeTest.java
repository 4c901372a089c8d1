package dev.srun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Slows down servers of the JDK by way of their log, and leaves that as it was. */
@ResourceLock("com.sun.net.httpserver")
final class AcceptBrakeTest {
  private static final Logger LOGGER = Logger.getLogger("com.sun.net.httpserver");

  private final AtomicInteger open = new AtomicInteger();
  private final DescriptorReserve reserve =
      new DescriptorReserve(() -> {
        open.incrementAndGet();
        return open::decrementAndGet;
      });
  private final AcceptBrake brake = new AcceptBrake(reserve, "admin");

  /** What a thread of that name does when it logs a failure; true if that is written. */
  private boolean logs(String thread, Level level, Throwable failure) {
    LogRecord record = new LogRecord(level, "Dispatcher (4)");
    record.setThrown(failure);
    CompletableFuture<Boolean> written = new CompletableFuture<>();
    Thread.ofPlatform().name(thread).start(() -> written.complete(brake.isLoggable(record)));
    return written.join();
  }

  private static IOException noneLeft() {
    return new IOException("Too many open files");
  }

  @Test
  void theServerOfTheAdminPortIsGivenOneOfTheReserveAndNobodyElse() {
    reserve.fill();
    brake.apply();
    try {
      assertFalse(logs("HTTP-Dispatcher admin", Level.FINER, noneLeft()));
      assertEquals(DescriptorReserve.SIZE - 1, open.get());
      assertFalse(logs("client", Level.FINER, noneLeft()));
      assertFalse(logs("HTTP-Dispatcher admin", Level.FINER, new ClosedChannelException()));
      assertEquals(DescriptorReserve.SIZE - 1, open.get());
      long begin = System.nanoTime();
      assertFalse(logs("HTTP-Dispatcher", Level.FINER, noneLeft())); // what was closed is kept
      assertTrue(System.nanoTime() - begin > 40_000_000);
      assertEquals(DescriptorReserve.SIZE, open.get());
    } finally {
      brake.release();
      reserve.close();
    }
  }

  @Test
  void theLogIsWhatItWasAndAfterwardsSoAreItsLevelAndFilter() {
    LOGGER.setLevel(Level.WARNING);
    LOGGER.setFilter(record -> !record.getMessage().equals("unwanted"));
    var filter = LOGGER.getFilter();
    try {
      brake.apply();
      assertTrue(LOGGER.isLoggable(Level.FINER));
      assertFalse(logs("main", Level.INFO, noneLeft()));
      assertTrue(logs("main", Level.WARNING, noneLeft()));
      assertFalse(brake.isLoggable(new LogRecord(Level.WARNING, "unwanted")));
      brake.release();
      assertEquals(Level.WARNING, LOGGER.getLevel());
      assertEquals(filter, LOGGER.getFilter());
    } finally {
      LOGGER.setLevel(null);
      LOGGER.setFilter(null);
    }
  }
}
