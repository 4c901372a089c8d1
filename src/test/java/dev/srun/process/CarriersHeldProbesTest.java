package dev.srun.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.process.ListenerUnderTest.Answer;
import dev.srun.process.Spinners.Place;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Probes of a program none of whose virtual threads runs: the admin server has its own threads. */
@Isolated("its programs keep every processor busy")
class CarriersHeldProbesTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void itAnswersThatTheProgramIsNotLiveAndWhoHoldsTheCarriers(int carriers) throws Exception {
    try (var program =
        ProgramUnderTest.of(Spinners.Owned.class, Spinners.arguments(Place.THREADS, carriers))
            .jvm("-Djdk.virtualThreadScheduler.parallelism=" + carriers)
            .jvm("-Djdk.virtualThreadScheduler.maxPoolSize=" + carriers)
            .env("SRUN_GRACEFUL_TIMEOUT", "1s")
            .withAdmin()
            .start()) {
      ListenerUnderTest admin = program.awaitListener("admin");
      try (var kubelet = Kubelet.of(admin)) {
        program.awaitLine(Spinners.HELD);
        kubelet.awaitJournal(
            "started: 200 live",
            "ready: 200 ready",
            "would restart: 503 not live: virtual threads make no progress, held up by spinner0");
        assertEquals("200 ready", admin.get("/ready").toString());
        assertContains(admin.get("/health"), "200 HEALTHY", " spinner0 (run returned)\n");
        assertContains(admin.get("/debug/threads"), "200 ", "Spinners.spin");
      }
      program.signal("TERM");
      program.assertExit(3);
    }
  }

  private static void assertContains(Answer answer, String begin, String part) {
    assertTrue(answer.toString().startsWith(begin), answer::toString);
    assertTrue(answer.body().contains(part), answer::toString);
  }
}
