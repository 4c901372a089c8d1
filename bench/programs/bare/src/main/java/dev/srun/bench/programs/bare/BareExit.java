package dev.srun.bench.programs.bare;

/** The smallest program that ends by itself and says with which status. */
public final class BareExit {
  private BareExit() {}

  /** Says hello. */
  public static void main(String[] args) {
    System.out.println("hello");
    System.exit(0);
  }
}
