package dev.srun.bench.programs.srun;

import dev.srun.Srun;

/** The smallest program with srun: one task. */
public final class SrunMain {
  private SrunMain() {}

  /** Says hello. */
  public static void main(String[] args) {
    Srun.runOrExit("hello", app -> app.main("hello", ctx -> System.out.println("hello")));
  }
}
