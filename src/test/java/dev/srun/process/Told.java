package dev.srun.process;

import java.io.IOException;

/** What a test tells its program, a line on stdin each. */
final class Told {

  private Told() {}

  /** Waits for the next line; empty too once nobody can say anything any more. */
  static String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = System.in.read(); c != '\n' && c != -1; c = System.in.read()) {
      line.append((char) c);
    }
    return line.toString();
  }

  /** Whether there is one now. */
  static boolean something() throws IOException {
    return System.in.available() > 0;
  }
}
