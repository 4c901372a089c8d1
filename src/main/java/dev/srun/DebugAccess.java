package dev.srun;

import java.nio.file.Path;

/** Who may use {@code /debug/**} of the admin server. */
public sealed interface DebugAccess {

  /** Nobody. */
  record Off() implements DebugAccess {}

  /**
   * Callers on the same machine, under the name of a loopback address, so that no page in a browser
   * there can do it in their stead.
   */
  record Loopback() implements DebugAccess {}

  /**
   * Whoever shows the token of a file, as {@code Authorization: Bearer}, from anywhere. The file is
   * read for every request, so that the token can be changed; what stands around it in white space
   * does not belong to it. At least 16 characters.
   *
   * @param file holds the token and nothing else
   */
  record Token(Path file) implements DebugAccess {}
}
