package dev.srun.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of an upgrade where memory runs out. */
class MemoryTest {

  /** More than a JVM needs for itself, so that the old process is the larger one until the end. */
  private static final long BALLAST = 200_000_000;

  @TempDir private Path directory;

  private ProgramUnderTest.Command inside(MemoryCgroup cgroup) throws Exception {
    return Generations.upgradable(directory)
        .env(Upgradable.BALLAST, Long.toString(BALLAST))
        .jvm("-XX:MaxDirectMemorySize=" + 2 * BALLAST) // a quarter of the limit otherwise
        .afterShell(cgroup.enter());
  }

  private long peakOfOneProgram() throws Exception {
    try (MemoryCgroup cgroup = MemoryCgroup.make()) {
      try (var program = Generations.start(directory, inside(cgroup))) {
        program.first().awaitUp();
        program.stop();
      }
      return cgroup.peak();
    }
  }

  @Tag("slow")
  @Test
  void whereMemoryIsForOneProgramAndAHalfTheOldProcessIsNeverTheOneThatIsKilled() throws Exception {
    long one = peakOfOneProgram();
    try (MemoryCgroup cgroup = MemoryCgroup.make()) {
      cgroup.limit(one * 3 / 2);
      try (var program = Generations.start(directory, inside(cgroup))) {
        long first = program.first().pid();
        for (int i = 1; i <= 3; i++) {
          program.signalFirst("HUP");
          program.first().awaitLog("upgrade failed: ", i);
          program.first().awaitLog("exited with 137 before", i);
          assertEquals("200 " + first + " 1", program.api().get("/who").toString());
        }
        assertEquals(first, program.serving());
        program.stop();
        program.first().assertExit(0);
      }
    }
  }

  @Test
  void aNewProcessIsTheFirstToBeKilledUntilItHasTakenOver() throws Exception {
    try (var program = Generations.start(directory, Generations.upgradable(directory))) {
      long first = program.first().pid();
      String score = score(first);
      program.next(Upgradable.Nature.HANGING);
      program.signalFirst("HUP");
      long second = program.awaitStarted(2);
      assertEquals("1000", score(second));
      Generations.signal(second, "KILL");
      program.first().awaitLog("upgrade failed: ");
      program.next(Upgradable.Nature.GOOD);
      long third = program.upgrade(2);
      program.first().awaitLog("pid " + first + " has gone");
      assertEquals(score, score(third));
      assertTrue(Integer.parseInt(score) < 1000);
      program.stop();
    }
  }

  private static String score(long pid) throws Exception {
    return Files.readString(Path.of("/proc", Long.toString(pid), "oom_score_adj")).strip();
  }
}
