package dev.srun.admin;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.srun.Context;
import dev.srun.ForwardingRunner;
import dev.srun.Health;
import dev.srun.HealthStatus;
import dev.srun.Runner;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Who asks soon after another has the same answer, unless something has changed. */
final class KeptAnswerTest {
  private final AtomicLong now = new AtomicLong();
  private final AtomicInteger made = new AtomicInteger();

  private KeptAnswer health(Runner runner) {
    return new KeptAnswer(
        runner,
        status -> {
          made.incrementAndGet();
          return KeptAnswer.Answer.of(200, status.health().toString());
        },
        now::get);
  }

  private static String body(KeptAnswer answer) {
    return new String(answer.now().body(), StandardCharsets.UTF_8);
  }

  @Test
  void itIsKeptForAMomentAndNoLonger() {
    try (AdminUnderTest admin = AdminUnderTest.with(app -> app.service("api", ctx -> {}))) {
      KeptAnswer answer = health(new Quiet(admin.app(), new AtomicLong(2)));

      assertEquals("HEALTHY", body(answer));
      now.addAndGet(KeptAnswer.FRESH.toNanos() - 1);
      assertEquals("HEALTHY", body(answer));
      assertEquals(1, made.get());
      now.incrementAndGet();
      assertEquals("HEALTHY", body(answer));
      assertEquals(2, made.get());
    }
  }

  @Test
  void whatHasChangedIsToldToTheNextWhoAsks() {
    CompletableFuture<Context> api = new CompletableFuture<>();
    try (AdminUnderTest admin = AdminUnderTest.with(app -> app.service("api", api::complete))) {
      KeptAnswer answer = health(admin.app());

      assertEquals("HEALTHY", body(answer));
      api.join().health().report(Health.unhealthy("disk full"));
      await()
          .pollDelay(Duration.ZERO)
          .until(() -> admin.app().health().status() == HealthStatus.UNHEALTHY);
      assertEquals("UNHEALTHY: api UNHEALTHY: disk full", body(answer));
    }
  }

  @Test
  void thatTheProgramIsNoLongerReadyIsToldAtOnce() {
    try (AdminUnderTest admin = AdminUnderTest.with(app -> app.service("api", ctx -> {}))) {
      KeptAnswer answer = health(new Quiet(admin.app(), new AtomicLong(2)));
      body(answer);
      admin.app().stop("enough");
      body(answer);

      assertEquals(2, made.get());
    }
  }

  @Test
  void whatWasReadInTheMiddleOfAChangeIsNotKept() {
    try (AdminUnderTest admin = AdminUnderTest.with(app -> app.service("api", ctx -> {}))) {
      AtomicLong changes = new AtomicLong(3);
      KeptAnswer answer = health(new Quiet(admin.app(), changes));
      body(answer);
      body(answer);
      assertEquals(2, made.get());
      changes.set(4);
      body(answer);
      body(answer);
      assertEquals(3, made.get());
    }
  }

  /** Tells of changes when a test says so. */
  private static final class Quiet extends ForwardingRunner {
    private final AtomicLong changes;

    Quiet(Runner runner, AtomicLong changes) {
      super(runner);
      this.changes = changes;
    }

    @Override
    public long changes() {
      return changes.get();
    }
  }
}
