package dev.srun;

import static java.util.Objects.requireNonNull;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Very many services of which each hears of every other, and one listens for ever. */
final class HealthCrowdTest {
  private static final int ROUNDS = 3;
  private static final Duration LATE = Duration.ofSeconds(20);
  private static final long MEGABYTE = 1 << 20;

  private final List<Member> members = new ArrayList<>();

  private final CountDownLatch end = new CountDownLatch(1);
  private volatile String round = "none";

  private final class Member implements Service {
    private final boolean deaf;
    private final AtomicInteger inThisRound = new AtomicInteger();
    private volatile @Nullable HealthChannel channel;
    private volatile @Nullable HealthSubscription subscription;

    Member(boolean deaf) {
      this.deaf = deaf;
    }

    @Override
    public void init(Context ctx) {
      channel = ctx.health();
    }

    @Override
    public void run(Context ctx) {
      subscription = ctx.health().subscribe(List.of(), this::hear);
    }

    private void hear(ServiceHealth health) throws InterruptedException {
      if (deaf) {
        end.await();
      }
      if (health.reason().equals(round)) {
        inThisRound.incrementAndGet();
      }
    }

    boolean isUpToDate() {
      return inThisRound.get() == members.size();
    }
  }

  private void report(String reason) {
    members.forEach(member -> member.inThisRound.set(0));
    round = reason;
    members.forEach(member -> requireNonNull(member.channel).report(Health.degraded(reason)));
  }

  private boolean everybodyElseIsUpToDate() {
    return members.stream().allMatch(member -> member.deaf || member.isUpToDate());
  }

  private static long heap() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return (runtime.totalMemory() - runtime.freeMemory()) / MEGABYTE;
  }

  @ParameterizedTest
  @ValueSource(ints = 200)
  void oneThatListensForEverMakesNobodyLateAndTakesNoMemory(int crowd) {
    for (int i = 0; i < crowd; i++) {
      members.add(new Member(i == crowd / 2));
    }
    Config config = Config.named("crowd").withoutSignals().grace(Duration.ofSeconds(10));
    try (Running app = Srun.start(config, this::register)) {
      report("round 0");
      await().atMost(LATE).until(this::everybodyElseIsUpToDate);
      long before = heap();
      for (int i = 1; i <= ROUNDS; i++) {
        report("round " + i);
        await().atMost(LATE).until(this::everybodyElseIsUpToDate);
      }
      long grown = heap() - before;
      assertTrue(grown < 32, () -> "grown by " + grown + " MB");
      end.countDown();
      Member deaf = members.get(crowd / 2);
      await().atMost(LATE).until(deaf::isUpToDate);
      long missed = requireNonNull(deaf.subscription).missed();
      assertTrue(missed >= ROUNDS * (crowd - 1L), () -> "missed " + missed);
      assertTrue(app.healthFigures().missed() >= missed);
    }
  }

  @Tag("slow")
  @ParameterizedTest
  @ValueSource(ints = 1_000)
  void theSameForAThousand(int crowd) {
    oneThatListensForEverMakesNobodyLateAndTakesNoMemory(crowd);
  }

  private void register(Registrar app) {
    for (int i = 0; i < members.size(); i++) {
      app.service("s" + i, members.get(i));
    }
  }
}
