package dev.srun;

import java.time.Duration;

/**
 * Where a {@code main()} begins: runs a program's services in order, watches them, and stops them
 * in reverse.
 *
 * <p>All three forms take the same setup. Each resolves the configuration, installs handlers for
 * TERM, INT and HUP and a shutdown hook (for the first program of a JVM), calls the setup on the
 * calling thread, and starts what was registered. The calling thread waits; it is what keeps the
 * JVM alive.
 *
 * <p>A signal that comes while the setup goes on interrupts the calling thread, once. When the
 * setup has returned, or has thrown because of that, nothing is started, what it {@linkplain
 * Registrar#own owns} is closed, and the exit is that of an ordered stop: 0, or 128 and the
 * signal's number where a main task was registered by then. The calling thread has the interrupt
 * status afterwards that it had before.
 */
public final class Srun {

  /** What a log that nobody reads may hold up the end of the process. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(1);

  private Srun() {}

  /**
   * Runs a program to its end and ends the process with its exit code. The only method of srun that
   * ends the process. Where the program configured no logging of its own, srun writes the log to
   * stderr.
   *
   * <p>The process ends within the grace and half a second from the moment a stop was asked for,
   * whatever shutdown hooks of others do, and whether or not the setup returns.
   *
   * @param program the program's name
   * @param setup registers its services
   */
  public static void runOrExit(String program, Setup setup) {
    runOrExit(Config.named(program), setup);
  }

  /**
   * Runs a program to its end and ends the process with its exit code, as {@link #runOrExit(String,
   * Setup)}.
   *
   * @param config the configuration
   * @param setup registers its services
   */
  public static void runOrExit(Config config, Setup setup) {
    Console console = new Console();
    Launch launch = new Launch(new JvmHost(), console.log(), console, true);
    try {
      Program program = launch.start(config, setup);
      Exit exit = program.awaitOrStop();
      console.log().flush(LAST_WORDS);
      program.endsProcess();
      System.exit(exit.code()); // the watchdog halts where this does not end
    } catch (MisconfiguredException e) {
      System.exit(launch.refused(config, e).code());
    }
  }

  /**
   * Runs a program to its end. Never ends the process: the caller, who gets the exit, does.
   *
   * <p>It cannot return before the setup does. Where the setup ignores the interrupt of a signal,
   * whatever handled that signal before is given it half a second after the grace, or with the
   * third signal; in most programs that ends the JVM.
   *
   * @param program the program's name
   * @param setup registers its services
   * @return how it ended; within the grace and half a second from the moment a stop was asked for
   */
  public static Exit run(String program, Setup setup) {
    return run(Config.named(program), setup);
  }

  /**
   * Runs a program to its end, as {@link #run(String, Setup)}. An interrupt of the calling thread
   * asks the program to stop and is kept.
   *
   * @param config the configuration
   * @param setup registers its services
   * @return how it ended
   */
  public static Exit run(Config config, Setup setup) {
    Launch launch = Launch.embedded(new JvmHost());
    try {
      return launch.start(config, setup).awaitOrStop();
    } catch (MisconfiguredException e) {
      return launch.refused(config, e);
    }
  }

  /**
   * Starts a program and returns when every service is RUNNING; for tests and for programs inside
   * programs.
   *
   * <p>A signal stops the program in order. Then whatever handled that signal before is given it;
   * the JVM's own handlers end the process with 128 and the signal's number. That does not happen
   * where a thread waits for the end when it comes ({@link Running#await()}, {@link
   * Running#close}): it gets the exit and decides what comes next. What this method throws is such
   * an exit too.
   *
   * @param config the configuration
   * @param setup registers its services
   * @return the program, to be stopped by closing it
   * @throws StartFailedException if its configuration was refused, or if it ended before every
   *     service was RUNNING; what had started is stopped. An interrupt of the calling thread has
   *     the same effect and is kept
   */
  public static Running start(Config config, Setup setup) {
    Launch launch = Launch.embedded(new JvmHost());
    Program program;
    try {
      program = launch.start(config, setup);
    } catch (MisconfiguredException e) {
      throw new StartFailedException(launch.refused(config, e));
    }
    try {
      if (program.awaitUp()) {
        program.starterReturns();
        return program;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      program.stop("interrupted");
    }
    throw new StartFailedException(program.awaitOrStop());
  }
}
