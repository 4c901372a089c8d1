package dev.srun;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Child processes that a service owns. */
@Timeout(60)
class OwnedProcessTest {
  private static final Duration AT_ONCE = Duration.ofSeconds(2);

  private final List<ProcessHandle> started = new ArrayList<>();

  @AfterEach
  void endWhatIsLeft() {
    started.forEach(ProcessHandle::destroyForcibly);
  }

  private Process child(String... command) {
    try {
      Process process = new ProcessBuilder(command).start();
      started.add(process.toHandle());
      return process;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A shell that has run its commands once it has said so. */
  private Process shell(String commands) {
    Process shell = child("sh", "-c", commands + "\necho ready; while :; do sleep 100; done");
    try {
      BufferedReader lines = shell.inputReader();
      assertEquals("ready", lines.readLine());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    await().until(() -> shell.toHandle().descendants().count() > 0);
    shell.toHandle().descendants().forEach(started::add);
    return shell;
  }

  private static LoggedProgram owning(Config config, Process process) throws InterruptedException {
    return LoggedProgram.start(
        config, app -> app.service("s", ctx -> assertSame(process, ctx.own(process))));
  }

  private void assertNothingIsLeft() {
    await().untilAsserted(() -> started.forEach(each -> assertFalse(isLeft(each), each::toString)));
  }

  /** What has ended and was not reaped, since its parent is gone, has no command any more. */
  private static boolean isLeft(ProcessHandle handle) {
    return handle.isAlive() && handle.info().command().isPresent();
  }

  @Test
  void aProcessEndsByTermAndAtOnce() throws Exception {
    Process process = child("sleep", "1000");
    LoggedProgram program = owning(Config.named("t"), process);
    Exit exit = program.stop();

    assertEquals("exit 0 (clean): asked: closed", exit.toString());
    assertTrue(exit.stopTook().compareTo(AT_ONCE) < 0, exit.stopTook()::toString);
    assertFalse(process.isAlive());
    assertEquals(128 + 15, process.exitValue());
    assertEquals(List.of(), program.messages("s", Level.WARNING));
    assertEquals(List.of(), exit.leaks());
  }

  @Test
  void itsDescendantsEndWithIt() throws Exception {
    Process process = shell("sh -c 'sleep 1000; true' &");
    await().until(() -> process.toHandle().descendants().count() >= 3);
    process.toHandle().descendants().forEach(started::add);
    Exit exit = owning(Config.named("t"), process).stop();

    assertEquals("exit 0 (clean): asked: closed", exit.toString());
    assertNothingIsLeft();
  }

  @Test
  void whatItWritesAtItsEndCanBeRead() throws Exception {
    Process process =
        child("sh", "-c", "trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.05; done");
    BufferedReader lines = process.inputReader();
    assertEquals("ready", lines.readLine());
    owning(Config.named("t"), process).stop();

    assertEquals("bye", lines.readLine());
    assertEquals(7, process.exitValue());
  }

  @Test
  void oneThatIgnoresTermIsKilledInTimeWithAWarningWithoutItsArguments() throws Exception {
    Process process = shell("trap '' TERM; secret=hunter2");
    LoggedProgram program = owning(Config.named("t").grace(Duration.ofSeconds(2)), process);
    Exit exit = program.stop();

    assertEquals("exit 0 (clean): asked: closed", exit.toString());
    assertTrue(exit.stopTook().compareTo(Duration.ofMillis(1_900)) < 0, exit.stopTook()::toString);
    assertTrue(exit.stopTook().compareTo(Duration.ofMillis(800)) > 0, exit.stopTook()::toString);
    assertFalse(process.isAlive());
    assertNothingIsLeft();
    List<String> warnings = program.messages("s", Level.WARNING);
    assertEquals(1, warnings.size(), warnings::toString);
    String warning = warnings.getFirst();
    assertTrue(warning.startsWith("process " + process.pid() + " (/"), warning);
    assertTrue(warning.contains("killed: it did not end within "), warning);
    assertFalse(warning.contains("hunter2"), warning);
  }

  @Test
  void aDescendantThatIgnoresTermIsKilledThoughItsParentHasEnded() throws Exception {
    Process process =
        child("sh", "-c", "sh -c 'trap \"\" TERM; echo ready; while :; do sleep 100; done' & wait");
    assertEquals("ready", process.inputReader().readLine());
    await().until(() -> process.toHandle().descendants().count() >= 2);
    process.toHandle().descendants().forEach(started::add);
    LoggedProgram program = owning(Config.named("t").grace(Duration.ofSeconds(2)), process);
    Exit exit = program.stop();

    assertEquals("exit 0 (clean): asked: closed", exit.toString());
    assertNothingIsLeft();
    assertEquals(128 + 15, process.exitValue());
    String warning = program.messages("s", Level.WARNING).getFirst();
    assertTrue(warning.startsWith("descendants of process " + process.pid() + " (/"), warning);
  }

  @Test
  void inOvertimeItIsKilledAtOnce() throws Exception {
    Process process = shell("trap '' TERM");
    LoggedProgram program =
        LoggedProgram.start(
            Config.named("t").grace(Duration.ofMillis(500)),
            app ->
                app.service(
                    "s",
                    new Service() {
                      @Override
                      public void run(Context ctx) {
                        ctx.own(process);
                      }

                      @Override
                      public void stop(Context ctx) {
                        ignoreInterrupts(process);
                      }
                    }));
    Exit exit = program.stop();

    assertEquals(Outcome.FORCED, exit.outcome());
    assertTrue(exit.stopTook().compareTo(AT_ONCE) < 0, exit.stopTook()::toString);
    assertNothingIsLeft();
    String warning = program.messages("s", Level.WARNING).getFirst();
    assertTrue(warning.endsWith("killed: no time was left to wait for its end"), warning);
  }

  private static void ignoreInterrupts(Process process) {
    while (process.isAlive()) {
      try {
        process.waitFor();
      } catch (InterruptedException e) {
        // Ignores interrupts.
      }
    }
  }

  @Test
  void aStartThatFailsHalfWayEndsIt() throws Exception {
    Process process = child("sleep", "1000");
    Exit exit =
        Srun.run(
            Config.named("t").withoutSignals().withoutAdmin().withoutTelemetry(),
            app ->
                app.service(
                    "s",
                    new Service() {
                      @Override
                      public void init(Context ctx) {
                        ctx.own(process);
                        throw new IllegalStateException("does not start");
                      }

                      @Override
                      public void run(Context ctx) {}
                    }));

    assertEquals(1, exit.failures().size());
    assertFalse(process.isAlive());
    assertEquals(128 + 15, process.exitValue());
  }

  @Test
  void oneThatHasEndedIsNothing() throws Exception {
    Process process = child("false");
    process.waitFor();
    LoggedProgram program = owning(Config.named("t"), process);

    assertEquals("exit 0 (clean): asked: closed", program.stop().toString());
    assertEquals(1, process.exitValue());
    assertEquals(List.of(), program.messages("s", Level.WARNING));
  }

  @Test
  void oneThatComesAfterTheEndIsKilledAndRefused() throws Exception {
    CompletableFuture<Context> context = new CompletableFuture<>();
    LoggedProgram.start(app -> app.service("s", context::complete)).stop();
    Process process = child("sleep", "1000");

    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> context.get(1, SECONDS).own(process));
    assertTrue(
        e.getMessage().startsWith("s was closed; process " + process.pid() + " (/"), e::getMessage);
    assertFalse(process.isAlive());
  }

  @Test
  void processesEndInTheOrderOfWhatIsOwnedTheLastFirst() throws Exception {
    List<String> order = new ArrayList<>();
    Process process = child("sleep", "1000");
    LoggedProgram.start(app ->
            app.service(
                "s",
                ctx -> {
                  ctx.own(() -> order.add("before: " + process.isAlive()));
                  ctx.own(process);
                  ctx.own(() -> order.add("after: " + process.isAlive()));
                }))
        .stop();

    assertEquals(List.of("after: true", "before: false"), order);
  }

  /** A process of a library's own, as of a remote shell: it has no handle. */
  private static final class Remote extends Process {
    private final CompletableFuture<String> ended = new CompletableFuture<>();
    private final boolean ignoresTerm;

    Remote(boolean ignoresTerm) {
      this.ignoresTerm = ignoresTerm;
    }

    @Override
    public OutputStream getOutputStream() {
      return OutputStream.nullOutputStream();
    }

    @Override
    public InputStream getInputStream() {
      return InputStream.nullInputStream();
    }

    @Override
    public InputStream getErrorStream() {
      return InputStream.nullInputStream();
    }

    @Override
    public int waitFor() {
      ended.join();
      return 0;
    }

    @Override
    public int exitValue() {
      if (!ended.isDone()) {
        throw new IllegalThreadStateException();
      }
      return 0;
    }

    @Override
    public void destroy() {
      if (!ignoresTerm) {
        ended.complete("TERM");
      }
    }

    @Override
    public Process destroyForcibly() {
      ended.complete("KILL");
      return this;
    }
  }

  @Test
  void oneWithoutAHandleEndsToo() throws Exception {
    Remote remote = new Remote(false);
    Remote stubborn = new Remote(true);
    owning(Config.named("t"), remote).stop();
    LoggedProgram program = owning(Config.named("t").grace(Duration.ofSeconds(1)), stubborn);
    program.stop();

    assertEquals("TERM", remote.ended.getNow("running"));
    assertEquals("KILL", stubborn.ended.getNow("running"));
    String warning = program.messages("s", Level.WARNING).getFirst();
    assertTrue(warning.startsWith("process " + Remote.class.getName() + " killed"), warning);
  }
}
