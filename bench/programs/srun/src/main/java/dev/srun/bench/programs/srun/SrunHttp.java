package dev.srun.bench.programs.srun;

import dev.srun.Srun;

/** One service that serves a page, with the admin server, health and Prometheus on. */
public final class SrunHttp {
  private SrunHttp() {}

  /** Serves until it is told to stop: the page on the second port that is given. */
  public static void main(String[] args) {
    int port = Integer.parseInt(args[1]);
    Srun.runOrExit("hello", app -> app.service("hello", new Hello(port)));
  }
}
