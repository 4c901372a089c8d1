package dev.srun;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a service left behind: a thread of its own that is still alive, or something owned that was
 * not closed.
 *
 * @param service the service's name; {@link #UNATTRIBUTED} for a thread that no service is known to
 *     have started
 * @param what the thread's name or the owned thing's class
 * @param createdAt where it was started or handed over, as a stack frame; empty where that is not
 *     known
 * @param why where the thread stands, what its close has thrown, or why it was not called
 */
public record Leak(String service, String what, String createdAt, String why) {

  /** Stands for the service where none is known. */
  public static final String UNATTRIBUTED = "(unattributed)";

  static Leak ofThread(String service, Thread thread, @Nullable StackTraceElement createdAt) {
    ThreadSnapshot stuck = ThreadSnapshot.of(thread);
    Optional<StackTraceElement> own = stuck.ownFrame();
    String where = own.isPresent() ? ", at " + own.get() : "";
    return new Leak(
        service,
        "thread " + stuck.name(),
        Frames.text(createdAt),
        "alive, " + stuck.state() + where);
  }

  /** Returns everything in one line. */
  @Override
  public String toString() {
    String created = createdAt.isEmpty() ? "" : ", created at " + createdAt;
    return service + ": " + what + created + ": " + why;
  }
}
