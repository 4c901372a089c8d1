package dev.srun;

/**
 * Something that went wrong in a phase of a service.
 *
 * @param service the service's name; {@code srun} for the program's setup and the runner itself
 * @param phase the phase in which it happened; where the limit of a stop has passed, the one that
 *     had not ended
 * @param error what was thrown; a {@link java.util.concurrent.TimeoutException} for a phase that
 *     passed its limit
 * @param stackTrace the error as text, made on the thread that threw it
 */
public record Failure(String service, Phase phase, Throwable error, String stackTrace) {

  /** Returns service, phase, the first line of the error and its root cause, in one line. */
  @Override
  public String toString() {
    return (isOurs() ? "" : service + ": ") + phase + ": " + why();
  }

  /** The first line of the error and its root cause, in one line. */
  String why() {
    String first = stackTrace.lines().findFirst().orElse("");
    String root =
        stackTrace
            .lines()
            .filter(line -> line.startsWith("Caused by: "))
            .reduce((earlier, later) -> later)
            .map(line -> " (" + line.replaceFirst("C", "c") + ")")
            .orElse("");
    return first + root;
  }

  /** What failed, without why. */
  String headline() {
    return isOurs() ? phase + " failed" : phase + " of " + service + " failed";
  }

  private boolean isOurs() {
    return service.equals("srun");
  }
}
