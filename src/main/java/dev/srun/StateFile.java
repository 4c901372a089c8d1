package dev.srun;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The one file of a {@link BlackBox}: a seam, so that a file system which fails or hangs can be a
 * test. Every call may hang.
 */
interface StateFile {

  /** Where it is, for messages. */
  Path path();

  /**
   * Reads it; null where there is none.
   *
   * @throws IOException also for one that is far too long
   */
  @Nullable String read() throws IOException;

  /**
   * Makes the directory if there is none.
   *
   * @throws IOException if no file can be made in it
   */
  void prepare() throws IOException;

  /** Replaces it as a whole: whoever reads finds what was there before or this. */
  void replace(String text) throws IOException;
}
