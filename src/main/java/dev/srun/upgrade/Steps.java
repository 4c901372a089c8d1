package dev.srun.upgrade;

import dev.srun.UpgradeStep;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What an upgrade has done so far. Written by one thread after the other, read by any. */
final class Steps {
  private volatile List<UpgradeStep> taken = List.of();
  private long since;

  /** The one before is over, and this one begins. */
  void next(String name) {
    end();
    since = System.nanoTime();
    add(taken.size(), new UpgradeStep(name, Instant.now(), null));
  }

  /** The last one is over. Without effect if there is none that goes on. */
  void end() {
    List<UpgradeStep> before = taken;
    if (before.isEmpty() || before.getLast().took() != null) {
      return;
    }
    UpgradeStep last = before.getLast();
    Duration took = Duration.ofNanos(System.nanoTime() - since);
    List<UpgradeStep> after = new ArrayList<>(before);
    after.set(after.size() - 1, new UpgradeStep(last.name(), last.since(), took));
    taken = List.copyOf(after);
  }

  /** What came before the first that was noted. */
  void cameFirst(String name, Instant begin) {
    List<UpgradeStep> known = taken;
    if (!known.isEmpty() && begin.isBefore(known.getFirst().since())) {
      add(0, new UpgradeStep(name, begin, Duration.between(begin, known.getFirst().since())));
    }
  }

  private void add(int index, UpgradeStep step) {
    List<UpgradeStep> after = new ArrayList<>(taken);
    after.add(index, step);
    taken = List.copyOf(after);
  }

  List<UpgradeStep> taken() {
    return taken;
  }
}
