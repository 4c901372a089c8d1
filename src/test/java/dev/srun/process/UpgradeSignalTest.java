package dev.srun.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What signals do to a program that is being upgraded. */
class UpgradeSignalTest {

  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir private Path directory;

  private ProgramUnderTest.Command upgradable() throws IOException {
    return Generations.upgradable(directory);
  }

  @Test
  void asLongAsThereIsAnUpgradeASecondOneIsRefusedAndTermEndsParentAndChild() throws Exception {
    try (var program = Generations.start(directory, upgradable())) {
      program.next(Upgradable.Nature.HANGING);
      program.signalFirst("HUP");
      long child = program.awaitStarted(2);
      program.signalFirst("HUP");
      program.first().awaitLog("upgrade refused: there is one under way");
      program.first().awaitLog("(upgrader) generation 2, to take over");
      program.signalFirst("TERM");
      program.first().assertExit(0);
      program.first().assertLogged("pid " + child + " (generation 2) was ended, since");
      program.assertNothingLeft();
    }
  }

  @Tag("slow")
  @Test
  void whileOneLivesThatHasBeenReplacedThereIsNoOtherUpgrade() throws Exception {
    try (var program =
        Generations.start(directory, upgradable().env("SRUN_UPGRADE_PROBATION", "1m"))) {
      long first = program.first().pid();
      long second = program.upgrade(2);
      program.signalFirst("HUP");
      program.first().awaitLog("upgrade refused: pid " + second + " has taken over");
      Generations.signal(second, "HUP");
      program
          .first()
          .awaitLog(
              "upgrade refused: pid " + first + ", which this one has replaced, has not gone");

      program.signalFirst("TERM");
      program.first().awaitLog("(upgrader) pid " + first + " has gone");
      assertEquals(0, program.first().awaitExitAlone(SOON));
      assertEquals("200 " + second + " 2", program.api().get("/who").toString());
      program.stop();
    }
  }

  @Test
  void whoeverStopsTheOneThatServesStopsTheOneThatStandsByForIt() throws Exception {
    try (var program =
        Generations.start(directory, upgradable().env("SRUN_UPGRADE_PROBATION", "1m"))) {
      long second = program.upgrade(2);
      Generations.signal(second, "TERM");
      program.first().assertExit(0);
      program.first().assertNotLogged("serving again");
      program.assertNothingLeft();
    }
  }

  @Test
  void aProgramThatStartsOrStopsIsNotUpgraded() throws Exception {
    var command = upgradable().env(Upgradable.JOURNAL, directory.resolve("journal").toString());
    Files.writeString(directory.resolve("nature"), Upgradable.Nature.SLOW.name());
    try (var program = Generations.begin(directory, command)) {
      program.first().awaitLog("up.(upgrader) RUNNING");
      program.signalFirst("HUP");
      program.first().awaitLog("upgrade refused: the program is still starting");
      program.first().awaitUp();
      program.signalFirst("TERM");
      program.first().awaitLog("stopping (signal TERM)");
      program.signalFirst("HUP");
      program.first().awaitLog("upgrade refused: the program is stopping");
      program.first().assertExit(0);
      program.assertNothingLeft();
    }
  }

  /** Python's is the only pseudo-terminal that takes a command as words and dies with its user. */
  private ProgramUnderTest.Command atTerminal(String... session) throws IOException {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/python3")), "needs /usr/bin/python3 for a terminal");
    String[] command = new String[3 + session.length];
    command[0] = "/usr/bin/python3";
    command[1] = "-c";
    command[2] = "import os, pty, sys; pty.spawn(sys.argv[1:])";
    System.arraycopy(session, 0, command, 3, session.length);
    return upgradable().startedBy(command);
  }

  /** With a shell that leads the session, as somebody who types the command has one. */
  private ProgramUnderTest.Command typed() throws IOException {
    return atTerminal("sh", "-c", "trap : INT; \"$@\"; cat", "sh");
  }

  private Generations started(ProgramUnderTest.Command command) throws Exception {
    Generations program = Generations.begin(directory, command);
    try {
      program.first().awaitLine(" is up: ");
      program.awaitPidFile();
      return program;
    } catch (Throwable e) {
      program.close();
      throw e;
    }
  }

  @Test
  void interruptAtATerminalStopsWhicheverGenerationServes() throws Exception {
    try (var program = started(typed())) {
      long first = program.serving();
      Generations.signal(first, "HUP");
      program.first().awaitLine("pid " + first + " has gone");
      program.first().tell("\u0003");
      program.first().awaitLine("stopping (signal INT)");
      program.first().awaitLine("exit 0 (clean): signal INT");
    }
  }

  @Test
  void whenTheTerminalIsClosedTheProgramStopsAndIsNotUpgraded() throws Exception {
    try (var program = started(typed())) {
      long first = program.serving();
      program.first().close();
      program.awaitGone(first);
      assertEquals(List.of(), program.temporaryFiles());
    }
  }
}
