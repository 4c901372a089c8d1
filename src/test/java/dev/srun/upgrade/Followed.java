package dev.srun.upgrade;

import dev.srun.UpgradeOutcome;
import java.util.List;

/** Notes what an upgrade has for a program. */
record Followed(List<String> journal) implements Upgrader.Runner {

  @Override
  public void isLetIn() {
    journal.add("let in");
  }

  @Override
  public void exclusiveMayStart() {
    journal.add("exclusive may start");
  }

  @Override
  public void isReplaced(UpgradeOutcome.Upgraded by) {
    journal.add("replaced by generation " + by.generation());
  }
}
