package dev.srun.upgrade;

import dev.srun.UpgradeOutcome;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Notes what an upgrade has for a program.
 *
 * @param ready when it is ready after it was let in
 */
record Followed(List<String> journal, CompletionStage<Boolean> ready) implements Upgrader.Runner {

  /** One that is ready at once. */
  Followed(List<String> journal) {
    this(journal, CompletableFuture.completedStage(true));
  }

  @Override
  public CompletionStage<Boolean> isLetIn() {
    journal.add("let in");
    return ready;
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
