package dev.srun;

import java.io.InterruptedIOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * Something that user code has thrown, and what the thread that threw it knows of it: by that it is
 * decided whether the program has failed.
 *
 * @param failure the phase, the error and its text
 * @param inStop whether the service's stop had begun; of the setup, whether the program's was
 *     requested
 * @param endedWait whether a wait ended by it, since its thread was interrupted or what it waited
 *     at was closed: in a stop that is how most runs end
 */
record Thrown(Failure failure, boolean inStop, boolean endedWait) {

  /** What something that is thrown leads to. */
  enum Consequence {
    /** The program has failed: it is in {@link Exit#failures()} and decides the exit code. */
    FAILS,
    /** The service's health is UNHEALTHY; a first check that is critical fails the program. */
    IS_UNHEALTHY,
    /** A line at WARNING. */
    WARNS,
    /** A line at DEBUG. */
    IS_EXPECTED
  }

  /** How many causes are looked at; user code may have made a circle of them. */
  private static final int MOST_CAUSES = 16;

  /** As far as it is known without the error's own methods, which are user code. */
  static Thrown withoutText(Slot slot, Phase phase, Throwable error, boolean inStop) {
    boolean isPlainInterrupt = error.getClass() == InterruptedException.class;
    String text =
        isPlainInterrupt
            ? error.toString()
            : error.getClass().getName() + " (its text takes too long)";
    Failure failure = new Failure(slot.name(), phase, error, text);
    return new Thrown(failure, inStop, endsWait(error));
  }

  /** With the error's text, and with a look at its causes. */
  static Thrown of(Slot slot, Phase phase, Throwable error, boolean inStop) {
    return of(slot.name(), phase, error, inStop);
  }

  /** The same of what has no slot: the setup. */
  static Thrown of(String service, Phase phase, Throwable error, boolean inStop) {
    return new Thrown(Failures.of(service, phase, error), inStop, causeEndsWait(error));
  }

  /** Whether it is the same error of the same phase. */
  @SuppressWarnings("ReferenceEquality") // an exception is itself, whatever its equals says
  boolean isSame(Thrown other) {
    return failure.phase() == other.failure.phase() && failure.error() == other.failure.error();
  }

  /** Whether a wait ended by it, or by one of its causes. */
  static boolean causeEndsWait(Throwable error) {
    Throwable each = error;
    for (int i = 0; i < MOST_CAUSES && each != null; i++) {
      if (endsWait(each)) {
        return true;
      }
      each = causeOf(each);
    }
    return false;
  }

  private static @Nullable Throwable causeOf(Throwable error) {
    try {
      return error.getCause();
    } catch (Throwable e) {
      return null; // its text fails by the same and says so
    }
  }

  private static boolean endsWait(Throwable error) {
    return error instanceof InterruptedException
        || (error instanceof InterruptedIOException && !(error instanceof SocketTimeoutException))
        || error instanceof ClosedChannelException
        || error instanceof ClosedSelectorException
        || error instanceof CancellationException
        || isClosedSocket(error);
  }

  /** As the sockets of the JDK say it, which have no type for it. */
  private static boolean isClosedSocket(Throwable error) {
    if (error.getClass() != SocketException.class) {
      return false;
    }
    String message = error.getMessage();
    return "Socket closed".equals(message)
        || "Socket is closed".equals(message)
        || "Closed by interrupt".equals(message);
  }

  /**
   * Decides what it leads to; README has the table.
   *
   * @param interrupted whether the runner had interrupted the phase because its time was over
   * @param halfStarted whether the stop had interrupted the start of the service
   */
  Consequence leadsTo(boolean interrupted, boolean halfStarted) {
    return switch (failure.phase()) {
      case SETUP -> inStop && endedWait ? Consequence.IS_EXPECTED : Consequence.FAILS;
      case INIT, READY -> inStop ? withoutFailure(endedWait) : Consequence.FAILS;
      case RUN -> inStop && endedWait ? Consequence.IS_EXPECTED : Consequence.FAILS;
      case WARM_UP -> withoutFailure(endedWait && (inStop || interrupted));
      case CHECK -> inStop ? Consequence.IS_EXPECTED : Consequence.IS_UNHEALTHY;
      case STOP ->
          halfStarted ? withoutFailure(interrupted && endedWait) : failsUnless(interrupted);
      case DRAIN, CLOSE -> failsUnless(interrupted);
    };
  }

  private Consequence failsUnless(boolean interrupted) {
    return interrupted && endedWait ? Consequence.IS_EXPECTED : Consequence.FAILS;
  }

  private static Consequence withoutFailure(boolean expected) {
    return expected ? Consequence.IS_EXPECTED : Consequence.WARNS;
  }
}
