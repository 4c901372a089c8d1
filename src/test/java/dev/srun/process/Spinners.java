package dev.srun.process;

import dev.srun.Context;
import dev.srun.Exit;
import dev.srun.Registrar;
import dev.srun.Runner;
import dev.srun.Service;
import dev.srun.Srun;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;

/**
 * Programs between whose database and api are more endless loops than there are carriers of virtual
 * threads, so that no other virtual thread ever runs again.
 */
final class Spinners {

  /** Where the loops are. */
  enum Place {
    /** In the run of services, once every service is running. */
    RUN,
    STOP,
    /** In the init of a group. */
    INIT,
    /** In threads that one service has started. */
    THREADS
  }

  static final String HELD = "every carrier is held";

  private final Place place;
  private final int count;
  private final CountDownLatch held;
  private final CompletableFuture<Runner> runner = new CompletableFuture<>();

  private Spinners(String place, String carriers) {
    this.place = Place.valueOf(place);
    this.count = Integer.parseInt(carriers) + 2;
    this.held = new CountDownLatch(Integer.parseInt(carriers));
    Thread.ofPlatform().daemon().start(() -> sayWhenHeld("", () -> {}));
  }

  static String[] arguments(Place place, int carriers) {
    return new String[] {place.name(), String.valueOf(carriers)};
  }

  /** A process that ends with its program. */
  static final class Owned {
    public static void main(String[] args) {
      Spinners spinners = new Spinners(args[0], args[1]);
      Srun.runOrExit("held", spinners::register);
    }
  }

  /** Asks for a stop itself, and says how long it took until run returned. */
  static final class Embedded {
    public static void main(String[] args) {
      Spinners spinners = new Spinners(args[0], args[1]);
      CompletableFuture<Long> asked = new CompletableFuture<>();
      Thread.ofPlatform()
          .daemon()
          .start(() ->
              spinners.sayWhenHeld(
                  "asks",
                  () -> {
                    asked.complete(System.nanoTime());
                    spinners.runner.join().stop("enough");
                  }));
      Exit exit = Srun.run("held", spinners::register);
      long millis = Duration.ofNanos(System.nanoTime() - asked.join()).toMillis();
      System.out.println("returned " + exit.code() + " after " + millis);
    }
  }

  /** Its main task, which has a thread of its own, completes when every carrier is held. */
  static final class WithAMainTask {
    public static void main(String[] args) {
      Spinners spinners = new Spinners(args[0], args[1]);
      Srun.runOrExit(
          "held",
          app -> {
            spinners.register(app);
            app.main("work", ctx -> spinners.held.await()).onPlatformThread();
          });
    }
  }

  private void sayWhenHeld(String what, Runnable then) {
    try {
      held.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    System.out.println(HELD + what);
    then.run();
  }

  private void register(Registrar app) {
    app.service(
        "database",
        new Spoken() {
          @Override
          public void init(Context ctx) throws Exception {
            super.init(ctx);
            runner.complete(ctx.runner());
          }
        });
    switch (place) {
      case RUN, STOP ->
          IntStream.range(0, count).forEach(i -> app.service("spinner" + i, new Spinner()));
      case INIT ->
          app.group(group ->
              IntStream.range(0, count).forEach(i -> group.service("spinner" + i, new Spinner())));
      case THREADS -> app.service("spinner0", new Spinner());
    }
    app.service("api", new Spoken());
  }

  private final class Spinner implements Service {
    @Override
    public void init(Context ctx) {
      if (place == Place.INIT) {
        spin();
      }
    }

    @Override
    public void run(Context ctx) throws Exception {
      ctx.ready();
      awaitUp(ctx);
      if (place == Place.RUN) {
        spin();
      } else if (place == Place.THREADS) {
        IntStream.range(0, count).forEach(i -> ctx.threads().start("loop" + i, c -> spin()));
      }
    }

    @Override
    public void stop(Context ctx) throws Exception {
      Spoken.say(ctx, "stop");
      if (place == Place.STOP) {
        spin();
      }
      ctx.interruptRun();
    }

    private static void awaitUp(Context ctx) throws InterruptedException {
      while (!ctx.runner().status().ready()) {
        Thread.sleep(Duration.ofMillis(5));
      }
    }
  }

  private void spin() {
    held.countDown();
    while (true) {}
  }
}
