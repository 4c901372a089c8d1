package dev.srun.examples.servers;

import java.net.InetSocketAddress;

/** What all the programs have in common: where they listen and what they answer. */
final class Answer {
  private Answer() {}

  /** Returns the address in {@code PORT}, on the loopback interface; port 8080 by default. */
  static InetSocketAddress address() {
    String port = System.getenv().getOrDefault("PORT", "8080");
    return new InetSocketAddress("127.0.0.1", Integer.parseInt(port));
  }

  /** Returns the answer, which says which process gave it. */
  static String text() {
    return "pid " + ProcessHandle.current().pid();
  }
}
