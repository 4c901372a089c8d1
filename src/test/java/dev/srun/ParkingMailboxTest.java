package dev.srun;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A mailbox on real threads. */
@Timeout(60)
final class ParkingMailboxTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private final Mailbox<String> mailbox = new ParkingMailbox<>();
  private final BlockingQueue<String> read = new LinkedBlockingQueue<>();

  /** Takes one message and tells it; tells its interrupt instead where that comes. */
  private Thread reader(String name) {
    return new ProgramThreads().make(name, true, () -> read.add(name + " " + taken()));
  }

  private String taken() {
    try {
      return mailbox.take();
    } catch (InterruptedException e) {
      return "interrupted";
    }
  }

  /** Waits for a message and leaves it to others; tells its interrupt. */
  private Thread firstThatReadsNothing() {
    return new ProgramThreads()
        .make(
            "first",
            true,
            () -> {
              try {
                mailbox.await();
              } catch (InterruptedException e) {
                read.add("first interrupted");
              }
            });
  }

  private Thread waitingReader(String name) {
    Thread reader = reader(name);
    reader.start();
    awaitWaiting(reader);
    return reader;
  }

  private static void awaitWaiting(Thread thread) {
    await().atMost(LONG).until(() -> thread.getState() == Thread.State.WAITING);
  }

  private String awaitRead() throws InterruptedException {
    String next = read.poll(LONG.toSeconds(), TimeUnit.SECONDS);
    return next == null ? "nobody was woken" : next;
  }

  @Test
  void messagesComeInTheOrderInWhichTheyWerePosted() throws InterruptedException {
    for (int i = 0; i < 100; i++) {
      mailbox.post("m" + i);
    }
    for (int i = 0; i < 100; i++) {
      assertEquals("m" + i, mailbox.take());
    }
    assertNull(mailbox.poll());
    assertTrue(mailbox.isEmpty());
  }

  @Test
  void aMessageWakesTheReader() throws InterruptedException {
    waitingReader("reader");
    mailbox.post("m");
    assertEquals("reader m", awaitRead());
  }

  @Test
  void aReaderDoesNotWaitWhereAMessageIs() throws InterruptedException {
    mailbox.post("m");
    mailbox.await();
    assertEquals("m", mailbox.poll());
  }

  @Test
  void anInterruptEndsTheWaitAndLosesNoMessage() throws InterruptedException {
    Thread reader = waitingReader("reader");
    reader.interrupt();
    assertEquals("reader interrupted", awaitRead());
    mailbox.post("m");
    assertEquals("m", mailbox.poll());
  }

  @Test
  void anInterruptThatWasThereBeforeEndsTheWaitAsWell() {
    Thread.currentThread().interrupt();
    assertThrows(InterruptedException.class, mailbox::await);
    assertFalse(Thread.currentThread().isInterrupted());
  }

  @Test
  void aSecondReaderTakesThePlaceOfAFirstThatWaits() throws InterruptedException {
    Thread first = firstThatReadsNothing();
    first.start();
    awaitWaiting(first);
    waitingReader("second");
    mailbox.post("m");
    assertEquals("second m", awaitRead());
    first.interrupt();
    first.join();
  }

  @Test
  void aFirstThatEndsItsWaitLaterDoesNotTakeTheSecondsPlaceAway() throws InterruptedException {
    Thread first = firstThatReadsNothing();
    first.start();
    awaitWaiting(first);
    waitingReader("second");
    first.interrupt();
    assertEquals("first interrupted", awaitRead());
    mailbox.post("m");
    assertEquals("second m", awaitRead());
  }

  /** One that was on its way to the wait when the other took over. */
  @Test
  void aFirstThatComesToWaitLateDoesNotTakeTheSecondsPlaceAway() throws InterruptedException {
    Thread second = waitingReader("second");
    Thread first = firstThatReadsNothing();
    first.start();
    first.interrupt();
    assertEquals("first interrupted", awaitRead());
    mailbox.post("m");
    String woken = read.poll(2, TimeUnit.SECONDS);
    second.interrupt();
    assertEquals("second m", woken);
  }

  @Test
  void whetherMoreThanOneKindOfMessageWaits() {
    assertFalse(mailbox.hasOtherThan("ping"));
    mailbox.post("ping");
    mailbox.post("ping");
    assertFalse(mailbox.hasOtherThan("ping"));
    mailbox.post("work");
    assertTrue(mailbox.hasOtherThan("ping"));
    mailbox.poll();
    mailbox.poll();
    mailbox.poll();
    assertFalse(mailbox.hasOtherThan("ping"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void manyWhoPostAreAllReadEachInItsOrder(boolean platform) throws InterruptedException {
    int posters = 8;
    int each = 5_000;
    int[] next = new int[posters];
    List<String> wrong = new ArrayList<>();
    Mailbox<int[]> numbers = new ParkingMailbox<>();
    Thread reader =
        new ProgramThreads()
            .make(
                "reader",
                platform,
                () -> {
                  for (int i = 0; i < posters * each; i++) {
                    int[] message = takenFrom(numbers);
                    if (next[message[0]]++ != message[1]) {
                      wrong.add(message[0] + " " + message[1]);
                    }
                  }
                });
    reader.start();
    for (int p = 0; p < posters; p++) {
      int number = p;
      new ProgramThreads()
          .make(
              "poster",
              p % 2 == 0,
              () -> {
                for (int i = 0; i < each; i++) {
                  numbers.post(new int[] {number, i});
                }
              })
          .start();
    }
    assertTrue(reader.join(LONG), "a message was lost");
    assertEquals(List.of(), wrong);
    assertTrue(numbers.isEmpty());
  }

  private static int[] takenFrom(Mailbox<int[]> numbers) {
    try {
      return numbers.take();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
