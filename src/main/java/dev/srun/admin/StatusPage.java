package dev.srun.admin;

import dev.srun.HealthFigures;
import dev.srun.HealthStatus;
import dev.srun.LatencySnapshot;
import dev.srun.Outcome;
import dev.srun.Runner;
import dev.srun.RunnerStatus;
import dev.srun.ServiceHealth;
import dev.srun.ServiceState;
import dev.srun.ServiceStatus;
import dev.srun.UpgradeFigures;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The state of a program for whoever opens it in a browser at night: what is wrong first, then each
 * service, then how the time was spent. Every word is there without JavaScript.
 */
final class StatusPage {
  private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss");
  private static final DateTimeFormatter DAY_AND_CLOCK =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

  /** With more services than these, those that are well are but named. */
  static final int MOST_ROWS = 100;

  private static final double[] PERCENTILES = {50, 90, 99};

  private final Runner runner;
  private final Map<String, String> tools;
  private final ZoneId zone;

  /**
   * Makes one.
   *
   * @param tools what there is to look at beside, by method and path
   */
  StatusPage(Runner runner, Map<String, String> tools, ZoneId zone) {
    this.runner = runner;
    this.tools = tools;
    this.zone = zone;
  }

  /** Its body: all that changes. The same as long as nothing has changed but the time. */
  String body() {
    RunnerStatus status = runner.status();
    Writing html = new Writing(status, runner.upgradeFigures(), zone);
    html.head();
    html.trouble();
    html.services();
    html.timelines();
    html.graph();
    html.latencies(runner.healthFigures());
    html.tools(tools);
    return html.text.toString();
  }

  /** What stands in the title of the window: the status first, for a narrow tab. */
  String title() {
    RunnerStatus status = runner.status();
    return Html.escaped(sign(status.health().status()) + " " + status.program());
  }

  /** Told apart by shape, also where colours are not. */
  static String sign(HealthStatus status) {
    return switch (status) {
      case HEALTHY -> "●";
      case DEGRADED -> "▲";
      case UNHEALTHY -> "✖";
      case STOPPED -> "○";
    };
  }

  /** As style sheets have it. */
  static String word(HealthStatus status) {
    return status.toString().toLowerCase(Locale.ROOT);
  }

  /** One page of one status. */
  private static final class Writing {
    private final RunnerStatus status;
    private final UpgradeFigures upgrades;
    private final Timeline upgrade;
    private final Map<String, String> explanations;
    private final ZoneId zone;
    private final StringBuilder text = new StringBuilder(8_000);

    Writing(RunnerStatus status, UpgradeFigures upgrades, ZoneId zone) {
      this.status = status;
      this.upgrades = upgrades;
      this.upgrade = Timeline.ofUpgrade(upgrades.steps(), status.at());
      this.explanations = status.explanations();
      this.zone = zone;
    }

    private Writing add(String html) {
      text.append(html);
      return this;
    }

    private Writing text(String plain) {
      text.append(Html.escaped(plain));
      return this;
    }

    /** The day only where it is another one. */
    private Writing time(Instant at) {
      ZonedDateTime there = at.atZone(zone);
      boolean isToday = there.toLocalDate().equals(status.at().atZone(zone).toLocalDate());
      add("<time datetime=\"").add(at.toString()).add("\" title=\"").text(there.toString());
      return add("\">").text((isToday ? CLOCK : DAY_AND_CLOCK).format(there)).add("</time>");
    }

    private Writing health(HealthStatus its) {
      add("<span class=\"health ").add(StatusPage.word(its));
      add("\"><i aria-hidden=\"true\">").add(sign(its)).add("</i> ");
      return text(its.toString()).add("</span>");
    }

    void head() {
      add("<header><h1>").text(status.program());
      String version = status.version();
      add(version == null ? "" : " <small>" + Html.escaped(version) + "</small>")
          .add("</h1><p class=\"state\">");
      health(status.health().status());
      add(" <b class=\"")
          .add(status.ready() ? "yes" : "no")
          .add("\">")
          .text(state() + (upgrade.goesOn() ? ", upgrading" : ""))
          .add("</b></p>");
      add("<p class=\"facts\">pid ").text(Long.toString(ProcessHandle.current().pid()));
      text(", generation " + status.generation() + ", Java " + Runtime.version().feature());
      add(", started ").time(status.startedAt()).add("</p></header>");
    }

    private String state() {
      if (status.stopping() != null) {
        return "stopping";
      }
      boolean isUp =
          status.services().stream().allMatch(one -> one.state() == ServiceState.RUNNING);
      return status.ready() ? "ready" : isUp ? "not ready" : "starting";
    }

    void trouble() {
      boolean isFine =
          status.ready() && status.health().status() == HealthStatus.HEALTHY && status.live();
      add("<section id=\"trouble\" aria-live=\"polite\">");
      if (!isFine) {
        add("<div class=\"trouble ").add(isQuiet() ? "quiet" : "loud").add("\"><h2>");
        text(headline()).add("</h2>");
        String why = status.stopping() == null ? status.whyNotReady() : waitsFor();
        if (!why.isEmpty() && (roots().isEmpty() || status.stopping() != null)) {
          add("<p>").text(why).add("</p>");
        }
        if (!status.live()) {
          add(
              "<p>Not live: the program does not go on by itself. See <a href=\"/livez\">/livez</a>.</p>");
        }
        add("</div>");
      }
      add("</section>");
    }

    /** Whose stop is under way. */
    private String waitsFor() {
      String names =
          status.services().stream()
              .filter(service -> service.state() == ServiceState.SHUTTING_DOWN)
              .map(ServiceStatus::name)
              .collect(Collectors.joining(", "));
      return names.isEmpty() ? "" : "waiting for " + names;
    }

    /** It only starts or stops, as it should. */
    private boolean isQuiet() {
      boolean isClean = status.outcome() == Outcome.CLEAN;
      return status.live() && isClean && (status.stopping() != null || roots().isEmpty());
    }

    private List<ServiceHealth> roots() {
      return status.services().stream()
          .map(ServiceStatus::health)
          .filter(ServiceHealth::isRootCause)
          .toList();
    }

    /** The root cause in a sentence. */
    private String headline() {
      if (status.stopping() != null) {
        return "Stopping: " + status.stopping();
      }
      List<ServiceHealth> roots = roots();
      if (roots.isEmpty()) {
        return state().equals("starting") ? "Starting" : notWell();
      }
      ServiceHealth worst =
          roots.stream().min((a, b) -> a.status().compareTo(b.status())).orElseThrow();
      String reason = worst.reason().isEmpty() ? "" : ": " + worst.reason();
      long followers =
          explanations.values().stream().filter(line -> line.contains(worst.service())).count();
      String more = roots.size() > 1 ? " (and " + (roots.size() - 1) + " more)" : "";
      String also =
          followers == 0
              ? ""
              : ". " + followers + (followers == 1 ? " service follows" : " services follow");
      return worst.service() + " is " + worst.status() + reason + more + also;
    }

    private String notWell() {
      return status.ready() ? status.health().toString() : "Not ready";
    }

    void services() {
      add("<section><h2>Services</h2><div class=\"wide\"><table><thead><tr>");
      for (String column : List.of("Health", "Service", "State", "Since", "Checked")) {
        add("<th scope=\"col\">").add(column).add("</th>");
      }
      add("</tr></thead><tbody>");
      List<ServiceStatus> all = status.services();
      List<ServiceStatus> first =
          all.size() <= MOST_ROWS ? all : all.stream().filter(one -> !isFine(one)).toList();
      first.stream().limit(MOST_ROWS).forEach(this::service);
      add("</tbody></table></div>");
      if (first.size() > MOST_ROWS) {
        add("<p>").text("and %,d more".formatted(first.size() - MOST_ROWS)).add("</p>");
      }
      if (first.size() < all.size()) {
        names(all.stream().filter(Writing::isFine).map(ServiceStatus::name).toList());
      }
      add("</section>");
    }

    private static boolean isFine(ServiceStatus service) {
      return service.state() == ServiceState.RUNNING
          && service.health().status() == HealthStatus.HEALTHY;
    }

    /** Of those of which there is nothing to say. */
    private void names(List<String> fine) {
      add("<details><summary>");
      text("%,d services are RUNNING and HEALTHY".formatted(fine.size()));
      add("</summary><p>").text(String.join(", ", fine)).add("</p></details>");
    }

    private void service(ServiceStatus service) {
      ServiceHealth its = service.health();
      add("<tr><td>").health(its.status()).add("</td><th scope=\"row\">").text(service.name());
      add(its.critical() ? "" : " <small>not critical</small>");
      add(service.completed() ? " <small>run returned</small>" : "");
      if (!service.dependsOn().isEmpty()) {
        add("<small class=\"deps\">needs ")
            .text(String.join(", ", service.dependsOn()))
            .add("</small>");
      }
      String explanation = explanations.get(service.name());
      String reason = explanation == null ? its.reason() : chain(explanation);
      if (!reason.isEmpty()) {
        add("<p class=\"reason\">").text(reason);
        text(its.failures() > 1 ? " (" + its.failures() + " failures)" : "").add("</p>");
      }
      service.facts().forEach(this::fact);
      add("</th><td data-label=\"State\">").add(badge(service.state()));
      add("</td><td data-label=\"Since\">").time(service.since());
      add("</td><td data-label=\"Checked\">").checked(its).add("</td></tr>");
    }

    /** Without its beginning, which is the service itself. */
    private static String chain(String explanation) {
      int begin = explanation.indexOf("<- ");
      return explanation.substring(Math.max(0, begin)).replace("<-", "←");
    }

    private static String badge(ServiceState state) {
      String shape = state == ServiceState.RUNNING ? "run" : "other";
      return "<span class=\"st " + shape + "\">" + state + "</span>";
    }

    private void fact(String name, String value) {
      add("<small class=\"fact\">").text(name).add(" ");
      boolean isLink = value.startsWith("http://") || value.startsWith("https://");
      add(isLink ? "<a href=\"" + Html.escaped(value) + "\">" : "").text(value);
      add(isLink ? "</a></small>" : "</small>");
    }

    private Writing checked(ServiceHealth its) {
      Instant at = its.checkedAt();
      if (at == null) {
        return add("<span class=\"dim\">no check</span>");
      }
      return time(at).add(its.isStale(status.at()) ? " <b>stale</b>" : "");
    }

    void timelines() {
      timeline(Timeline.ofStop(status), "");
      timeline(upgrade, outcome());
      timeline(Timeline.ofStart(status), "");
    }

    private void timeline(Timeline timeline, String outcome) {
      if (timeline.rows().isEmpty() && outcome.isEmpty()) {
        return;
      }
      add("<section><h2>").text(timeline.title());
      if (!timeline.rows().isEmpty()) {
        add(" <small>");
        text(
            TimelineSvg.time(timeline.length()) + (timeline.goesOn() ? " so far" : "") + ", from ");
        time(timeline.begin()).add("</small>");
      }
      add("</h2>");
      if (!outcome.isEmpty()) {
        add("<pre>").text(outcome).add("</pre>");
      }
      if (!timeline.rows().isEmpty()) {
        add("<div class=\"wide\">").add(TimelineSvg.inPage(timeline)).add("</div>");
      }
      add("</section>");
    }

    /** What became of the last upgrade, and when. */
    private String outcome() {
      Instant at = upgrades.at();
      return at == null
          ? ""
          : DAY_AND_CLOCK.format(at.atZone(zone)) + "  " + String.valueOf(upgrades.last());
    }

    void graph() {
      DependencyGraph graph = DependencyGraph.of(status);
      if (graph.nodes().isEmpty() && graph.left() == 0) {
        return;
      }
      add("<section><h2>Dependencies</h2>");
      if (graph.left() > 0) {
        add("<p class=\"dim\">").text("%,d more services are not drawn".formatted(graph.left()));
        add("</p>");
      }
      if (!graph.nodes().isEmpty()) {
        add("<div class=\"wide\">").add(GraphSvg.inPage(graph)).add("</div>");
      }
      add("</section>");
    }

    void latencies(HealthFigures figures) {
      add(
          "<section><h2>Latencies</h2><div class=\"wide\"><table class=\"num\"><thead><tr><th scope=\"col\">of</th><th scope=\"col\">times</th>");
      for (double percentile : PERCENTILES) {
        add("<th scope=\"col\">p").add(Integer.toString((int) percentile)).add("</th>");
      }
      add("<th scope=\"col\">longest</th></tr></thead><tbody>");
      latency("health checks", figures.checks());
      latency("health notifications", figures.deliveries());
      add("</tbody></table></div><div class=\"pictures\">");
      histogram("health checks", figures.checks());
      histogram("health notifications", figures.deliveries());
      add("</div></section>");
    }

    private void histogram(String of, LatencySnapshot times) {
      if (times.count() > 0) {
        add("<figure><figcaption>").add(of).add("</figcaption>");
        add(HistogramSvg.inPage(of, times)).add("</figure>");
      }
    }

    private void latency(String of, LatencySnapshot times) {
      add("<tr><th scope=\"row\">")
          .add(of)
          .add("</th><td>")
          .add("%,d".formatted(times.count()))
          .add("</td>");
      for (double percentile : PERCENTILES) {
        cell(times, times.at(percentile));
      }
      cell(times, times.max());
      add("</tr>");
    }

    private void cell(LatencySnapshot times, Duration value) {
      add("<td>").text(times.count() == 0 ? "–" : TimelineSvg.time(value)).add("</td>");
    }

    void tools(Map<String, String> tools) {
      add("<section><h2>Look closer</h2><ul class=\"tools\">");
      add(
          "<li><a href=\"/health\">/health</a> <a href=\"/ready\">/ready</a> <a href=\"/livez\">/livez</a> for probes</li>");
      add("<li><a href=\"/metrics\">/metrics</a> for Prometheus</li>");
      add("<li><a href=\"/services\">/services</a> all of this as JSON</li>");
      add(
          "<li><a href=\"/timeline.svg\">/timeline.svg</a> the start, upgrade or stop as a picture (<code>?of=start</code>)</li>");
      tools.forEach(this::tool);
      add("</ul></section>");
    }

    private void tool(String pattern, String tells) {
      if (pattern.startsWith("GET ")) {
        String path = pattern.substring("GET ".length());
        add("<li><a href=\"")
            .text(path)
            .add("\">")
            .text(path)
            .add("</a> ")
            .text(tells)
            .add("</li>");
      }
    }
  }
}
