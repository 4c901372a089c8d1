package dev.srun.bench.services;

import java.io.OutputStream;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Services that were started and have nothing to do, until the standard input ends: what {@link
 * MemoryPerService} looks at.
 */
public final class IdleProgram {
  /** What it writes when it is up. */
  static final String UP = "up";

  private static final int GARBAGE_BLOCKS = 512;
  private static final int BLOCK_BYTES = 128 * 1024;

  private IdleProgram() {}

  /**
   * Starts them.
   *
   * @param args the name of a {@link SequenceKind}, and how many services
   */
  public static void main(String[] args) throws Exception {
    Logger.getLogger("").setLevel(Level.WARNING);
    List<Worker> workers = Worker.many(Integer.parseInt(args[1]));
    Sequence sequence = SequenceKind.valueOf(args[0]).open(workers);
    sequence.start();
    touchHeap();
    System.out.println(UP);
    System.in.transferTo(OutputStream.nullOutputStream());
    sequence.stop();
    sequence.close();
    workers.forEach(Worker::check);
  }

  /** Uses the whole young generation, as a program with fewer services has not done yet. */
  private static void touchHeap() {
    byte[][] latest = new byte[2][];
    for (int i = 0; i < GARBAGE_BLOCKS; i++) {
      latest[i % latest.length] = new byte[BLOCK_BYTES];
    }
  }
}
