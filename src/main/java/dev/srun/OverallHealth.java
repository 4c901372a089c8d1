package dev.srun;

import static dev.srun.HealthStatus.DEGRADED;
import static dev.srun.HealthStatus.HEALTHY;
import static dev.srun.HealthStatus.UNHEALTHY;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How well the program is as a whole, and whether that lets it be ready. Written by the supervisor
 * alone; any thread reads it.
 */
final class OverallHealth {
  /** What was made of the services at one version of them. */
  private record Judgement(long version, Health health) {}

  /** How many root causes the reason names. */
  private static final int NAMED = 3;

  private final List<HealthEntry> entries;
  private final @Nullable HealthEntry judge;
  private final @Nullable HealthEntry readinessJudge;
  private boolean up;
  private int ill;
  private int criticalDown;
  private long changes;
  private volatile HealthStatus status = HealthStatus.STOPPED;
  private volatile boolean letsBeReady = true;
  private volatile long version;
  private volatile Judgement last = new Judgement(0, new Health(HealthStatus.STOPPED, "starting"));

  OverallHealth(List<HealthEntry> entries) {
    this.entries = entries;
    this.judge = named(Judge.OF_HEALTH);
    this.readinessJudge = named(Judge.OF_READINESS);
  }

  private @Nullable HealthEntry named(String name) {
    for (HealthEntry entry : entries) {
      if (entry.name().equals(name)) {
        return entry;
      }
    }
    return null;
  }

  /**
   * How well the program is; any thread. What the reason names is looked up by the first who asks
   * after a change.
   */
  Health health() {
    Judgement known = last;
    long now = version;
    if (known.version == now) {
      return known.health;
    }
    Health health = judge == null || status == HealthStatus.STOPPED ? worst() : judge.now().own();
    last = new Judgement(now, health);
    return health;
  }

  /** Whether the program may be ready, as far as health goes; any thread. */
  boolean letsBeReady() {
    return letsBeReady;
  }

  /** Every service is RUNNING. */
  void isUp() {
    up = true;
    judge();
  }

  /** The services are being stopped. */
  void isStopping() {
    up = false;
    status = HealthStatus.STOPPED;
    version = ++changes;
  }

  /** The health of a service has changed from what it was. */
  void moved(HealthEntry entry, HealthStatus before) {
    count(entry, before, -1);
    count(entry, entry.status(), 1);
    if (up) {
      judge();
    }
  }

  private void count(HealthEntry entry, HealthStatus status, int more) {
    if (entry.isJudge()) {
      return;
    }
    boolean down = status == HealthStatus.UNHEALTHY;
    ill += down || status == HealthStatus.DEGRADED ? more : 0;
    criticalDown += down && entry.isCritical() ? more : 0;
  }

  private void judge() {
    letsBeReady =
        readinessJudge == null
            ? criticalDown == 0
            : readinessJudge.now().status() != HealthStatus.UNHEALTHY;
    status = criticalDown > 0 ? UNHEALTHY : ill > 0 ? DEGRADED : HEALTHY;
    version = ++changes;
  }

  /** What is not critical makes the program DEGRADED at most. */
  private Health worst() {
    HealthStatus now = status;
    return switch (now) {
      case STOPPED -> new Health(now, "stopping");
      case UNHEALTHY, DEGRADED -> new Health(now, reason());
      case HEALTHY -> Health.healthy();
    };
  }

  private String reason() {
    List<ServiceHealth> roots =
        entries.stream()
            .map(HealthEntry::now)
            .filter(ServiceHealth::isRootCause)
            .sorted(Comparator.comparing(ServiceHealth::status))
            .toList();
    String named =
        roots.stream().limit(NAMED).map(HealthText::line).collect(Collectors.joining("; "));
    return roots.size() <= NAMED ? named : named + "; and " + (roots.size() - NAMED) + " more";
  }
}
