package dev.srun;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Whether a program is live: what its watchdog sees of beats and of virtual threads. */
final class LivenessTest {
  private final FakeHost host = new FakeHost();
  private final Journal journal = new Journal();
  private final Config config = Config.named("test").grace(ofSeconds(5));
  private final AtomicReference<Context> loop = new AtomicReference<>();
  private Program program;

  /** Has the watchdog look every second until the program is told to stop. */
  private void run(Setup setup, Duration end) {
    program = host.keepsLog().start(config, setup);
    for (int second = 1; second < end.toSeconds(); second++) {
      host.at(ofSeconds(second), () -> look(false));
    }
    host.signalAt(end, "TERM", 15);
    host.drive(program);
  }

  private void look(boolean stands) {
    program.wellbeing().liveness().look(host.nanoTime(), stands);
  }

  private Service beating() {
    return new Fixture("loop", host, journal) {
      @Override
      public void init(Context ctx) {
        loop.set(ctx);
      }
    };
  }

  private void beatsUntil(Duration end, Duration every) {
    for (Duration at = every; at.compareTo(end) < 0; at = at.plus(every)) {
      host.at(at, () -> loop.get().alive());
    }
  }

  private void expectAt(Duration at, boolean live) {
    host.at(at, () -> assertEquals(live, program.isLive(), "at " + host.elapsed()));
  }

  private List<String> said(String service) {
    return host.said().stream()
        .filter(line -> line.scope().endsWith(service))
        .filter(line -> line.level().compareTo(System.Logger.Level.INFO) >= 0)
        .map(LogLine::message)
        .filter(message -> message.contains("beat"))
        .toList();
  }

  @Test
  void aProgramThatBeatsIsLive() {
    beatsUntil(ofSeconds(30), ofMillis(900));
    expectAt(ofMillis(29_500), true);
    run(app -> app.service("loop", beating()).beatWithin(ofSeconds(1)), ofSeconds(30));
    assertEquals(List.of(), said("loop"));
  }

  @Test
  void aMissedBeatMakesItNotLiveUntilTheNextAndLeavesTheOthersAlone() {
    beatsUntil(ofMillis(5_050), ofMillis(500)); // the last at 5 s
    expectAt(ofMillis(6_500), true);
    expectAt(ofMillis(9_500), false);
    host.at(ofMillis(9_700), () -> loop.get().alive());
    expectAt(ofMillis(10_250), true);
    run(
        app -> {
          app.service("loop", beating()).beatWithin(ofSeconds(2));
          app.service("other", new Fixture("other", host, journal));
        },
        ofSeconds(11));
    assertEquals(
        List.of("no beat for 4s, expected one every 2s: the program is not live", "beats again"),
        said("loop"));
    assertEquals(0, program.exitOrNull().code());
    LogLine line =
        host.said().stream()
            .filter(each -> each.message().startsWith("no beat"))
            .findFirst()
            .orElseThrow();
    assertTrue(line.detail().text().contains("loop (WAITING)"), line.detail().text());
  }

  @Test
  void aLoopThatNeverBeginsToBeatIsNoticedWhereALimitWasRegistered() {
    expectAt(ofMillis(5_500), false);
    run(app -> app.service("loop", beating()).beatWithin(ofSeconds(2)), ofSeconds(6));
  }

  @Test
  void withoutALimitBeatsAreExpectedFromTheFirstOne() {
    host.at(ofSeconds(60), () -> loop.get().alive());
    expectAt(ofMillis(59_500), true);
    expectAt(ofMillis(89_500), true);
    expectAt(ofMillis(92_500), false);
    run(app -> app.service("loop", beating()), ofSeconds(95));
  }

  @Test
  void aMachineThatWasAsleepIsNotTakenForALoopThatHangs() {
    program =
        host.keepsLog()
            .start(config, app -> app.service("loop", beating()).beatWithin(ofSeconds(2)));
    host.at(ofSeconds(1), () -> look(false));
    host.at(
        Duration.ofHours(1),
        () -> {
          look(false); // before the loop had a chance
          assertTrue(program.isLive());
          loop.get().alive();
          look(false);
          assertTrue(program.isLive());
        });
    host.signalAt(Duration.ofHours(1).plusSeconds(1), "TERM", 15);
    host.drive(program);
    assertEquals(List.of(), said("loop"));
  }

  @Test
  void aServiceThatStopsNeedNotBeat() {
    program =
        host.keepsLog()
            .start(
                config,
                app ->
                    app.service(
                            "loop",
                            new Fixture("loop", host, journal) {
                              @Override
                              public void stop(Context ctx) throws Exception {
                                host.sleep(ofSeconds(4));
                                super.stop(ctx);
                              }
                            })
                        .beatWithin(ofSeconds(1)));
    host.signalAt(ofMillis(500), "TERM", 15);
    for (int second = 1; second < 4; second++) {
      host.at(
          ofSeconds(second),
          () -> {
            look(false);
            assertTrue(program.isLive());
          });
    }
    host.drive(program);
  }

  @Test
  void virtualThreadsThatStandMakeItNotLiveAndItIsSaidOnce() {
    program = host.keepsLog().start(config, app -> app.service("loop", beating()));
    host.at(
        ofSeconds(1),
        () -> {
          look(true);
          assertFalse(program.isLive());
          look(true);
        });
    host.at(
        ofSeconds(2),
        () -> {
          look(false);
          assertTrue(program.isLive());
        });
    host.signalAt(ofSeconds(3), "TERM", 15);
    host.drive(program);
    assertEquals(
        List.of(
            "virtual threads make no progress: the program is not live",
            "virtual threads make progress again"),
        host.said().stream()
            .map(LogLine::message)
            .filter(message -> message.startsWith("virtual threads"))
            .toList());
  }

  @Test
  void aWatchdogThatDoesNotLookIsNoticedByTheAge() {
    program = host.start(config, app -> app.service("loop", beating()));
    expectAt(ofMillis(4_900), true);
    expectAt(ofMillis(5_100), false);
    host.signalAt(ofSeconds(6), "TERM", 15);
    host.drive(program);
  }
}
