package dev.srun.upgrade;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process behind a shell: who its parent is, what is known of its end, and what signals do. */
@Timeout(60)
final class ShellSpawnedTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir private Path directory;

  private ShellSpawned start(String script, String... words) throws IOException {
    List<String> command = new ArrayList<>(List.of("sh", "-c", script, "sh"));
    command.addAll(List.of(words));
    return ShellSpawned.start(new ProcessBuilder(command));
  }

  private static long shellOf(ShellSpawned spawned) {
    return OtherProcess.of(spawned.process().pid()).parent();
  }

  @Test
  void theProcessHasItsOwnWordsAndKnowsThatItIsMeant() throws Exception {
    Path said = directory.resolve("said");
    String script =
        "while [ ! -e \"$1.go\" ]; do sleep 0.01; done;"
            + " out=$1; printf '%s\\n' \"$@\" $SRUN_UPGRADE_PID $$ >\"$out\"";
    Process process = start(script, said.toString(), "a b", "$x \"'").process();
    String pid = Long.toString(process.pid());
    Files.createFile(directory.resolve("said.go"));
    assertEquals(0, process.waitFor());
    assertEquals(List.of(said.toString(), "a b", "$x \"'", pid, pid), Files.readAllLines(said));
  }

  @Test
  void itsExitCodeComesThroughTheShell() throws Exception {
    assertEquals(7, start("exit 7").process().waitFor());
    Process killed = start("exec sleep 60").process();
    assertTrue(killed.isAlive());
    assertThrows(IllegalThreadStateException.class, killed::exitValue);
    killed.destroy();
    assertTrue(killed.waitFor(20, TimeUnit.SECONDS));
    assertEquals(143, killed.exitValue());
  }

  @Test
  void aCommandThatCannotBeRunEndsAsAShellSaysIt() throws Exception {
    Process none =
        ShellSpawned.start(new ProcessBuilder(directory.resolve("none").toString())).process();
    assertEquals(127, none.waitFor());
  }

  @Test
  void signalsForAllProcessesLeaveTheShellWaiting() throws Exception {
    ShellSpawned spawned = start("trap 'exit 5' TERM; while :; do sleep 0.05; done");
    ProcessHandle shell = ProcessHandle.of(shellOf(spawned)).orElseThrow();
    assertTrue(shell.destroy());
    Process process = spawned.process();
    assertFalse(process.waitFor(200, TimeUnit.MILLISECONDS));
    process.destroy();
    assertEquals(5, process.waitFor());
  }

  @Test
  void theProcessTakesIntAndQuitAsAnyOther() throws Exception {
    ShellSpawned spawned = start("exec cat /proc/self/status >" + directory.resolve("status"));
    assertEquals(0, spawned.process().waitFor());
    String ignored =
        Files.readAllLines(directory.resolve("status")).stream()
            .filter(line -> line.startsWith("SigIgn:"))
            .findFirst()
            .orElseThrow();
    long mask = Long.parseUnsignedLong(ignored.substring(7).strip(), 16);
    String own =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("SigIgn:"))
            .findFirst()
            .orElseThrow();
    long before = Long.parseUnsignedLong(own.substring(7).strip(), 16);
    long asked = 1L << (1 - 1) | 1L << (2 - 1) | 1L << (3 - 1) | 1L << (15 - 1);
    assertEquals(0, mask & asked & ~before, ignored);
  }

  @Test
  void aProcessThatIsLeftToTheSupervisorIsAChildOfThisOnesParent() throws Exception {
    ShellSpawned spawned = start("exec sleep 60");
    Process process = spawned.process();
    long pid = process.pid();
    assertEquals(ProcessHandle.current().pid(), OtherProcess.of(shellOf(spawned)).parent());
    String problem = "";
    try {
      spawned.leaveToSupervisor();
    } catch (IOException e) {
      problem = e.getMessage(); // where the tests' own parent is no supervisor
    }
    long parent = OtherProcess.of(pid).parent();
    long supervisor = OtherProcess.of(ProcessHandle.current().pid()).parent();
    assertEquals(
        parent == supervisor
            ? ""
            : "pid %d is now a child of pid %d, not of pid %d, which supervises this process"
                .formatted(pid, parent, supervisor),
        problem);
    assertTrue(process.isAlive());
    process.destroyForcibly();
    await().atMost(SOON).until(() -> !process.isAlive());
  }

  @Test
  void aShellThatIsKilledDoesNotMeanTheEndOfTheProcess() throws Exception {
    ShellSpawned spawned = start("exec sleep 60");
    ProcessHandle.of(shellOf(spawned)).orElseThrow().destroyForcibly();
    Process process = spawned.process();
    assertFalse(process.waitFor(200, TimeUnit.MILLISECONDS));
    assertTrue(process.isAlive());
    process.destroyForcibly();
    assertTrue(process.waitFor(20, TimeUnit.SECONDS));
    assertFalse(process.isAlive());
  }
}
