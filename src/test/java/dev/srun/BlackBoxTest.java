package dev.srun;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a run leaves to the next one, whatever happens to it and to its file. */
@Timeout(60)
final class BlackBoxTest {
  private static final Instant NOON = Instant.parse("2026-01-02T12:00:00Z");

  /** Longer than any test waits. */
  private static final Duration LONG = ofSeconds(30);

  @TempDir Path directory;

  private final List<String> said = new CopyOnWriteArrayList<>();
  private final LogWriter log =
      new LogWriter(new EveryLine(line -> said.add(line.level() + " " + line.message())));

  private final AtomicLong elapsed = new AtomicLong();
  private volatile long parent;
  private final AtomicInteger looksAtTheClock = new AtomicInteger();
  private final Map<Long, Instant> processes = new ConcurrentHashMap<>();
  private final List<Disk> disks = new ArrayList<>();
  private final List<BlackBox> boxes = new ArrayList<>();

  /** A real file whose operations a test may watch, hold up and break. */
  private final class Disk implements StateFile {
    private final StateFile file;
    private final List<RunProgress> written = new CopyOnWriteArrayList<>();
    private final AtomicInteger attempts = new AtomicInteger();
    private volatile @Nullable Thread writer;
    private volatile @Nullable IOException failure;
    private volatile @Nullable IOException refusal;
    private volatile CountDownLatch answers = new CountDownLatch(0);

    Disk(StateFile file) {
      this.file = file;
      disks.add(this);
    }

    void hang() {
      answers = new CountDownLatch(1);
    }

    void answer() {
      answers.countDown();
    }

    void awaitWritten(RunProgress progress) {
      await(() -> !written.isEmpty() && written.getLast().equals(progress));
    }

    Thread writer() {
      Thread thread = writer;
      assertNotNull(thread);
      return thread;
    }

    private void operate(@Nullable IOException broken) throws IOException {
      writer = Thread.currentThread();
      try {
        answers.await();
      } catch (InterruptedException e) {
        throw new AssertionError("nobody interrupts the writer", e);
      }
      if (broken != null) {
        throw broken;
      }
    }

    @Override
    public Path path() {
      return file.path();
    }

    @Override
    public @Nullable String read() throws IOException {
      operate(null);
      return file.read();
    }

    @Override
    public void prepare() throws IOException {
      operate(refusal);
      file.prepare();
    }

    @Override
    public void replace(String text) throws IOException {
      attempts.incrementAndGet();
      operate(failure);
      file.replace(text);
      written.add(LastRunText.read(text).progress());
    }
  }

  @AfterEach
  void endWriters() {
    disks.forEach(Disk::answer);
    boxes.forEach(box -> assertTrue(box.close(LONG)));
  }

  private static void await(BooleanSupplier condition) {
    Awaitility.await()
        .atMost(LONG)
        .pollInSameThread()
        .pollDelay(Duration.ZERO)
        .pollInterval(ofMillis(1))
        .until(condition::getAsBoolean);
  }

  private long nanoTime() {
    looksAtTheClock.incrementAndGet();
    return elapsed.get();
  }

  private void pass(Duration time) {
    elapsed.addAndGet(time.toNanos());
  }

  /** Lets time pass, and the writer do what it then has to. */
  private void pass(Duration time, Disk disk) {
    pass(time);
    int before = looksAtTheClock.get();
    await(() -> {
      LockSupport.unpark(disk.writer());
      return looksAtTheClock.get() >= before + 4; // twice in a round: one of them was whole
    });
  }

  private Machine machine(long pid) {
    return new Machine(
        this::nanoTime, () -> NOON.plusNanos(elapsed.get()), pid, parent, id -> processes.get(id));
  }

  private Path file() {
    return directory.resolve("wallet.run");
  }

  private Disk disk(long pid) {
    return new Disk(new DiskFile(directory, "wallet", pid));
  }

  private BlackBox open(long pid) {
    return open(pid, disk(pid));
  }

  private BlackBox open(long pid, Disk disk) {
    return open(pid, disk, LONG);
  }

  private BlackBox open(long pid, Disk disk, Duration limit) {
    BlackBox box = BlackBox.open(directory, disk, "wallet", machine(pid), log, limit);
    boxes.add(box);
    return box;
  }

  /** A process begins. */
  private void begin(long pid) {
    processes.put(pid, NOON.plusNanos(elapsed.get()).minusMillis(120));
  }

  /** A process is gone; what was reported before is written. */
  private void kill(long pid, BlackBox box) {
    assertTrue(box.close(LONG));
    processes.remove(pid);
  }

  private List<String> said() {
    assertTrue(log.flush(LONG));
    return List.copyOf(said);
  }

  /** What the next start says. */
  private String next() {
    said();
    said.clear();
    assertTrue(open(4712).close(LONG));
    List<String> lines = said();
    assertEquals(1, lines.size(), lines::toString);
    return lines.getFirst();
  }

  private static Exit exit(Outcome outcome, int code, Cause cause, Straggler... stragglers) {
    return new Exit(
        cause,
        outcome,
        code,
        List.of(),
        List.of(stragglers),
        List.of(),
        Duration.ZERO,
        Duration.ZERO);
  }

  private static Exit cleanExit() {
    return exit(Outcome.CLEAN, 0, new Cause.Signalled("TERM", 15));
  }

  private static Straggler straggler(String service, boolean leftBehind) {
    return new Straggler(service, Phase.STOP, ofSeconds(21), ofSeconds(20), leftBehind, List.of());
  }

  @Nested
  final class TheNextStart {

    @Test
    void saysNothingWhereThereWasNoRunBefore() {
      BlackBox box = open(4711);

      assertTrue(box.close(LONG));
      assertEquals(List.of(), said());
    }

    @Test
    void saysQuietlyHowAnOrderlyRunEnded() {
      BlackBox box = open(4711);
      box.running();
      box.stopping("the stop of kafka", ofSeconds(20), 0);
      box.ended(cleanExit());
      kill(4711, box);
      pass(ofMinutes(3).plusMillis(700));

      assertEquals(
          "DEBUG the last run (pid 4711) ended 3m ago: exit 0 (clean): signal TERM", next());
    }

    @Test
    void warnsOfAnExitThatWasNotZeroAndNamesTheStragglers() {
      BlackBox box = open(4711);
      box.ended(
          exit(
              Outcome.FORCED,
              3,
              new Cause.Signalled("TERM", 15),
              straggler("kafka", true),
              straggler("database", false)));
      kill(4711, box);
      pass(ofSeconds(2));

      assertEquals(
          "WARNING the last run (pid 4711) ended 2s ago: exit 3 (forced): signal TERM;"
              + " stragglers: kafka: still in stop after 21s of 20s,"
              + " database: still in stop after 21s of 20s",
          next());
    }

    @Test
    void warnsOfAnExitThatWasNotZeroEvenWithoutStragglers() {
      BlackBox box = open(4711);
      box.ended(exit(Outcome.FAILURES, 1, new Cause.Asked("tired")));
      kill(4711, box);

      assertEquals(
          "WARNING the last run (pid 4711) ended 0s ago: exit 1 (failures): asked: tired", next());
    }

    @Test
    void warnsOfStragglersWhateverTheCodeThatStandsForThem() {
      BlackBox box = open(4711);
      box.ended(exit(Outcome.FORCED, 0, new Cause.Asked("done"), straggler("kafka", true)));
      kill(4711, box);

      assertTrue(next().startsWith("WARNING the last run (pid 4711) ended 0s ago: exit 0"));
    }

    @Test
    void namesTheMomentWhereTheClockWasSetBack() {
      BlackBox box = open(4711);
      box.ended(cleanExit());
      kill(4711, box);
      pass(ofSeconds(-5));

      assertEquals(
          "DEBUG the last run (pid 4711) ended at 2026-01-02T12:00:00Z: exit 0 (clean): signal TERM",
          next());
    }

    @Test
    void warnsOfARunThatWasKilledWhileStarting() {
      begin(4711);
      kill(4711, open(4711));
      pass(ofSeconds(9));

      assertEquals(
          "WARNING the last run (pid 4711, started 2026-01-02T12:00:00Z) was killed or crashed"
              + " while starting (last noted 2026-01-02T12:00:00Z)",
          next());
    }

    @Test
    void warnsOfARunThatWasKilledWhileRunning() {
      begin(4711);
      BlackBox box = open(4711);
      pass(ofSeconds(3));
      box.running();
      kill(4711, box);
      pass(ofHours(7));

      assertEquals(
          "WARNING the last run (pid 4711, started 2026-01-02T12:00:00Z) was killed or crashed"
              + " while running (last noted 2026-01-02T12:00:03Z)",
          next());
    }

    @Test
    void saysHowFarIntoWhichStopTheRunWasKilled() {
      begin(4711);
      Disk disk = disk(4711);
      BlackBox box = open(4711, disk);
      long since = elapsed.get();
      pass(ofMillis(300));
      box.stopping("the stop of kafka", ofSeconds(20), since);
      for (int second = 0; second < 18; second++) {
        pass(ofSeconds(1), disk);
      }
      kill(4711, box);

      assertEquals(
          "WARNING the last run (pid 4711) was killed at least 18s into the stop of kafka"
              + " (budget 20s)",
          next());
    }

    @Test
    void saysInWhichStopTheRunWasKilledWhereItWasNotInItForASecond() {
      begin(4711);
      BlackBox box = open(4711);
      pass(ofMillis(999));
      box.stopping("the drain", ofMillis(5_500), 0);
      kill(4711, box);

      assertEquals("WARNING the last run (pid 4711) was killed in the drain (budget 5.5s)", next());
    }

    @Test
    void saysItInOneLineOfSomeLengthWhateverThePrograms() {
      BlackBox box = open(4711);
      String reason = "a\nb\r\u2028c" + "d".repeat(10_000) + "\ncomplete=yes";
      Straggler[] stragglers =
          IntStream.range(0, 1_000)
              .mapToObj(i -> straggler("s" + i + "e".repeat(10_000), true))
              .toArray(Straggler[]::new);
      box.ended(exit(Outcome.FORCED, 3, new Cause.Asked(reason), stragglers));
      kill(4711, box);
      String line = next();

      assertTrue(line.contains("asked: a b cddd"), line);
      assertTrue(line.endsWith("eee..., and 980 more"), line);
      assertEquals(1, line.lines().count());
      assertTrue(line.length() < 12_000, () -> "" + line.length());
    }

    @Test
    void saysNothingTwice() {
      BlackBox box = open(4711);
      box.ended(exit(Outcome.FAILURES, 1, new Cause.Asked("tired")));
      kill(4711, box);
      BlackBox second = open(4712);
      second.ended(cleanExit());
      kill(4712, second);
      said();
      said.clear();
      open(4713);

      assertEquals(
          List.of("DEBUG the last run (pid 4712) ended 0s ago: exit 0 (clean): signal TERM"),
          said());
    }
  }

  @Nested
  final class TheWriter {

    @Test
    void notesHowFarTheRunHasCome() {
      Disk disk = disk(4711);
      BlackBox box = open(4711, disk);
      disk.awaitWritten(new RunProgress.Starting());
      box.running();
      disk.awaitWritten(new RunProgress.Running());
      box.stopping("the stop of kafka", ofSeconds(20), 0);
      disk.awaitWritten(
          new RunProgress.Stopping("the stop of kafka", ofSeconds(20), Duration.ZERO));
      box.ended(cleanExit());
      disk.awaitWritten(new RunProgress.Ended(0, "exit 0 (clean): signal TERM", List.of()));

      assertEquals(4, disk.written.size());
    }

    @Test
    void writesOnlyTheLatestOfWhatWasReportedMeanwhile() {
      Disk disk = disk(4711);
      BlackBox box = open(4711, disk);
      disk.awaitWritten(new RunProgress.Starting());
      disk.hang();
      box.running();
      await(() -> disk.attempts.get() == 2);
      for (int i = 0; i < 1_000; i++) {
        box.stopping("the stop of s" + i, ofSeconds(20), 0);
      }
      disk.answer();
      disk.awaitWritten(new RunProgress.Stopping("the stop of s999", ofSeconds(20), Duration.ZERO));

      assertEquals(3, disk.written.size(), disk.written::toString);
    }

    @Test
    void beatsOnceASecondWhileStopping() {
      Disk disk = disk(4711);
      BlackBox box = open(4711, disk);
      disk.awaitWritten(new RunProgress.Starting());
      box.stopping("the stop of kafka", ofSeconds(20), 0);
      await(() -> disk.written.size() == 2);
      for (int quarter = 0; quarter < 12; quarter++) {
        pass(ofMillis(250), disk);
      }

      assertEquals(
          Stream.of(0, 1, 2, 3)
              .map(s -> new RunProgress.Stopping("the stop of kafka", ofSeconds(20), ofSeconds(s)))
              .toList(),
          disk.written.subList(1, disk.written.size()));
    }

    @Test
    void doesNotBeatOtherwise() {
      Disk disk = disk(4711);
      BlackBox box = open(4711, disk);
      disk.awaitWritten(new RunProgress.Starting());
      pass(ofHours(1), disk);
      box.running();
      disk.awaitWritten(new RunProgress.Running());
      pass(ofHours(1), disk);

      assertEquals(2, disk.attempts.get());
    }

    @Test
    void isAPlatformThreadThatKeepsNoJvmAlive() {
      Disk disk = disk(4711);
      open(4711, disk);

      assertFalse(disk.writer().isVirtual());
      assertTrue(disk.writer().isDaemon());
    }

    @Test
    void takesTheFirstEndForTheLastWord() {
      Disk disk = disk(4711);
      BlackBox box = open(4711, disk);
      disk.awaitWritten(new RunProgress.Starting());
      disk.hang();
      box.running();
      await(() -> disk.attempts.get() == 2);
      box.ended(cleanExit());
      box.ended(exit(Outcome.FORCED, 3, new Cause.Asked("late")));
      box.stopping("the stop of kafka", ofSeconds(20), 0);
      disk.answer();
      assertTrue(box.close(LONG));

      assertEquals(
          new RunProgress.Ended(0, "exit 0 (clean): signal TERM", List.of()),
          disk.written.getLast());
    }

    @Test
    void writesWhatIsReadableByPeople() throws IOException {
      processes.put(4711L, NOON.minusMillis(120));
      BlackBox box = open(4711);
      pass(ofMillis(1_500));
      box.stopping("the stop of kafka", ofSeconds(20), 0);
      kill(4711, box);

      assertEquals(
          """
          srun-run=1
          program=wallet
          pid=4711
          process=2026-01-02T11:59:59.880Z
          started=2026-01-02T12:00:00Z
          written=2026-01-02T12:00:01.500Z
          progress=stopping
          what=the stop of kafka
          budget=PT20S
          used=PT1.5S
          complete=yes
          """,
          Files.readString(file()));
    }
  }

  @Nested
  final class WhatIsLeft {

    @Test
    void isTheFileAlone() throws IOException {
      Disk disk = disk(4711);
      BlackBox box = open(4711, disk);
      box.running();
      box.ended(cleanExit());

      assertTrue(box.close(LONG));
      assertFalse(disk.writer().isAlive());
      try (Stream<Path> files = Files.list(directory)) {
        assertEquals(List.of(file()), files.toList());
      }
    }

    @Test
    void isNoThreadWhereTheProgramNeverSaidThatItEnded() {
      Disk disk = disk(4711);
      BlackBox box = open(4711, disk);
      disk.awaitWritten(new RunProgress.Starting());
      box.stopping("the stop of kafka", ofSeconds(20), 0);

      assertTrue(box.close(LONG));
      assertFalse(disk.writer().isAlive());
      assertEquals(
          new RunProgress.Stopping("the stop of kafka", ofSeconds(20), Duration.ZERO),
          disk.written.getLast());
    }

    @Test
    void isNoThreadWhereTheDirectoryWasRefused() {
      Disk disk = disk(4711);
      disk.refusal = new AccessDeniedException(directory.toString());
      assertThrows(MisconfiguredException.class, () -> open(4711, disk));

      await(() -> !disk.writer().isAlive());
    }

    @Test
    void isNothingAtAllWhereNothingIsConfigured() throws IOException {
      Settings settings = Settings.resolve(Config.named("wallet"), Map.of());
      BlackBox box = BlackBox.open(settings, new FakeHost(), log);
      box.running();
      box.stopping("the stop of kafka", ofSeconds(20), 0);
      box.ended(cleanExit());

      assertTrue(box.close(Duration.ZERO));
      assertEquals(List.of(), said());
      assertFalse(
          Thread.getAllStackTraces().keySet().stream()
              .anyMatch(thread -> thread.getName().equals("srun-black-box")));
    }

    @Test
    void isReadWhereItIsConfigured() throws IOException {
      Path made = directory.resolve("a").resolve("b");
      Settings settings =
          Settings.resolve(Config.named("wallet"), Map.of("SRUN_STATE_DIR", made.toString()));
      BlackBox box = BlackBox.open(settings, new FakeHost(), log);
      box.ended(cleanExit());
      assertTrue(box.close(LONG));
      assertEquals(List.of(), said());
      assertTrue(BlackBox.open(settings, new FakeHost(), log).close(LONG));

      assertTrue(Files.exists(made.resolve("wallet.run")));
      assertEquals(
          "DEBUG the last run (pid %d) ended 0s ago: exit 0 (clean): signal TERM"
              .formatted(ProcessHandle.current().pid()),
          said().getFirst());
    }
  }

  @Nested
  final class OneWriterAlone {

    private void assertTakenFor(RunProgress progress) {
      assertEquals(
          List.of(
              "WARNING %s belongs to another run (pid 4711): how this one ends will not be noted"
                  .formatted(file())),
          said());
      assertEquals(progress, progressInFile());
    }

    private RunProgress progressInFile() {
      return LastRunText.read(text()).progress();
    }

    private String text() {
      try {
        return Files.readString(file());
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    @Test
    void hasTheFileOfAProgramThatRunsTwice() {
      begin(4711);
      Disk disk = disk(4711);
      open(4711, disk).running();
      disk.awaitWritten(new RunProgress.Running());
      begin(4712);
      Disk second = disk(4712);
      BlackBox box = open(4712, second);
      box.stopping("the stop of kafka", ofSeconds(20), 0);
      box.ended(cleanExit());
      assertTrue(box.close(LONG));

      assertTakenFor(new RunProgress.Running());
      assertEquals(0, second.attempts.get());
    }

    @Test
    void leavesTheFileToTheProcessThatTakesItsPlaceWhenItEnds() {
      begin(4711);
      Disk disk = disk(4711);
      BlackBox before = open(4711, disk);
      before.running();
      disk.awaitWritten(new RunProgress.Running());
      begin(4712);
      parent = 4711;
      Disk second = disk(4712);
      BlackBox box = open(4712, second);
      box.running();
      assertEquals(0, second.attempts.get());
      before.ended(cleanExit());
      assertTrue(before.close(LONG));

      second.awaitWritten(new RunProgress.Running());
      assertTrue(box.close(LONG));
      assertEquals(List.of(), said());
      assertEquals(4712, LastRunText.read(text()).pid());
    }

    @Test
    void doesNotHoldUpTheEndOfTheProcessThatWaitsForItsFile() {
      begin(4711);
      Disk disk = disk(4711);
      open(4711, disk).running();
      disk.awaitWritten(new RunProgress.Running());
      begin(4712);
      parent = 4711;
      BlackBox box = open(4712);
      box.ended(cleanExit());

      assertTrue(box.close(LONG));
      assertEquals(new RunProgress.Running(), progressInFile());
    }

    @Test
    void hasTheFileOfAProgramThatRunsTwiceInOneProcess() {
      begin(4711);
      Disk disk = disk(4711);
      open(4711, disk).running();
      disk.awaitWritten(new RunProgress.Running());
      assertTrue(open(4711).close(LONG));

      assertTakenFor(new RunProgress.Running());
    }

    @Test
    void isNotTheOneThatHasEnded() {
      begin(4711);
      BlackBox box = open(4711);
      box.ended(cleanExit());
      assertTrue(box.close(LONG));
      Disk second = disk(4711);
      BlackBox again = open(4711, second); // in the same process, which lives
      again.running();
      assertTrue(again.close(LONG));

      assertEquals(
          List.of("DEBUG the last run (pid 4711) ended 0s ago: exit 0 (clean): signal TERM"),
          said());
      assertEquals(new RunProgress.Running(), progressInFile());
    }

    @Test
    void isTheSameForProcessesThatDisagreeALittleAboutItsStart() {
      begin(4711);
      Disk disk = disk(4711);
      open(4711, disk).running();
      disk.awaitWritten(new RunProgress.Running());
      processes.computeIfPresent(4711L, (pid, start) -> start.plusMillis(1_990));
      assertTrue(open(4712).close(LONG));

      assertTakenFor(new RunProgress.Running());
    }

    @ParameterizedTest
    @ValueSource(longs = {2_010, -2_010, 86_400_000})
    void isNotALaterProcessOfTheSameNumber(long millis) {
      begin(4711);
      BlackBox box = open(4711);
      box.running();
      kill(4711, box);
      processes.put(4711L, NOON.minusMillis(120).plusMillis(millis));

      assertTrue(next().contains("was killed or crashed while running"), said::toString);
      assertEquals(new RunProgress.Starting(), progressInFile());
    }

    @Test
    void isNotThisProcessWhereAContainerGivesItTheNumberOfTheLast() {
      begin(1);
      BlackBox box = open(1);
      box.running();
      kill(1, box);
      pass(ofMillis(500));
      begin(1);
      assertTrue(open(1).close(LONG));

      assertTrue(said().getFirst().contains("was killed or crashed while running"), said::toString);
      assertEquals(new RunProgress.Starting(), progressInFile());
    }

    @Test
    void isNotAProcessOfWhichNobodySaysWhenItStarted() {
      BlackBox box = open(4711); // its own start is not known
      box.running();
      assertTrue(box.close(LONG));
      begin(4711);

      assertTrue(next().contains("was killed or crashed while running"), said::toString);
    }

    @Test
    void isToldFromTheDeadByTheSystem() throws Exception {
      Machine machine = Machine.of(new JvmHost());
      Process process = new ProcessBuilder("cat").start(); // ends when its input does
      try {
        Instant started = process.info().startInstant().orElseThrow();

        assertTrue(machine.isAlive(process.pid(), started));
        assertFalse(machine.isAlive(process.pid(), started.minusSeconds(60)));
        assertFalse(machine.isAlive(process.pid(), null));
        process.destroyForcibly().waitFor();
        assertFalse(machine.isAlive(process.pid(), started));
      } finally {
        process.destroyForcibly();
      }
      Instant ours = ProcessHandle.current().info().startInstant().orElseThrow();
      assertTrue(machine.isAlive(ProcessHandle.current().pid(), ours));
      assertFalse(machine.isAlive(ProcessHandle.current().pid(), ours.plusMillis(10)));
    }
  }

  @Nested
  final class AFileThatCannotBeUnderstood {

    private void put(String text) {
      try {
        Files.writeString(file(), text);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    private String good() {
      return """
      srun-run=1
      program=wallet
      pid=4711
      started=2026-01-02T11:00:00Z
      written=2026-01-02T11:00:01Z
      progress=running
      complete=yes
      """;
    }

    private void assertWarnsOnceAndGoesOn(String reason) {
      Disk disk = disk(4711);
      BlackBox box = open(4711, disk);
      box.running();
      assertTrue(box.close(LONG));
      List<String> lines = said();

      assertEquals(1, lines.size(), lines::toString);
      assertTrue(
          lines.getFirst().startsWith("WARNING " + file() + " says nothing of the last run: "),
          lines::toString);
      assertTrue(lines.getFirst().contains(reason), lines::toString);
      assertEquals(new RunProgress.Running(), disk.written.getLast());
    }

    @ParameterizedTest
    @CsvSource({
      "'', not written by srun",
      "hello, not written by srun",
      "srun-run=2, 'its version is ''2'', not 1'",
      "srun-run=1, its end is missing",
    })
    void isSaidOnce(String text, String reason) {
      put(text);

      assertWarnsOnceAndGoesOn(reason);
    }

    @ParameterizedTest
    @CsvSource({
      "pid=4711, pid=many, many",
      "pid=4711, pod=4711, pid is missing",
      "started=2026-01-02T11:00:00Z, started=today, today",
      "progress=running, progress=flying, 'flying'",
      "progress=running, progress=stopping, what is missing",
      "progress=running, progress=ended, code is missing",
    })
    void isSaidWithWhatIsWrong(String what, String instead, String reason) {
      put(good().replace(what, instead));

      assertWarnsOnceAndGoesOn(reason);
    }

    @Test
    void isRefusedWhereItIsCutOffAnywhere() {
      String whole = good().strip();

      assertEquals(4711, LastRunText.read(whole).pid());
      for (int length = 0; length < whole.length(); length++) {
        String cut = whole.substring(0, length);
        assertThrows(IllegalArgumentException.class, () -> LastRunText.read(cut), cut);
      }
    }

    @Test
    void isRefusedAndNeverAnythingElseWhateverStandsInIt() {
      Random random = new Random(42);
      byte[] good = good().getBytes(StandardCharsets.UTF_8);
      for (int round = 0; round < 20_000; round++) {
        byte[] bytes = good.clone();
        for (int change = 0; change < 3; change++) {
          bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        try {
          LastRun read = LastRunText.read(new String(bytes, StandardCharsets.UTF_8));
          assertEquals(1, read.message(NOON).lines().count());
        } catch (IllegalArgumentException refused) {
          assertNotNull(refused.getMessage());
        }
      }
    }

    @Test
    void isReadWithKeysThatALaterReleaseAdds() {
      put(good().replace("pid=4711", "colour=blue\npid=4711"));

      assertTrue(next().contains("was killed or crashed while running"));
    }

    @Test
    void isNotReadToTheEndWhereItIsHuge() throws IOException {
      put(good() + "x".repeat(70_000));

      assertWarnsOnceAndGoesOn("longer than 65536 bytes");
    }

    @Test
    void isNotReadToTheEndWhereItHasNone() throws IOException {
      Path zeros = Path.of("/dev/zero");
      assumeTrue(Files.exists(zeros), "an endless file, which Linux has");
      Files.createSymbolicLink(file(), zeros);

      assertWarnsOnceAndGoesOn("longer than 65536 bytes");
      assertTrue(Files.exists(zeros), "the link was replaced, not what it leads to");
      assertTrue(Files.isRegularFile(file(), LinkOption.NOFOLLOW_LINKS));
    }

    @Test
    void isNeverLeftByAWriteThatFails() throws IOException {
      DiskFile file = new DiskFile(directory, "wallet", 4711);
      file.replace("old");
      Files.createDirectories(directory.resolve("wallet.run.4711.tmp").resolve("in the way"));

      assertThrows(IOException.class, () -> file.replace("new"));
      assertEquals("old", file.read());
    }

    @Test
    void mayEvenBeADirectory() throws IOException {
      Files.createDirectory(file());
      Disk disk = disk(4711);
      assertTrue(open(4711, disk).close(LONG));
      List<String> lines = said();

      assertEquals(2, lines.size(), lines::toString);
      assertTrue(lines.getFirst().contains("says nothing of the last run"), lines::toString);
      assertTrue(lines.getLast().contains("cannot be written"), lines::toString);
      try (Stream<Path> files = Files.list(directory)) {
        assertEquals(List.of(file()), files.toList());
      }
    }
  }

  @Nested
  final class ADirectory {

    @Test
    void isMadeWhereThereIsNone() {
      Path deep = directory.resolve("a").resolve("b");
      Disk disk = new Disk(new DiskFile(deep, "wallet", 4711));
      assertTrue(open(4711, disk).close(LONG));

      assertTrue(Files.isRegularFile(deep.resolve("wallet.run")));
    }

    @Test
    void isRefusedWhereItCannotBeMade() throws IOException {
      Path regular = Files.writeString(directory.resolve("regular"), "a file");
      for (Path impossible : List.of(regular, regular.resolve("below"))) {
        Settings settings =
            Settings.resolve(Config.named("wallet").stateDirectory(impossible), Map.of());
        String message =
            assertThrows(
                    MisconfiguredException.class,
                    () -> BlackBox.open(settings, new FakeHost(), log))
                .getMessage();

        assertTrue(
            message.startsWith(
                "state directory (SRUN_STATE_DIR) is '%s': expected a directory in which files can be made"
                    .formatted(impossible)),
            message);
        assertTrue(message.contains("FileAlreadyExists") || message.contains("Not a d"), message);
      }
      assertEquals(List.of(), said(), "the refusal says it all");
    }

    @Test
    void isRefusedWhereNothingCanBeMadeInIt() {
      Disk disk = disk(4711);
      disk.refusal = new AccessDeniedException("/var/lib/wallet");
      MisconfiguredException refused =
          assertThrows(MisconfiguredException.class, () -> open(4711, disk));

      assertTrue(
          String.valueOf(refused.getMessage()).contains("AccessDeniedException: /var/lib/wallet"),
          refused::toString);
      assertEquals(0, disk.attempts.get());
    }

    @Test
    void thatIsFullIsOneWarningAndTriedAgain() {
      Disk disk = disk(4711);
      disk.failure = new IOException("No space left on device");
      BlackBox box = open(4711, disk);
      await(() -> disk.attempts.get() == 1);
      box.running();
      await(() -> disk.attempts.get() == 2);
      pass(ofMinutes(1), disk);
      assertEquals(3, disk.attempts.get());
      pass(ofSeconds(59), disk);
      assertEquals(3, disk.attempts.get());
      disk.failure = null;
      pass(ofSeconds(1), disk);
      disk.awaitWritten(new RunProgress.Running());
      disk.failure = new IOException("No space left on device");
      box.stopping("the stop of kafka", ofSeconds(20), 0);
      box.ended(cleanExit());
      assertTrue(box.close(LONG));

      assertEquals(
          List.of(
              "WARNING %s cannot be written, so the next start may not know how this run ended"
                      .formatted(file())
                  + " (java.io.IOException: No space left on device)"),
          said());
    }

    @Test
    void thatVanishesIsOneWarning() throws IOException {
      Disk disk = disk(4711);
      BlackBox box = open(4711, disk);
      disk.awaitWritten(new RunProgress.Starting());
      Files.delete(file());
      Files.delete(directory);
      box.running();
      await(() -> disk.attempts.get() == 2);
      box.stopping("the stop of kafka", ofSeconds(20), 0);
      box.ended(cleanExit());
      assertTrue(box.close(LONG));

      assertEquals(1, said().size(), said::toString);
      assertTrue(said().getFirst().contains("NoSuchFileException"), said::toString);
      Files.createDirectory(directory);
    }

    @Test
    void thatDoesNotAnswerHoldsUpNoStart() {
      begin(4710);
      BlackBox before = open(4710);
      before.running();
      kill(4710, before);
      Disk disk = disk(4711);
      disk.hang();
      BlackBox box = open(4711, disk, ofMillis(1));
      box.running();

      assertEquals(
          List.of(
              "WARNING %s: no answer within 1ms; going on without waiting for it"
                  .formatted(file())),
          said());
      disk.answer();
      disk.awaitWritten(new RunProgress.Running());
      assertTrue(said().getLast().contains("was killed or crashed while running"), said::toString);
    }

    @Test
    void thatIsRefusedTooLateIsAWarning() {
      Disk disk = disk(4711);
      disk.hang();
      disk.refusal = new AccessDeniedException("/var/lib/wallet");
      BlackBox box = open(4711, disk, ofMillis(1));
      disk.answer();
      assertTrue(box.close(LONG));

      assertEquals(2, said().size(), said::toString);
      assertTrue(said().getLast().contains("cannot be written"), said::toString);
    }

    @Test
    void thatHangsHoldsUpNoReportAndNoEnd() {
      Disk disk = disk(4711);
      BlackBox box = open(4711, disk);
      disk.awaitWritten(new RunProgress.Starting());
      disk.hang();
      box.running();
      await(() -> disk.attempts.get() == 2);
      box.stopping("the stop of kafka", ofSeconds(20), 0);
      box.ended(cleanExit());

      assertFalse(box.close(ofMillis(1)));
      assertTrue(disk.writer().isAlive());
      disk.answer(); // the thread ends by itself once it can
      await(() -> !disk.writer().isAlive());
      assertEquals(
          new RunProgress.Ended(0, "exit 0 (clean): signal TERM", List.of()),
          disk.written.getLast());
    }

    @Test
    void thatHangsDoesNotSwallowTheInterruptOfWhoeverWaits() {
      Disk disk = disk(4711);
      disk.hang();
      Thread.currentThread().interrupt();
      BlackBox box = open(4711, disk, LONG);
      assertTrue(Thread.currentThread().isInterrupted());
      assertFalse(box.close(LONG));

      assertTrue(Thread.interrupted());
    }

    @Test
    void whoseFileBreaksInAnyWayDoesNotEndTheWriter() {
      AtomicInteger attempts = new AtomicInteger();
      Disk broken =
          new Disk(
              new StateFile() {
                @Override
                public Path path() {
                  return file();
                }

                @Override
                public @Nullable String read() {
                  throw new SecurityException("no");
                }

                @Override
                public void prepare() {}

                @Override
                public void replace(String text) {
                  if (attempts.incrementAndGet() < 3) {
                    throw new StackOverflowError();
                  }
                }
              });
      BlackBox box = open(4711, broken);
      await(() -> broken.attempts.get() == 1);
      box.running();
      await(() -> broken.attempts.get() == 2);
      box.ended(cleanExit());
      assertTrue(box.close(LONG));

      assertEquals(1, broken.written.size());
      assertEquals(2, said().size(), said::toString);
    }
  }

  @Nested
  final class AName {

    @ParameterizedTest
    @CsvSource({
      "wallet, wallet",
      "my-app_2.1, my-app_2.1",
      "a/b, a%2Fb",
      "a b, a%20b",
      ".., '%2E.'",
      ".hidden, %2Ehidden",
      "../../etc/passwd, '%2E.%2F..%2Fetc%2Fpasswd'",
      "50%, 50%25",
      "größe, gr%C3%B6%C3%9Fe",
      "'a\\b:c', a%5Cb%3Ac",
    })
    void isWrittenSoThatItNamesAFile(String program, String name) {
      assertEquals(name, DiskFile.name(program));
      assertEquals(directory, new DiskFile(directory, program, 1).path().getParent());
    }

    @Test
    void isDifferentForEveryProgram() {
      List<String> programs =
          List.of(
              "a",
              "A",
              "a/b",
              "a%2Fb",
              "a b",
              "x".repeat(150),
              "x".repeat(200),
              "x".repeat(201),
              "ü".repeat(100),
              "ü".repeat(101),
              "a\u0000",
              "a\n");
      Set<String> names = new HashSet<>();
      programs.forEach(program -> names.add(DiskFile.name(program)));

      assertEquals(programs.size(), names.size(), names::toString);
    }

    @Test
    void isOfALengthThatFilesMayHave() throws IOException {
      for (String program : List.of("x".repeat(10_000), "ü/".repeat(5_000))) {
        Path file = new DiskFile(directory, program, Long.MAX_VALUE).path();
        new DiskFile(directory, program, Long.MAX_VALUE).replace("text");

        assertEquals("text", Files.readString(file));
      }
    }

    @Test
    void isNoWayThroughALinkThatOthersPutThere() throws IOException {
      Path precious = Files.writeString(directory.resolve("precious"), "kept");
      Files.createSymbolicLink(directory.resolve("wallet.run.4711.tmp"), precious);
      DiskFile file = new DiskFile(directory, "wallet", 4711);

      assertThrows(IOException.class, file::prepare);
      assertThrows(IOException.class, () -> file.replace("text"));
      assertEquals("kept", Files.readString(precious));
      assertNotEquals("text", file.read());
    }
  }
}
