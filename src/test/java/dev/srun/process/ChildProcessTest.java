package dev.srun.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.Context;
import dev.srun.Service;
import dev.srun.Srun;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Children and timers of a program end with it. */
class ChildProcessTest {
  private static final Duration AT_ONCE = Duration.ofMillis(2500);

  /** Owns a process that ends by TERM and a shell that ignores TERM, each with a child. */
  static final class Parent implements Service {
    private static Process start(String commands) throws Exception {
      Process shell = new ProcessBuilder("sh", "-c", commands).start();
      shell.inputReader().readLine();
      return shell;
    }

    private static void own(Context ctx, Process process) {
      ctx.own(process);
      System.out.println("child " + process.pid());
      process.toHandle().descendants().forEach(each -> System.out.println("child " + each.pid()));
    }

    @Override
    public void init(Context ctx) throws Exception {
      own(ctx, new ProcessBuilder("sleep", "1000").start());
      own(ctx, start("sleep 1000 & echo; wait"));
      own(ctx, start("trap '' TERM; sleep 1000 & echo; while :; do wait; done"));
    }

    @Override
    public void run(Context ctx) {
      System.out.println("all started");
    }

    public static void main(String[] args) {
      Srun.runOrExit("parent", app -> app.service("children", new Parent()));
    }
  }

  private static List<ProcessHandle> children(ProgramUnderTest program) {
    return program.stdout().stream()
        .filter(line -> line.startsWith("child "))
        .flatMap(line -> ProcessHandle.of(Long.parseLong(line.substring(6))).stream())
        .toList();
  }

  private static boolean isLeft(ProcessHandle handle) {
    return handle.isAlive() && handle.info().command().isPresent(); // else it is a zombie
  }

  @Test
  void nothingIsLeftOfChildrenThatEndAndOfChildrenThatIgnoreTerm() throws Exception {
    try (var program =
        ProgramUnderTest.of(Parent.class).env("SRUN_GRACEFUL_TIMEOUT", "2s").start()) {
      program.awaitLine("all started");
      List<ProcessHandle> children = children(program);
      assertEquals(5, children.size(), program::output);
      assertTrue(children.stream().allMatch(ChildProcessTest::isLeft), program::output);
      program.signal("TERM");
      program.assertExit(0, AT_ONCE);

      await()
          .untilAsserted(() -> children.forEach(each -> assertFalse(isLeft(each), each::toString)));
      program.assertLogged(" killed: it did not end within ");
    }
  }

  /** Has a timer of the JDK's that nobody owns, and one of the scope. */
  static final class Timers implements Service {
    @Override
    public void run(Context ctx) {
      ScheduledExecutorService unowned =
          Executors.newScheduledThreadPool(2, ctx.threads().platform("unowned"));
      Future<?> one =
          unowned.scheduleAtFixedRate(() -> System.out.println("unowned"), 0, 1, TimeUnit.HOURS);
      Future<?> other =
          ctx.threads()
              .scheduler("owned")
              .scheduleAtFixedRate(() -> System.out.println("owned"), 0, 1, TimeUnit.HOURS);
      assertFalse(one.isDone() || other.isDone());
    }

    public static void main(String[] args) {
      Srun.runOrExit("timers", app -> app.service("s", new Timers()));
    }
  }

  @Test
  void timersDoNotHoldUpAStop() throws Exception {
    try (var program = ProgramUnderTest.of(Timers.class).start()) {
      program.awaitLine("unowned");
      program.awaitLine("owned");
      program.awaitUp();
      program.signal("TERM");
      program.assertExit(0, AT_ONCE);
      program.assertLogged("exit 0 (clean)");
      program.assertNotLogged("left behind");
    }
  }
}
