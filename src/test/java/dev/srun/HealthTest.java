package dev.srun;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How well services are: what they say, what is asked of them, what dependencies make of it. */
final class HealthTest {
  private final FakeHost host = new FakeHost();
  private final Journal journal = new Journal();
  private final Config config = Config.named("test").grace(Duration.ofSeconds(5));

  /** Answers its checks as told, the last one for ever. */
  private class Checked extends Fixture implements HealthChecked {
    private final Iterator<Health> answers;
    private Health last = Health.healthy();

    Checked(String name, Health... answers) {
      super(name, HealthTest.this.host, HealthTest.this.journal);
      this.answers = Arrays.asList(answers).iterator();
    }

    @Override
    public Health check() throws Exception {
      note("check");
      last = answers.hasNext() ? answers.next() : last;
      return last;
    }
  }

  private HealthListener noting(String who) {
    return health -> journal.note(who + " hears " + health);
  }

  @Test
  void theNextServiceStartsAfterTheFirstCheck() {
    host.signalAt(Duration.ofSeconds(1), "TERM", 15);
    host.run(
        config,
        app -> {
          app.service("database", new Checked("database"));
          app.service("api", new Fixture("api", host, journal));
        });
    assertEquals(
        List.of(
            "init database",
            "run database",
            "check database",
            "init api",
            "run api",
            "stop api",
            "stop database"),
        journal.lines());
  }

  @Test
  void aDependentFollowsAtTheSameMoment() {
    Health down = Health.unhealthy("connection refused");
    host.signalAt(Duration.ofSeconds(70), "TERM", 15);
    host.run(
        config,
        app -> {
          app.service("database", new Checked("database", Health.healthy(), down));
          app.service("ledger", new Fixture("ledger", host, journal)).dependsOn("database");
          app.service(
                  "api",
                  new Fixture("api", host, journal) {
                    @Override
                    public void init(Context ctx) {
                      ctx.health().subscribe(List.of("database", "ledger", "api"), noting("api"));
                    }
                  })
              .dependsOn("ledger");
        });
    journal.lines().forEach(System.out::println);
  }
}
