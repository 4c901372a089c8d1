package dev.srun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Random services that depend on one another and report at random, and random subscribers: slow
 * ones, throwing ones, ones that close or subscribe within. After quiet everybody holds the latest
 * of everything. A failure prints the seed of its case; {@code -Dmodel.seed=} runs that case alone.
 */
final class HealthModelTest {
  private static final int CASES = 150;
  private static final Duration REPORTS = Duration.ofSeconds(10);
  private static final Duration QUIET = Duration.ofSeconds(60);

  /** What a listener does with what it is told. */
  private enum Does {
    LISTEN,
    TAKE_TIME,
    THROW,
    CLOSE,
    SUBSCRIBE_AGAIN
  }

  /** What a subscription was told of each service, in the order in which it was told. */
  private static final class Heard {
    final Does does;
    final List<String> asked;
    final Map<String, List<ServiceHealth>> of = new ConcurrentHashMap<>();
    volatile @Nullable HealthSubscription subscription;
    volatile boolean closed;

    Heard(Does does, List<String> asked) {
      this.does = does;
      this.asked = asked;
    }

    void note(ServiceHealth health) {
      of.computeIfAbsent(health.service(), none -> new CopyOnWriteArrayList<>()).add(health);
    }
  }

  @Test
  void afterQuietEverySubscriberHoldsTheLatestOfWhatItAskedFor() {
    check(CASES);
  }

  @Test
  @Tag("slow")
  void theSameForManyMore() {
    check(40 * CASES);
  }

  private static void check(int cases) {
    Long chosen = Long.getLong("model.seed");
    long first = chosen == null ? System.nanoTime() : chosen;
    for (int i = 0; i < (chosen == null ? cases : 1); i++) {
      try {
        new Case(first + i).run();
      } catch (Throwable e) {
        throw new AssertionError("-Dmodel.seed=" + (first + i), e);
      }
    }
  }

  private static final class Case {
    final Random random;
    final FakeHost host = new FakeHost();
    final int services;
    final List<List<Integer>> dependencies = new ArrayList<>();
    final List<List<Integer>> required = new ArrayList<>();
    final AtomicReferenceArray<HealthChannel> channels;
    final Health[] last;
    final List<Heard> heard = new CopyOnWriteArrayList<>();

    Case(long seed) {
      this.random = new Random(seed);
      this.services = 1 + random.nextInt(8);
      this.channels = new AtomicReferenceArray<>(services);
      this.last = new Health[services];
      for (int i = 0; i < services; i++) {
        last[i] = Health.healthy();
        List<Integer> below = new ArrayList<>();
        List<Integer> needed = new ArrayList<>();
        for (int j = 0; j < i; j++) {
          if (random.nextInt(3) == 0) {
            below.add(j);
            if (random.nextInt(3) == 0) {
              needed.add(j);
            }
          }
        }
        dependencies.add(below);
        required.add(needed);
      }
    }

    static String name(int service) {
      return "s" + service;
    }

    void run() {
      for (int i = 0; i < random.nextInt(200); i++) {
        int service = random.nextInt(services);
        Health health = anyHealth(i);
        Duration at = Duration.ofMillis(1 + random.nextInt((int) REPORTS.toMillis()));
        reports.add(new Report(at, service, health));
      }
      reports.sort((one, other) -> one.at.compareTo(other.at));
      for (Report report : reports) {
        last[report.service] = report.health;
        host.at(report.at, () -> channels.get(report.service).report(report.health));
      }
      Program program = host.start(Config.named("model"), this::register);
      host.at(
          REPORTS.plus(QUIET),
          () -> {
            everyServiceIsAsTheModelSays(program);
            everySubscriberHoldsTheLatest(program);
          });
      host.signalAt(REPORTS.plus(QUIET).plusSeconds(1), "TERM", 15);
      host.drive(program);
      assertEquals(Outcome.CLEAN, program.exitOrNull().outcome());
    }

    record Report(Duration at, int service, Health health) {}

    final List<Report> reports = new ArrayList<>();

    private Health anyHealth(int i) {
      return switch (random.nextInt(3)) {
        case 0 -> Health.healthy();
        case 1 -> Health.degraded("reason " + i);
        default -> Health.unhealthy("reason " + i);
      };
    }

    private void register(Registrar app) {
      for (int i = 0; i < services; i++) {
        int service = i;
        Registration registration =
            app.service(
                name(service),
                new Service() {
                  @Override
                  public void init(Context ctx) {
                    channels.set(service, ctx.health());
                  }

                  @Override
                  public void run(Context ctx) {}
                });
        dependencies.get(i).forEach(below -> registration.dependsOn(name(below)));
        required.get(i).forEach(below -> registration.requires(name(below)));
      }
      for (int i = 0; i < 1 + random.nextInt(5); i++) {
        Does does = List.of(Does.values()).get(random.nextInt(Does.values().length));
        List<String> asked = anyNames();
        app.service(
            "listener" + i,
            new Service() {
              @Override
              public void init(Context ctx) {
                subscribe(ctx, does, asked);
              }

              @Override
              public void run(Context ctx) {}
            });
      }
    }

    private List<String> anyNames() {
      List<String> names = new ArrayList<>();
      for (int i = 0; i < services; i++) {
        if (random.nextBoolean()) {
          names.add(name(i));
        }
      }
      return names;
    }

    private void subscribe(Context ctx, Does does, List<String> asked) {
      Heard ear = new Heard(does, asked);
      heard.add(ear);
      ear.subscription = ctx.health().subscribe(asked, health -> told(ctx, ear, health));
    }

    private void told(Context ctx, Heard ear, ServiceHealth health) throws Exception {
      ear.note(health);
      switch (ear.does) {
        case LISTEN -> {}
        case TAKE_TIME -> host.sleep(Duration.ofMillis(300));
        case THROW -> throw new IllegalStateException("on purpose");
        case CLOSE -> {
          HealthSubscription own = ear.subscription;
          if (health.change() > 5 && own != null) {
            ear.closed = true;
            own.close();
          }
        }
        case SUBSCRIBE_AGAIN -> {
          if (heard.size() < 20) {
            subscribe(ctx, Does.LISTEN, List.of(health.service()));
          }
        }
      }
    }

    // What must be true

    private void everyServiceIsAsTheModelSays(Program program) {
      Map<Integer, HealthStatus> expected = new HashMap<>();
      for (int i = 0; i < services; i++) {
        HealthStatus status = last[i].status();
        for (int below : dependencies.get(i)) {
          if (expected.get(below) != HealthStatus.HEALTHY) {
            boolean takesItDown =
                required.get(i).contains(below) && expected.get(below) == HealthStatus.UNHEALTHY;
            status = status.worse(takesItDown ? HealthStatus.UNHEALTHY : HealthStatus.DEGRADED);
          }
        }
        expected.put(i, status);
        ServiceHealth health = program.status().service(name(i)).health();
        assertEquals(status, health.status(), health::toString);
        assertEquals(last[i], health.own());
        theChainLeadsToOneRoot(program, health);
      }
    }

    private void theChainLeadsToOneRoot(Program program, ServiceHealth health) {
      if (health.status() == HealthStatus.HEALTHY) {
        assertEquals(List.of(), health.cause());
        return;
      }
      ServiceHealth at = health;
      for (String next : health.cause()) {
        assertTrue(!at.isRootCause(), at::toString);
        at = program.status().service(next).health();
      }
      assertTrue(at.isRootCause(), at::toString);
    }

    private void everySubscriberHoldsTheLatest(Program program) {
      for (Heard ear : heard) {
        if (ear.closed) {
          continue;
        }
        for (String name : names(program, ear)) {
          List<ServiceHealth> told = ear.of.getOrDefault(name, List.of());
          assertTrue(!told.isEmpty(), () -> name + " was never told, " + ear.does);
          ServiceHealth now = program.status().service(name).health();
          assertEquals(now.change(), told.getLast().change());
          assertEquals(now.toString(), told.getLast().toString());
          for (int i = 1; i < told.size(); i++) {
            assertTrue(told.get(i - 1).change() < told.get(i).change(), told::toString);
          }
        }
      }
    }

    private static List<String> names(Program program, Heard ear) {
      return ear.asked.isEmpty()
          ? program.status().services().stream().map(ServiceStatus::name).toList()
          : ear.asked;
    }
  }
}
