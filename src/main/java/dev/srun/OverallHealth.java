package dev.srun;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How well the program is as a whole, and whether that lets it be ready. Written by the supervisor
 * alone; any thread reads it.
 */
final class OverallHealth {
  /** How many root causes the reason names. */
  private static final int NAMED = 3;

  private final List<HealthEntry> entries;
  private final @Nullable HealthEntry judge;
  private final @Nullable HealthEntry readinessJudge;
  private boolean up;
  private int ill;
  private int criticalDown;
  private volatile Health health = new Health(HealthStatus.STOPPED, "starting");
  private volatile boolean letsBeReady = true;

  OverallHealth(List<HealthEntry> entries) {
    this.entries = entries;
    this.judge = named(Judge.OF_HEALTH);
    this.readinessJudge = named(Judge.OF_READINESS);
  }

  private @Nullable HealthEntry named(String name) {
    return entries.stream().filter(entry -> entry.name().equals(name)).findFirst().orElse(null);
  }

  /** How well the program is; any thread. */
  Health health() {
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
    health = new Health(HealthStatus.STOPPED, "stopping");
  }

  /** The health of a service has changed from what it was. */
  void moved(HealthEntry entry, HealthStatus before) {
    count(entry, before, -1);
    count(entry, entry.now().status(), 1);
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
    health = judge == null ? worst() : judge.now().own();
    letsBeReady =
        readinessJudge == null
            ? criticalDown == 0
            : readinessJudge.now().status() != HealthStatus.UNHEALTHY;
  }

  /** What is not critical makes the program DEGRADED at most. */
  private Health worst() {
    if (ill == 0) {
      return Health.healthy();
    }
    return criticalDown > 0 ? Health.unhealthy(reason()) : Health.degraded(reason());
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
