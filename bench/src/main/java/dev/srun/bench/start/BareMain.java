package dev.srun.bench.start;

/** What the JVM costs. */
public final class BareMain {
  private BareMain() {}

  /** Says hello. */
  public static void main(String[] args) {
    System.out.println("hello");
  }
}
