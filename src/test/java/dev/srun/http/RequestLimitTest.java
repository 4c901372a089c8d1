package dev.srun.http;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.http.RequestLimit.GivenUp;
import dev.srun.http.RequestLimit.LeftAlone;
import dev.srun.http.RequestLimit.Stage;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who wins where a request goes on at the moment at which it is given up. */
@Timeout(60)
final class RequestLimitTest {
  private static final long LATER = Long.MAX_VALUE - 1;
  private static final Duration LIMIT = Duration.ofSeconds(1);

  private final OneService web = new OneService();
  private final InFlight inFlight = new InFlight();
  private TimeLimits limits;
  private RequestLimit request;

  @BeforeEach
  void begin() {
    limits =
        new TimeLimits(
            web.context().logger(),
            web.context().threads(),
            "t",
            Duration.ofMinutes(1),
            inFlight,
            1);
    request = limits.begin();
  }

  @AfterEach
  void stop() {
    limits.end(request);
    web.close();
  }

  private void crowd() {
    inFlight.enter();
    inFlight.enter();
  }

  private GivenUp giveUp() {
    return assertInstanceOf(GivenUp.class, request.overdue(LATER));
  }

  @Test
  void aRequestInTimeIsNotOverdue() {
    assertNull(request.overdue(0));
    assertTrue(request.handle("/x", LIMIT));
    assertNull(request.overdue(0));
    assertNull(request.passed());
  }

  @Test
  void aHandlerWithoutALimitIsNeverOverdue() {
    assertTrue(request.handle("/x", null));
    assertNull(request.overdue(LATER));
  }

  @Test
  void aRequestThatIsOverIsNeverOverdue() {
    request.end();
    assertNull(request.overdue(LATER));
    crowd();
    assertNull(request.overdue(LATER));
  }

  @Test
  void aHeadIsOverdueSoonWhileOthersWait() {
    long soon = limits.after(TimeLimits.HURRIED);
    assertNull(request.overdue(soon));
    crowd();

    GivenUp late = assertInstanceOf(GivenUp.class, request.overdue(soon));
    request.interrupt(late);
  }

  @Test
  void aHandlerHasItsTimeAlsoWhileOthersWait() {
    request.handle("/x", LIMIT);
    crowd();

    assertNull(request.overdue(limits.after(TimeLimits.HURRIED)));
  }

  @Test
  void aHeadThatCameTooLateReachesNoHandler() {
    request.interrupt(giveUp());

    assertFalse(request.handle("/x", null));
    assertFalse(Thread.interrupted());
  }

  @Test
  void aHandlerThatWasGivenUpKnowsItsLimitAndHasNoInterruptLeft() {
    request.handle("/x", LIMIT);
    request.interrupt(giveUp());
    assertTrue(Thread.currentThread().isInterrupted());
    request.finish();

    assertEquals(LIMIT, request.passed());
    assertFalse(Thread.interrupted());
  }

  @Test
  void whoGoesOnInSpiteOfAnInterruptIsLeftAloneOnce() {
    request.handle("/x", LIMIT);
    request.interrupt(giveUp());

    assertInstanceOf(LeftAlone.class, request.overdue(LATER));
    assertNull(request.overdue(LATER));
  }

  @Test
  void theEndWaitsForTheInterruptThatIsUnderWay() throws Exception {
    CompletableFuture<RequestLimit> begun = new CompletableFuture<>();
    CompletableFuture<GivenUp> givenUp = new CompletableFuture<>();
    CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
    Thread owner =
        Thread.ofPlatform()
            .start(() -> {
              RequestLimit own = limits.begin();
              begun.complete(own);
              givenUp.join();
              limits.end(own);
              interrupted.complete(Thread.interrupted());
            });
    RequestLimit own = begun.join();
    GivenUp late = assertInstanceOf(GivenUp.class, own.overdue(LATER));
    givenUp.complete(late);
    await().until(() -> standsIn(owner, "awaitInterrupt"));
    assertFalse(interrupted.isDone());
    own.interrupt(late);

    assertFalse(interrupted.join());
  }

  @Test
  void noInterruptIsLeftWhereverARequestIsGivenUp() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    CompletableFuture<Integer> stray = new CompletableFuture<>();
    AtomicReference<RequestLimit> current = new AtomicReference<>(request);
    AtomicInteger givenUp = new AtomicInteger();
    Thread owner =
        Thread.ofPlatform()
            .start(() -> {
              int left = 0;
              for (int i = 0; i < 20_000 || (i < 20_000_000 && givenUp.get() == 0); i++) {
                RequestLimit own = limits.begin();
                current.set(own);
                own.handle("/x", LIMIT);
                Stage before = own.finish();
                own.resume(before);
                limits.end(own);
                left += Thread.currentThread().isInterrupted() ? 1 : 0;
              }
              stray.complete(left);
              over.set(true);
            });
    while (!over.get()) {
      RequestLimit own = current.get();
      if (own != request
          && ThreadLocalRandom.current().nextInt(3) == 0
          && own.overdue(LATER) instanceof GivenUp late) {
        own.interrupt(late);
        givenUp.incrementAndGet();
      }
    }
    owner.join();

    assertTrue(givenUp.get() > 0);
    assertEquals(0, stray.join());
  }

  private static boolean standsIn(Thread thread, String method) {
    return Arrays.stream(thread.getStackTrace())
        .anyMatch(frame -> frame.getMethodName().equals(method));
  }
}
