package dev.srun.bench.programs.srun;

import dev.srun.Config;
import dev.srun.Context;
import dev.srun.Service;
import dev.srun.Srun;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** {@link SrunHttp} with a service more, whose stop never ends, and a grace of 2 s. */
public final class SrunStraggler {
  private SrunStraggler() {}

  /** Serves until it is told to stop: the page on the second port that is given. */
  public static void main(String[] args) {
    int port = Integer.parseInt(args[1]);
    Srun.runOrExit(
        Config.named("straggler").grace(Duration.ofSeconds(2)),
        app -> {
          app.service("hello", new Hello(port));
          app.service("straggler", new Straggler());
        });
  }

  private static final class Straggler implements Service {
    @Override
    public void run(Context ctx) {}

    @Override
    public void stop(Context ctx) {
      while (true) {
        Thread.interrupted(); // or it would be a loop that keeps a processor busy
        LockSupport.park(this);
      }
    }
  }
}
