package dev.srun;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Filter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the servers of jdk.httpserver from trying in an endless loop to accept a connection for
 * which there is no file descriptor. Such a server tries again at once, and between two tries does
 * nothing that others could hook into but log the failure at its finest level. So that level is
 * switched on while this is applied, and this filter, which is called by the thread that accepts,
 * lets it wait. Nothing more is logged than before.
 *
 * <p>The admin server does not wait: it gets a descriptor of the reserve. For the others the
 * reserve is filled first, so that it does not run dry by what the admin server has closed again.
 *
 * <p>Without effect where System.Logger does not lead to java.util.logging.
 */
final class AcceptBrake implements Descriptors.Brake, Filter {

  /**
   * 20 tries a second take some 2 % of a processor; a request on an open connection waits as long.
   */
  private static final long PAUSE_NANOS = Duration.ofMillis(50).toNanos();

  private static final String LOGGER = "com.sun.net.httpserver";

  /** What the threads are called that accept, each followed by the name of its listener. */
  private static final String DISPATCHER = "HTTP-Dispatcher";

  private final DescriptorReserve reserve;
  private final String privileged;
  private final Logger logger = Logger.getLogger(LOGGER);
  private volatile @Nullable Filter before;
  private volatile int lowestBefore;
  private @Nullable Level levelBefore;

  /**
   * Makes one that is not applied.
   *
   * @param reserve descriptors to be given away
   * @param listener the listener that they are given to
   */
  AcceptBrake(DescriptorReserve reserve, String listener) {
    this.reserve = reserve;
    this.privileged = DISPATCHER + " " + listener;
  }

  @Override
  public void apply() {
    before = logger.getFilter();
    levelBefore = logger.getLevel();
    lowestBefore = JulExitWatch.levelOf(logger).intValue();
    logger.setFilter(this);
    logger.setLevel(Level.FINER);
  }

  @Override
  public void release() {
    if (logger.getFilter() == this) {
      logger.setFilter(before);
    }
    if (Level.FINER.equals(logger.getLevel())) { // else somebody has set another one meanwhile
      logger.setLevel(levelBefore);
    }
  }

  @Override
  public boolean isLoggable(LogRecord record) {
    String thread = Thread.currentThread().getName();
    if (thread.startsWith(DISPATCHER) && isOutOfDescriptors(record.getThrown())) {
      if (!thread.equals(privileged) || !reserve.giveOne()) {
        LockSupport.parkNanos(this, PAUSE_NANOS);
        reserve.fill();
      }
    }
    Filter other = before;
    return record.getLevel().intValue() >= lowestBefore
        && (other == null || other.isLoggable(record));
  }

  private static boolean isOutOfDescriptors(@Nullable Throwable thrown) {
    return thrown instanceof IOException && !(thrown instanceof ClosedChannelException);
  }
}
