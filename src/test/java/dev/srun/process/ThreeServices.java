package dev.srun.process;

import dev.srun.Srun;
import java.util.List;

/** Three services that end when they are asked to. */
final class ThreeServices {

  /** What they say on stdout from the first init to the last stop. */
  static final List<String> JOURNAL =
      List.of(
          "database init",
          "database run",
          "ledger init",
          "ledger run",
          "api init",
          "api run",
          "api stop",
          "ledger stop",
          "database stop");

  private ThreeServices() {}

  public static void main(String[] args) {
    Srun.runOrExit(
        "three",
        app -> {
          app.service("database", new Spoken());
          app.service("ledger", new Spoken());
          app.service("api", new Spoken());
        });
  }
}
