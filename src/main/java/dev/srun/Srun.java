package dev.srun;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Where a {@code main()} begins: runs a program's services in order, watches them, and stops them
 * in reverse.
 *
 * <p>All three forms take the same setup. Each resolves the configuration, calls the setup on the
 * calling thread, installs handlers for TERM, INT and HUP and a shutdown hook (for the first
 * program of a JVM), and starts what was registered. The calling thread waits; it is what keeps the
 * JVM alive.
 */
public final class Srun {

  private Srun() {}

  /**
   * Runs a program to its end and ends the process with its exit code. The only method of srun that
   * ends the process. Where the program configured no logging of its own, srun writes the log to
   * stderr.
   *
   * <p>The process ends within the grace and half a second from the moment a stop was asked for,
   * whatever shutdown hooks of others do.
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
    Launch launch =
        new Launch(new JvmHost(), console.log(), Runtime.getRuntime()::halt, console::configure);
    Exit exit = launch.run(config, setup);
    console.close();
    console.log().flush();
    exitProcess(config, exit);
  }

  /**
   * Runs a program to its end. Never ends the process.
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
    return Launch.embedded(new JvmHost()).run(config, setup);
  }

  /**
   * Starts a program and returns when every service is RUNNING; for tests and for programs inside
   * programs.
   *
   * @param config the configuration
   * @param setup registers its services
   * @return the program, to be stopped by closing it
   * @throws StartFailedException if it ended before every service was RUNNING; what had started is
   *     stopped. An interrupt of the calling thread has the same effect and is kept
   * @throws MisconfiguredException if the configuration was refused
   */
  public static Running start(Config config, Setup setup) {
    Program program = Launch.embedded(new JvmHost()).start(config, setup);
    try {
      if (program.awaitUp()) {
        return program;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      program.stop("interrupted");
    }
    throw new StartFailedException(program.awaitOrStop());
  }

  /** Exits in order, and halts where the order is held up by someone else's shutdown hook. */
  private static void exitProcess(Config config, Exit exit) {
    Duration left = Duration.ofMillis(500);
    long haltAt = System.nanoTime() + left.toNanos();
    Thread.ofPlatform()
        .name("srun-halt")
        .daemon()
        .start(() -> {
          for (long wait = left.toNanos(); wait > 0; wait = haltAt - System.nanoTime()) {
            LockSupport.parkNanos(wait);
          }
          Runtime.getRuntime().halt(exit.code());
        });
    System.exit(exit.code());
  }
}
