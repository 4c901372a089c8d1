package dev.srun.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.srun.telemetry.RunnerLines.Line;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The runner's own lines on their way to the export. */
class RunnerLinesTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  private final RunnerLines lines = new RunnerLines();
  private final Queue<String> exported = new ConcurrentLinkedQueue<>();

  private void say(String text) {
    lines.offer(new Line(Instant.EPOCH, Level.INFO, "srun", () -> text));
  }

  private void export() {
    lines.exportTo(line -> exported.add(line.text().get()), Thread.ofPlatform().factory());
  }

  @Test
  void whatWasSaidBeforeIsHandedOverAndWhatIsSaidAfterwardsToo() {
    say("one");
    say("two");
    export();
    Awaitility.await().until(() -> exported.size() == 2);
    say("three");
    Awaitility.await().until(() -> exported.size() == 3);
    lines.close();

    assertEquals(List.of("one", "two", "three"), List.copyOf(exported));
  }

  @Test
  void whatIsSaidUntilItIsFinishedIsHandedOverAndNothingAfterwards() throws Exception {
    IntStream.range(0, 500).forEach(i -> say("before"));
    export();
    lines.finish(LONG);
    say("after");

    assertEquals(500, exported.size());
  }

  @Test
  void nobodyWaitsForAnExportThatHangsAndWhatFindsNoRoomIsCounted() throws Exception {
    CountDownLatch inExport = new CountDownLatch(1);
    CountDownLatch hangs = new CountDownLatch(1);
    lines.exportTo(
        line -> {
          inExport.countDown();
          try {
            hangs.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        },
        Thread.ofPlatform().factory());
    say("one");
    inExport.await();
    IntStream.range(0, RunnerLines.CAPACITY + 7).forEach(i -> say("more"));
    lines.finish(Duration.ofMillis(1));
    lines.close();
    hangs.countDown();

    assertEquals(7, lines.dropped());
  }

  @Test
  void whatNobodyExportsIsNotKept() throws Exception {
    say("one");
    lines.close();
    export();
    lines.finish(LONG);

    assertEquals(List.of(), List.copyOf(exported));
  }
}
