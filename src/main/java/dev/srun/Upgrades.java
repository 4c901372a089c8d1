package dev.srun;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Who replaces the program by another process, or has it take another one's place, as the
 * supervisor sees it. No method waits.
 */
interface Upgrades {

  /** Of a program that cannot be upgraded. */
  Upgrades NONE =
      new Upgrades() {
        @Override
        public boolean isOn() {
          return false;
        }

        @Override
        public boolean takesOver() {
          return false;
        }

        @Override
        public int generation() {
          return 1;
        }

        @Override
        public UpgradeFigures figures() {
          return UpgradeFigures.NONE;
        }

        @Override
        public CompletionStage<UpgradeOutcome> begin(String by) {
          return CompletableFuture.completedFuture(
              new UpgradeOutcome.Refused("upgrades are off; set SRUN_UPGRADE=on"));
        }

        @Override
        public CompletionStage<UpgradeOutcome> refuse(String reason) {
          return begin(reason);
        }

        @Override
        public void isUp() {}

        @Override
        public void isComplete() {}

        @Override
        public void isStopping() {}

        @Override
        public void exclusiveStopped() {}
      };

  /** Whether HUP upgrades the program. */
  boolean isOn();

  /** Whether the program takes another one's place, and so waits to be let in. */
  boolean takesOver();

  /** 1 for a program that was started, and one more with each upgrade. */
  int generation();

  UpgradeFigures figures();

  /** Begins an upgrade, unless there is a reason not to. */
  CompletionStage<UpgradeOutcome> begin(String by);

  /** Counts an upgrade that the state of the program forbids. */
  CompletionStage<UpgradeOutcome> refuse(String reason);

  /** Every service is RUNNING that may run as long as another program does. */
  void isUp();

  /** Every service is RUNNING. */
  void isComplete();

  /** The program stops: an upgrade that is under way is given up. */
  void isStopping();

  /** No service runs here any more that must not run twice. */
  void exclusiveStopped();
}
