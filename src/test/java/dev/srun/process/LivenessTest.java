package dev.srun.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Tag;
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

  @Tag("slow")
  @Test
  void aProgramThatWasStoppedForLongerThanAProbeIsGoodForIsLiveWhenItGoesOn() throws Exception {
    try (var program = ProgramUnderTest.of(ColdStartTest.Server.class).withAdmin().start()) {
      ListenerUnderTest admin = program.awaitListener("admin");
      program.awaitUp();
      assertEquals(200, admin.get("/livez").status());
      for (int round = 0; round < 3; round++) {
        program.signal("STOP");
        var answer = new CompletableFuture<ListenerUnderTest.Answer>();
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try {
                answer.complete(admin.get("/livez", Duration.ofSeconds(30)));
              } catch (IOException e) {
                answer.completeExceptionally(e);
              }
            });
        // Longer than a look of the watchdog is good for.
        assertThrows(TimeoutException.class, () -> answer.get(6, TimeUnit.SECONDS));
        program.signal("CONT");
        assertEquals("200 live", answer.get(20, TimeUnit.SECONDS).toString());
      }
      program.signal("TERM");
      program.assertExit(0);
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
