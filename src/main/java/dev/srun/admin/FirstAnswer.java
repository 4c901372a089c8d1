package dev.srun.admin;

import com.sun.net.httpserver.Headers;
import dev.srun.Context;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * What the first answer of a process would have to wait for, done beside the start: the JVM loads
 * its locales and time zones for the Date that jdk.httpserver puts into each, which takes longer
 * than all else of it.
 */
final class FirstAnswer implements Runnable {
  private FirstAnswer() {}

  /** Begins on a thread of the service; a start goes on without where there is none. */
  static void prepare(Context context) {
    try {
      context.threads().platform("first-answer").newThread(new FirstAnswer()).start();
    } catch (IllegalStateException | OutOfMemoryError noThread) {
      context.logger().log(Level.DEBUG, "the first answer is not prepared", noThread);
    }
  }

  @Override
  public void run() {
    new Headers()
        .set(
            "Date",
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss zzz", Locale.US)
                .withZone(ZoneId.of("GMT"))
                .format(Instant.now()));
  }
}
