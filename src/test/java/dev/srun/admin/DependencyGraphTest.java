package dev.srun.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.Health;
import dev.srun.HealthSource;
import dev.srun.HealthStatus;
import dev.srun.Outcome;
import dev.srun.RunnerStatus;
import dev.srun.ServiceHealth;
import dev.srun.ServiceState;
import dev.srun.ServiceStatus;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;

/** Who needs whom, laid out and drawn. */
final class DependencyGraphTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  private static ServiceStatus service(String name, String... dependsOn) {
    return service(name, HealthStatus.HEALTHY, List.of(), dependsOn);
  }

  private static ServiceStatus service(
      String name, HealthStatus status, List<String> cause, String... dependsOn) {
    ServiceHealth health =
        new ServiceHealth(
            name,
            status,
            "",
            NOW,
            Health.healthy(),
            HealthSource.STATE,
            cause,
            true,
            null,
            null,
            null,
            0,
            1);
    return new ServiceStatus(
        name, ServiceState.RUNNING, NOW, false, List.of(dependsOn), Map.of(), List.of(), health);
  }

  private static DependencyGraph graph(ServiceStatus... services) {
    return DependencyGraph.of(
        new RunnerStatus(
            "shop",
            null,
            true,
            true,
            Health.healthy(),
            null,
            null,
            Outcome.CLEAN,
            1,
            0,
            NOW,
            NOW,
            List.of(services)));
  }

  private static String text(DependencyGraph graph) {
    StringBuilder text = new StringBuilder();
    for (DependencyGraph.Node node : graph.nodes()) {
      text.append(node.service()).append(' ').append(node.column()).append(',');
      text.append(node.row()).append('\n');
    }
    for (DependencyGraph.Edge edge : graph.edges()) {
      text.append(edge.needed().service()).append(edge.isCause() ? " => " : " -> ");
      text.append(edge.by().service()).append('\n');
    }
    return text.toString();
  }

  @Test
  void whatIsNeededIsOnTheLeftOfWhoNeedsIt() {
    assertEquals(
        """
        database 0,0
        cache 0,1
        ledger 1,0
        api 2,1
        mailer 2,0
        database -> ledger
        ledger -> api
        cache -> api
        ledger -> mailer
        """,
        text(
            graph(
                service("database"),
                service("cache"),
                service("alone"),
                service("ledger", "database"),
                service("api", "ledger", "cache"),
                service("mailer", "ledger"))));
  }

  @Test
  void whatFollowsFromOtherDependenciesIsNotDrawn() {
    assertEquals(
        """
        database 0,0
        ledger 1,0
        api 2,0
        database -> ledger
        ledger -> api
        """,
        text(
            graph(
                service("database"),
                service("ledger", "database"),
                service("api", "database", "ledger"))));
  }

  @Test
  void theWayOfAFailureIsMarkedAlsoWhereItIsAShortCut() {
    assertEquals(
        """
        database 0,0
        ledger 1,0
        api 2,0
        database -> ledger
        database => api
        ledger -> api
        """,
        text(
            graph(
                service("database", HealthStatus.UNHEALTHY, List.of()),
                service("ledger", "database"),
                service("api", HealthStatus.DEGRADED, List.of("database"), "database", "ledger"))));
  }

  @Test
  void ofVeryManyOnlyThoseAreDrawnThatAreNotWell() {
    List<ServiceStatus> services = new ArrayList<>();
    services.add(service("database", HealthStatus.UNHEALTHY, List.of()));
    services.add(service("api", HealthStatus.DEGRADED, List.of("database"), "database"));
    for (int i = 0; i < 1_000; i++) {
      services.add(service("s" + i, "database"));
    }
    DependencyGraph graph = graph(services.toArray(ServiceStatus[]::new));

    assertEquals("database 0,0\napi 1,0\ndatabase => api\n", text(graph));
    assertEquals(1_000, graph.left());
  }

  @Test
  void aProgramWithoutDependenciesHasNone() {
    assertTrue(graph(service("a"), service("b")).nodes().isEmpty());
  }

  @Test
  void thePictureIsWellFormedWhateverServicesAreCalled() throws Exception {
    String name = "<script>alert(1)</script> & a name that goes on and on";
    String svg = GraphSvg.inPage(graph(service(name), service("api", name)));
    var picture =
        DocumentBuilderFactory.newNSInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));

    assertEquals(0, picture.getElementsByTagName("script").getLength());
    assertEquals(
        name + " is HEALTHY", picture.getElementsByTagName("title").item(1).getTextContent());
  }
}
