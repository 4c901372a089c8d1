package dev.srun.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.Cause;
import dev.srun.Health;
import dev.srun.HealthSource;
import dev.srun.HealthStatus;
import dev.srun.Outcome;
import dev.srun.Phase;
import dev.srun.PhaseTime;
import dev.srun.RunnerStatus;
import dev.srun.ServiceHealth;
import dev.srun.ServiceState;
import dev.srun.ServiceStatus;
import dev.srun.UpgradeStep;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/** A start and a stop, drawn. */
final class TimelineTest {
  private static final Instant BEGIN = Instant.parse("2026-01-02T03:04:05Z");

  private static Instant at(long millis) {
    return BEGIN.plusMillis(millis);
  }

  /** A negative duration stands for one that is not over. */
  private static PhaseTime phase(Phase phase, long from, long millis) {
    return new PhaseTime(phase, at(from), millis < 0 ? null : Duration.ofMillis(millis));
  }

  private static ServiceStatus service(String name, PhaseTime... phases) {
    ServiceHealth health =
        new ServiceHealth(
            name,
            HealthStatus.HEALTHY,
            "",
            BEGIN,
            Health.healthy(),
            HealthSource.STATE,
            List.of(),
            true,
            null,
            null,
            null,
            0,
            1);
    return new ServiceStatus(
        name, ServiceState.RUNNING, BEGIN, false, List.of(), Map.of(), List.of(phases), health);
  }

  private static RunnerStatus status(Instant now, Instant stopping, ServiceStatus... services) {
    return new RunnerStatus(
        "shop",
        null,
        true,
        true,
        Health.healthy(),
        stopping == null ? null : new Cause.Asked("the test"),
        stopping,
        Outcome.CLEAN,
        1,
        0,
        BEGIN,
        now,
        List.of(services));
  }

  private static String text(Timeline timeline) {
    StringBuilder text = new StringBuilder();
    for (Timeline.Row row : timeline.rows()) {
      text.append(row.name());
      for (Timeline.Bar bar : row.bars()) {
        text.append(' ').append(bar.kind()).append(' ').append(bar.from().toMillis());
        text.append('+').append(bar.length().toMillis()).append(bar.goesOn() ? "..." : "");
      }
      text.append('\n');
    }
    return text.toString();
  }

  @Test
  void aStartHasABarForEachPhaseUntilItWasReadyAndChecked() {
    RunnerStatus status =
        status(
            at(60_000),
            null,
            service(
                "database",
                phase(Phase.INIT, 5, 100),
                phase(Phase.RUN, 105, -1),
                phase(Phase.READY, 105, 50),
                phase(Phase.CHECK, 155, 3)),
            service("api", phase(Phase.INIT, 160, 20), phase(Phase.CHECK, 30_000, 2)));
    Timeline start = Timeline.ofStart(status);

    assertEquals("database init 5+100 ready 105+50 check 155+3\napi init 160+20\n", text(start));
    assertEquals(Duration.ofMillis(180), start.length());
    assertFalse(start.goesOn());
    assertTrue(Timeline.ofStop(status).rows().isEmpty());
  }

  @Test
  void whatGoesOnReachesUntilNow() {
    Timeline start =
        Timeline.ofStart(status(at(700), null, service("database", phase(Phase.INIT, 100, -1))));

    assertEquals("database init 100+600...\n", text(start));
    assertEquals(Duration.ofMillis(700), start.length());
    assertTrue(start.goesOn());
  }

  @Test
  void aStopBeginsWhereItWasAskedFor() {
    Timeline stop =
        Timeline.ofStop(
            status(
                at(10_400),
                at(10_000),
                service(
                    "api",
                    phase(Phase.INIT, 5, 100),
                    phase(Phase.DRAIN, 10_000, 1),
                    phase(Phase.STOP, 10_010, -1))));

    assertEquals("api drain 0+1 stop 10+390...\n", text(stop));
  }

  @Test
  void anUpgradeHasARowForEachStep() {
    List<UpgradeStep> steps =
        List.of(
            new UpgradeStep("the new process boots", at(0), Duration.ofMillis(400)),
            new UpgradeStep("its services start", at(400), null));
    Timeline upgrade = Timeline.ofUpgrade(steps, at(1_000));

    assertEquals(
        "the new process boots step 0+400\nits services start step 400+600...\n", text(upgrade));
    assertEquals(Duration.ofSeconds(1), upgrade.length());
    assertTrue(upgrade.goesOn());
    assertTrue(
        TimelineSvg.inPage(upgrade).contains("its services start: for 600 ms so far</title>"));
    assertTrue(Timeline.ofUpgrade(List.of(), at(5)).rows().isEmpty());
  }

  @Test
  void ofVeryManyTheSlowestAreShownInTheirOrder() {
    List<ServiceStatus> services = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      services.add(service("s" + i, phase(Phase.INIT, i, i % 10 == 7 && i < 600 ? 500 : 1)));
    }
    Timeline start =
        Timeline.ofStart(status(at(2_000), null, services.toArray(ServiceStatus[]::new)));

    assertEquals(Timeline.MOST_ROWS, start.rows().size());
    assertEquals("s7", start.rows().getFirst().name());
    assertEquals("s597", start.rows().getLast().name());
    assertEquals(940, start.left());
    assertTrue(TimelineSvg.inPage(start).contains("and 940 quicker ones"));
  }

  @Test
  void aPictureIsWellFormedWhateverServicesAreCalled() throws Exception {
    String name = "<script>alert(1)</script> & \"quotes\" and a name that goes on and on";
    RunnerStatus status =
        status(
            at(60_000), null, service(name, phase(Phase.INIT, 5, 100), phase(Phase.READY, 105, 9)));
    String svg = TimelineSvg.alone(Timeline.ofStart(status));
    Document picture =
        DocumentBuilderFactory.newNSInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
    NodeList titles = picture.getElementsByTagName("title");

    assertEquals("Start: 114 ms", titles.item(0).getTextContent());
    assertEquals(name + ": init 100 ms", titles.item(1).getTextContent());
    assertEquals(name + ": ready 9 ms", titles.item(2).getTextContent());
    assertEquals(0, picture.getElementsByTagName("script").getLength());
  }

  @Test
  void anEmptyTimelineIsAPictureToo() {
    assertTrue(TimelineSvg.alone(Timeline.ofStart(status(at(0), null))).endsWith("</svg>"));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1000, 1 µs",
    "626400, 626 µs",
    "2500000, 2.5 ms",
    "99960000, 100 ms",
    "943000000, 943 ms",
    "1000000000, 1 s",
    "5160000000, 5.16 s",
    "99500000000, 99.5 s",
    "125000000000, 2m5s"
  })
  void timesHaveUnitsAndNoMoreDigitsThanAreRead(long nanos, String text) {
    assertEquals(text, TimelineSvg.time(Duration.ofNanos(nanos)));
  }
}
