package dev.srun;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From what is said to what is written. */
@Timeout(60)
final class LogTest {
  private static final Instant NOON = Instant.parse("2026-01-02T12:00:00Z");

  /** Longer than any test waits. */
  private static final Duration LONG = Duration.ofSeconds(30);

  private static LogLine line(String message) {
    return line(Level.INFO, message, null);
  }

  private static LogLine line(Level level, String message, @Nullable String stackTrace) {
    LogDetail detail = stackTrace == null ? null : new LogDetail.Thrown(stackTrace);
    return new LogLine(NOON, level, "wallet.api", message, "wallet-api", detail);
  }

  @Nested
  final class InText {

    @Test
    void aLineHasTimeLevelScopeAndMessage() {
      assertEquals(
          "2026-01-02T12:00:00.000Z INFO    logger_scope=wallet.api RUNNING after 3ms\n",
          LogText.text(line("RUNNING after 3ms")));
    }

    @ParameterizedTest
    @CsvSource({"TRACE", "DEBUG", "INFO", "WARNING", "ERROR"})
    void messagesStandInOneColumnWhateverTheLevel(Level level) {
      String text = LogText.text(line(level, "x", null));

      assertEquals("2026-01-02T12:00:00.000Z WARNING ".length(), text.indexOf("logger_scope="));
    }

    @ParameterizedTest
    @CsvSource({
      "2026-01-02T12:00:00.000999Z, 2026-01-02T12:00:00.000Z",
      "2026-01-02T12:00:00.1Z, 2026-01-02T12:00:00.100Z",
      "1970-01-01T00:00:00Z, 1970-01-01T00:00:00.000Z",
    })
    void timeIsUtcWithMilliseconds(Instant at, String text) {
      LogLine line = new LogLine(at, Level.INFO, "s", "m", "t", null);

      assertTrue(LogText.text(line).startsWith(text + " "), LogText.text(line));
      assertTrue(LogText.json(line).startsWith("{\"time\":\"" + text + "\""), LogText.json(line));
    }

    @Test
    void aStackTraceFollowsIndented() {
      String text = LogText.text(line(Level.ERROR, "init failed", "E: no\n\tat a.B.c(B.java:1)"));

      assertEquals(
          """
          2026-01-02T12:00:00.000Z ERROR   logger_scope=wallet.api init failed
              E: no
              \tat a.B.c(B.java:1)
          """,
          text);
    }
  }

  @Nested
  final class InJson {

    @Test
    void aLineIsOneObject() {
      assertEquals(
          "{\"time\":\"2026-01-02T12:00:00.000Z\",\"level\":\"INFO\","
              + "\"logger_scope\":\"wallet.api\",\"msg\":\"hello\",\"thread\":\"wallet-api\"}\n",
          LogText.json(line("hello")));
    }

    @Test
    void aStackTraceIsOneFieldOnTheSameLine() {
      String json = LogText.json(line(Level.ERROR, "no", "E: no\r\n\tat a.B.c(B.java:1)"));

      assertTrue(json.endsWith(",\"error\":\"E: no\\r\\n\\tat a.B.c(B.java:1)\"}\n"), json);
      assertEquals(json.length() - 1, json.indexOf('\n'));
    }

    @Test
    void everythingThatRfc8259WantsEscapedIsEscaped() {
      assertEquals("\"a\\\"b\\\\c/d\"", quoted("a\"b\\c/d"));
      assertEquals("\"\\n\\r\\t\\u0000\\u0008\\u001b\\u001f \"", quoted("\n\r\t\0\b\33\37 "));
      assertEquals("\"é€\u007f\u2028\"", quoted("é€\u007f\u2028"));
    }

    @Test
    void surrogatesAreEscapedSoThatHalfAPairCannotSpoilTheStream() {
      assertEquals("\"\\ud83d\\ude00\"", quoted("\ud83d\ude00"));
      assertEquals("\"\\ud83d!\"", quoted("\ud83d!"));
      assertEquals("\"!\\ude00\"", quoted("!\ude00"));
    }

    @Test
    void scopeAndThreadAreEscapedToo() {
      String json = LogText.json(new LogLine(NOON, Level.INFO, "a\"b", "m", "c\nd", null));

      assertTrue(json.contains("\"logger_scope\":\"a\\\"b\""), json);
      assertTrue(json.contains("\"thread\":\"c\\nd\""), json);
    }

    private String quoted(String message) {
      String json = LogText.json(line(message));
      return json.substring(json.indexOf("\"msg\":") + 6, json.indexOf(",\"thread\""));
    }
  }

  @Nested
  final class ToAStream {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    @Test
    void linesGoOutInTheConfiguredFormatAsUtf8() throws IOException {
      StreamSink sink = new StreamSink(bytes, LogFormat.TEXT, Level.INFO);
      sink.write(line("grüß"));
      sink.configure(LogFormat.JSON, Level.INFO);
      sink.write(line("Gott"));

      String[] lines = bytes.toString(StandardCharsets.UTF_8).split("\n", -1);
      assertTrue(lines[0].endsWith(" grüß"), lines[0]);
      assertTrue(lines[1].startsWith("{") && lines[1].contains("\"Gott\""), lines[1]);
    }

    @Test
    void theLowestLevelIsIncluded() {
      StreamSink sink = new StreamSink(bytes, LogFormat.TEXT, Level.WARNING);

      assertTrue(sink.isLoggable(Level.WARNING));
      assertTrue(sink.isLoggable(Level.ERROR));
      assertFalse(sink.isLoggable(Level.INFO));
      sink.configure(LogFormat.TEXT, Level.DEBUG);
      assertTrue(sink.isLoggable(Level.DEBUG));
      assertFalse(sink.isLoggable(Level.TRACE));
    }

    @Test
    void aScopeMayHaveALevelOfItsOwnAndThoseBelowItHaveThat() {
      StreamSink sink = new StreamSink(bytes, LogFormat.TEXT, Level.INFO);
      sink.levels(
          sink.levels().with("wallet.ledger", Level.DEBUG).with("wallet.noisy", Level.ERROR));

      assertTrue(sink.isLoggable("wallet.ledger", Level.DEBUG));
      assertTrue(sink.isLoggable("wallet.ledger.audit", Level.DEBUG));
      assertFalse(sink.isLoggable("wallet.ledgers", Level.DEBUG));
      assertFalse(sink.isLoggable("wallet", Level.DEBUG));
      assertFalse(sink.isLoggable("wallet.noisy.one", Level.WARNING));
      assertTrue(sink.isLoggable(Level.DEBUG), "of some scope");
      sink.levels(sink.levels().with("wallet.ledger", null));
      assertFalse(sink.isLoggable("wallet.ledger", Level.DEBUG));
      assertFalse(sink.isLoggable(Level.DEBUG));
    }

    @Test
    void everyLineIsFlushedInOneWrite() throws IOException {
      AtomicInteger writes = new AtomicInteger();
      AtomicInteger flushes = new AtomicInteger();
      OutputStream stream =
          new OutputStream() {
            @Override
            public void write(int b) {
              throw new AssertionError("byte by byte");
            }

            @Override
            public void write(byte[] all, int from, int length) {
              writes.incrementAndGet();
            }

            @Override
            public void flush() {
              flushes.incrementAndGet();
            }
          };
      new StreamSink(stream, LogFormat.TEXT, Level.INFO)
          .write(line(Level.ERROR, "m", "E\n\tat x\n\tat y"));

      assertEquals(1, writes.get());
      assertEquals(1, flushes.get());
    }
  }

  /** A sink that keeps what it is given, may hold its writer up and may fail. */
  private static final class Sink implements LogSink {
    private final ConcurrentLinkedDeque<String> written = new ConcurrentLinkedDeque<>();
    final Set<Thread> writers = ConcurrentHashMap.newKeySet();
    final CountDownLatch entered = new CountDownLatch(1);
    private final Semaphore permits;
    private volatile @Nullable Exception failure;
    private volatile Level lowest = Level.INFO;

    Sink() {
      this(Integer.MAX_VALUE);
    }

    Sink(int permits) {
      this.permits = new Semaphore(permits);
    }

    void unblock() {
      permits.release(1_000_000);
    }

    void failWith(@Nullable Exception next) {
      failure = next;
    }

    @Override
    public boolean isLoggable(Level level) {
      return level.getSeverity() >= lowest.getSeverity();
    }

    @Override
    public void write(LogLine line) throws IOException {
      entered.countDown();
      permits.acquireUninterruptibly();
      switch (failure) {
        case IOException e -> throw e;
        case RuntimeException e -> throw e;
        case null, default -> {}
      }
      writers.add(Thread.currentThread());
      written.add(line.message());
    }

    List<String> written() {
      return List.copyOf(written);
    }

    void awaitWritten(String message) {
      await().until(() -> written.contains(message));
    }

    Stream<String> complaints() {
      return written.stream().filter(line -> line.endsWith(" log lines were dropped"));
    }

    int saidDropped() {
      return complaints().mapToInt(line -> Integer.parseInt(line.split(" ", 2)[0])).sum();
    }
  }

  @Nested
  final class TheWriter {

    @Test
    void writesLinesInTheOrderInWhichTheyWereSaid() {
      Sink sink = new Sink();
      LogWriter log = new LogWriter(sink);
      for (int i = 0; i < 1_000; i++) {
        log.info("t", "line " + i);
      }
      log.flush(LONG);

      assertEquals(
          Stream.iterate(0, i -> i + 1).limit(1_000).map(i -> "line " + i).toList(),
          sink.written());
    }

    @Test
    void writesOnOneDaemonPlatformThreadOfItsOwn() {
      Sink sink = new Sink();
      LogWriter log = new LogWriter(sink);
      log.info("t", "one");
      log.info("t", "two");
      log.flush(LONG);

      assertEquals(1, sink.writers.size());
      Thread writer = sink.writers.iterator().next();
      assertAll(
          () -> assertNotSame(Thread.currentThread(), writer),
          () -> assertEquals("srun-log", writer.getName()),
          () -> assertTrue(writer.isDaemon()),
          () -> assertFalse(writer.isVirtual()));
    }

    @Test
    void startsNoThreadForWhatIsNotLoggable() {
      Sink sink = new Sink();
      LogWriter log = new LogWriter(sink);
      log.debug("t", "quiet");
      log.flush(LONG);

      assertEquals(List.of(), sink.written());
      assertEquals(1, sink.entered.getCount());
    }

    @Test
    void copiesWhatTheRunnerSaysAndSaidBeforeToWhoTakesItAndNotWhatComesFromElsewhere() {
      LogWriter log = new LogWriter(new Sink(), new LogCopies());
      List<String> copies = new CopyOnWriteArrayList<>();
      log.info("t", "before");
      log.debug("t", "quiet");
      log.copyTo(line -> copies.add(line.message()));
      log.info("t", "after");
      log.offer(new LogLine(Instant.now(), Level.INFO, "t", "of the program", "main", null));
      log.flush(LONG);

      assertEquals(List.of("before", "after"), copies);
    }

    @Test
    void keepsNoMoreCopiesThanItHasRoomForWhileNobodyTakesThem() {
      LogWriter log = new LogWriter(new Sink(), new LogCopies());
      List<String> copies = new CopyOnWriteArrayList<>();
      IntStream.range(0, 150).forEach(i -> log.info("t", "line " + i));
      log.copyTo(line -> copies.add(line.message()));
      log.info("t", "after");
      log.flush(LONG);

      assertEquals(101, copies.size());
      assertEquals("line 99", copies.get(99));
      assertEquals("after", copies.get(100));
    }

    @Test
    void keepsWhatIsKnownOfALine() {
      List<LogLine> lines = new CopyOnWriteArrayList<>();
      LogWriter log = new LogWriter(new EveryLine(lines::add));
      Instant before = Instant.now();
      Failure failure = Failures.of("api", Phase.INIT, new IOException("no"));
      log.warning("t.api", "slow");
      log.error("t.api", "failed", failure);
      log.flush(LONG);

      assertEquals(2, lines.size());
      assertAll(
          () -> assertEquals(Level.WARNING, lines.getFirst().level()),
          () -> assertEquals("t.api", lines.getFirst().scope()),
          () -> assertEquals("slow", lines.getFirst().message()),
          () -> assertEquals(Thread.currentThread().getName(), lines.getFirst().thread()),
          () -> assertFalse(lines.getFirst().at().isBefore(before)),
          () -> assertEquals(Level.ERROR, lines.getLast().level()),
          () -> assertEquals(new LogDetail.Thrown(failure.stackTrace()), lines.getLast().detail()));
    }

    @Test
    void neverBlocksItsCallersAndSaysAfterwardsHowMuchWasDropped() throws Exception {
      Sink sink = new Sink(0);
      LogWriter log = new LogWriter(sink);
      log.info("t", "first");
      assertTrue(sink.entered.await(20, TimeUnit.SECONDS));
      int said = 40_000; // more than there is room for
      sayManyLines(log, said);
      sink.unblock();
      await().until(() -> sink.saidDropped() > 0);
      log.info("t", "last");
      sink.awaitWritten("last");

      long lines = sink.written().stream().filter(line -> line.startsWith("line ")).count();
      assertTrue(lines >= 1_000, () -> lines + " lines kept");
      assertEquals(said, lines + sink.saidDropped());
      assertEquals(1, sink.complaints().count());
    }

    private void sayManyLines(LogWriter log, int count) throws InterruptedException {
      Thread speaker =
          Thread.ofPlatform()
              .daemon()
              .start(() -> {
                for (int i = 0; i < count; i++) {
                  log.info("t", "line " + i);
                }
              });
      assertTrue(speaker.join(Duration.ofSeconds(20)), "the log blocks its callers");
    }

    @Test
    void isNotHeldUpByABlockedWriterWhenItIsFlushed() throws Exception {
      Sink sink = new Sink(0);
      LogWriter log = new LogWriter(sink);
      log.info("t", "first");
      assertTrue(sink.entered.await(20, TimeUnit.SECONDS));

      assertTimeoutPreemptively(
          Duration.ofSeconds(10), () -> assertFalse(log.flush(Duration.ofMillis(50))));
      sayManyLines(log, 40_000);
      assertTimeoutPreemptively(
          Duration.ofSeconds(10),
          () -> assertFalse(log.flush(Duration.ofMillis(50))),
          "with a full queue");
      sink.unblock();
    }

    @Test
    void countsNothingAsDroppedThatIsWrittenLater() throws Exception {
      Sink sink = new Sink(0);
      LogWriter log = new LogWriter(sink);
      log.info("t", "one");
      log.info("t", "two");
      log.info("t", "three");
      assertTrue(sink.entered.await(20, TimeUnit.SECONDS));
      assertFalse(log.flush(Duration.ofMillis(50)));
      sink.unblock();
      sink.awaitWritten("three");
      log.info("t", "four");
      sink.awaitWritten("four");

      assertEquals(List.of("one", "two", "three", "four"), sink.written());
    }

    @Test
    void letsItsThreadEndAtAFlushAndStartsAnotherForALaterLine() {
      Sink sink = new Sink();
      LogWriter log = new LogWriter(sink);
      for (int round = 0; round < 100; round++) {
        log.info("t", "line " + round);
        log.flush(LONG);
        assertEquals(round + 1, sink.written().size(), "written when the flush returns");
      }

      await().until(() -> sink.writers.stream().noneMatch(Thread::isAlive));
      log.info("t", "again");
      log.flush(LONG);
      assertEquals("again", sink.written().getLast());
    }

    @Test
    void losesNothingThatIsSaidWhileItIsFlushed() throws Exception {
      Sink sink = new Sink();
      LogWriter log = new LogWriter(sink);
      Thread speaker =
          Thread.ofPlatform()
              .start(() -> {
                for (int i = 0; i < 5_000; i++) {
                  log.info("t", "line " + i);
                }
              });
      while (speaker.isAlive()) {
        log.flush(LONG);
      }
      speaker.join();
      sink.awaitWritten("line 4999");

      assertEquals(
          Stream.iterate(0, i -> i + 1).limit(5_000).map(i -> "line " + i).toList(),
          sink.written());
    }

    @Test
    void keepsTheInterruptOfWhoeverFlushes() {
      Sink sink = new Sink();
      LogWriter log = new LogWriter(sink);
      log.info("t", "line");
      Thread.currentThread().interrupt();
      assertFalse(log.flush(LONG));

      assertTrue(Thread.interrupted());
      sink.awaitWritten("line");
    }

    @Test
    void saysWhetherAFlushReachedTheEnd() throws Exception {
      Sink sink = new Sink(0);
      LogWriter log = new LogWriter(sink);
      assertTrue(log.flush(Duration.ZERO), "there is nothing to write");
      log.info("t", "line");
      assertTrue(sink.entered.await(20, TimeUnit.SECONDS));
      assertFalse(log.flush(Duration.ofMillis(1)));
      sink.unblock();
      assertTrue(log.flush(LONG));

      assertEquals(List.of("line"), sink.written());
    }

    @Test
    void goesOnAfterASinkThatThrows() {
      Sink sink = new Sink();
      LogWriter log = new LogWriter(sink);
      for (Exception failure :
          List.of(new IOException("closed"), new IllegalStateException("broken"))) {
        sink.failWith(failure);
        log.info("t", "lost");
        log.flush(LONG);
        sink.failWith(null);
        log.info("t", "after " + failure);
        sink.awaitWritten("after " + failure);
      }

      assertFalse(sink.written().contains("lost"));
    }

    @Test
    void countsWhatASinkThatThrowsHasLost() {
      Sink sink = new Sink();
      LogWriter log = new LogWriter(sink);
      sink.failWith(new IOException("no space left"));
      for (int i = 0; i < 5; i++) {
        log.info("t", "lost");
      }
      log.flush(LONG);
      sink.failWith(null);
      log.info("t", "space again");
      await().until(() -> sink.saidDropped() > 0);

      assertEquals("space again", sink.written().getFirst());
      assertEquals(5, sink.saidDropped());
    }

    @Test
    void goesOnAfterASinkThatBreaksItsThread() {
      AtomicInteger calls = new AtomicInteger();
      List<String> written = new CopyOnWriteArrayList<>();
      LogWriter log =
          new LogWriter(
              new EveryLine(line -> {
                if (calls.incrementAndGet() == 1) {
                  Thread.currentThread().setUncaughtExceptionHandler((thread, error) -> {});
                  throw new StackOverflowError();
                }
                written.add(line.message());
              }));
      log.info("t", "one");
      log.info("t", "two");
      await().until(() -> written.contains("two"));
      log.info("t", "three");
      await().until(() -> written.contains("three"));

      assertEquals(3, calls.get());
    }
  }

  @Nested
  final class TextOfFailures {

    @Test
    void hasTheCauses() {
      String text = Failures.text(new IOException("outer", new IllegalStateException("inner")));

      assertTrue(text.startsWith("java.io.IOException: outer\n"), text);
      assertTrue(text.contains("Caused by: java.lang.IllegalStateException: inner"), text);
      assertFalse(text.endsWith("\n"), text);
    }

    @Test
    void isTheClassWhereTheExceptionsOwnMethodsFail() {
      final class Hostile extends RuntimeException {
        private static final long serialVersionUID = 1L;

        @Override
        public String getMessage() {
          throw new StackOverflowError();
        }
      }

      String text = Failures.text(new Hostile());

      assertTrue(text.contains("Hostile"), text);
      assertTrue(text.contains("StackOverflowError"), text);
    }

    @Test
    void aFailureSuppressedOntoItselfChangesNothing() {
      Exception one = new Exception("one");
      Failures.suppress(one, one);
      Failures.suppress(one, new Exception("two"));

      assertEquals(1, one.getSuppressed().length);
    }
  }
}
