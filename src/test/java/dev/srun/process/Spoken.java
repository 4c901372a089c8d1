package dev.srun.process;

import dev.srun.Context;
import dev.srun.Service;

/** A service that says on stdout which of its phases is called. */
class Spoken implements Service {

  @Override
  public void init(Context ctx) throws Exception {
    say(ctx, "init");
  }

  @Override
  public void run(Context ctx) throws Exception {
    say(ctx, "run");
  }

  @Override
  public void stop(Context ctx) throws Exception {
    say(ctx, "stop");
  }

  static void say(Context ctx, String what) {
    System.out.println(ctx.name() + " " + what);
  }
}
