package dev.srun;

/**
 * A request, message or job in flight, from {@link Context#work()} until it is closed. Any thread
 * may close it.
 */
public interface Work extends AutoCloseable {

  /** Ends it; without effect the second time. */
  @Override
  void close();
}
