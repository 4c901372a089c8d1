package dev.srun.bench.programs.bare;

/** What the JVM costs. */
public final class BareMain {
  private BareMain() {}

  /** Says hello. */
  public static void main(String[] args) {
    System.out.println("hello");
  }
}
