package dev.srun.process;

import org.junit.jupiter.api.Test;

/** What a probe sees of a program that does not go on, and what its log says. */
class LivenessTest {

  @Test
  void aLoopThatStandsStillIsNotLiveAndTheLogSaysWhereItStands() throws Exception {
    try (var program = ProgramUnderTest.of(Live.Waiting.class).start()) {
      program.awaitLine("1 live");
      program.awaitLine("2 not live");
      program.awaitLog("no beat for ");
      program.awaitLog("Live$Waiting.standStill");
      program.awaitLine("3 live");
      program.awaitLog("live.loop beats again");
      program.signal("TERM");
      program.assertExit(0);
      program.assertNotLogged("virtual threads");
    }
  }

  @Test
  void virtualThreadsThatMakeNoProgressAreNotLiveAndTheLogSaysWhoHoldsThem() throws Exception {
    try (var program =
        ProgramUnderTest.of(Live.Spinning.class)
            .jvm("-Djdk.virtualThreadScheduler.parallelism=1")
            .start()) {
      program.awaitLine("1 live");
      program.awaitLine("2 not live");
      program.awaitLog(
          "virtual threads make no progress, held up by spinner: the program is not live");
      program.awaitLog("Live$Spinning.spin");
      program.awaitLine("3 live");
      program.awaitLog("virtual threads make progress again");
      program.signal("TERM");
      program.assertExit(0);
    }
  }
}
