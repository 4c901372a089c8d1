package dev.srun.admin;

/** What a profile is made of. */
enum Sampling {
  /** Samples that the kernel's clock of each thread asks for, native code included. */
  CPU_TIME(32),
  /** Samples of a few running threads at a time, where the JVM has nothing better. */
  EXECUTION(32),
  ALLOCATION(32),
  /** All that the JDK deems right for a profile. */
  EVERYTHING(128);

  /** The recorder begins a new chunk after so much, and gives up whole chunks only. */
  private static final int LARGEST_CHUNK = 12;

  private final int megabytes;

  Sampling(int megabytes) {
    this.megabytes = megabytes;
  }

  /** How many bytes of a recording are kept; older ones are given up. */
  long keptBytes() {
    return megabytes * 1_000_000L;
  }

  /** How many bytes a recording and its copy may take on the disk. */
  long neededBytes() {
    return 2L * (megabytes + LARGEST_CHUNK) * 1_000_000;
  }
}
