package dev.srun;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * One service in the {@link HealthTable}: what it says of itself, and what comes of that. Written
 * by the supervisor alone, but for what is reported; what other threads read is published.
 */
final class HealthEntry implements Comparable<HealthEntry> {

  /** What a service has said of itself, and when, in nanoseconds of the host's clock. */
  record Report(Health health, long at) {}

  /** The last check that has ended. */
  record LastCheck(Instant at, Duration took, Instant staleFrom) {}

  private static final AtomicReferenceFieldUpdater<HealthEntry, @Nullable Report> REPORTED =
      AtomicReferenceFieldUpdater.newUpdater(HealthEntry.class, Report.class, "reported");

  /**
   * Stands for the first health of a service of which nothing is known but that it is RUNNING: most
   * services never have another one before their stop, which is then made for who asks.
   */
  private static final ServiceHealth WELL =
      new ServiceHealth(
          "",
          HealthStatus.HEALTHY,
          Health.healthy().reason(),
          Instant.EPOCH,
          Health.healthy(),
          HealthSource.STATE,
          List.of(),
          false,
          null,
          null,
          null,
          0,
          1);

  private static final long REASONS_APART = Duration.ofSeconds(10).toNanos();

  private final Slot slot;
  private volatile @Nullable Report reported;
  private List<HealthEntry> dependencies = List.of();
  private List<HealthEntry> dependents = List.of();
  private int index;
  private boolean admitted;
  private long reasonToldAt;
  private Health said = Health.healthy();
  private HealthSource source = HealthSource.STATE;
  private int failures;
  private @Nullable LastCheck lastCheck;
  private volatile @Nullable Health answer;
  private volatile long publishedAt;
  private volatile @Nullable ServiceHealth published; // null before it was ever RUNNING

  /** Since when, where {@link #WELL} is published. */
  private volatile @Nullable Instant wellSince;

  HealthEntry(Slot slot) {
    this.slot = slot;
  }

  Slot slot() {
    return slot;
  }

  String name() {
    return slot.name();
  }

  boolean isCritical() {
    return slot.definition().health().critical();
  }

  /** Whether it is a judgement of the others. */
  boolean isJudge() {
    return slot.definition().service() instanceof Judge;
  }

  /** Its place in the order of registration. */
  int index() {
    return index;
  }

  void index(int place) {
    index = place;
  }

  /** Which was registered first. */
  @Override
  public int compareTo(HealthEntry other) {
    return Integer.compare(index, other.index);
  }

  void dependsOn(HealthEntry dependency) {
    dependencies = with(dependencies, dependency);
    dependency.dependents = with(dependency.dependents, this);
  }

  /** Most have none, so that there is nothing to hold them in. */
  private static List<HealthEntry> with(List<HealthEntry> some, HealthEntry more) {
    List<HealthEntry> all = some.isEmpty() ? new ArrayList<>(2) : some;
    all.add(more);
    return all;
  }

  List<HealthEntry> dependencies() {
    return dependencies;
  }

  List<HealthEntry> dependents() {
    return dependents;
  }

  // Reports

  /** Takes a report from any thread; true if the supervisor is to be told of it. */
  boolean report(Health health, long now) {
    return REPORTED.getAndSet(this, new Report(health, now)) == null;
  }

  /**
   * Has the latest report count; returns when it was made, {@link Alarm#NEVER} if there is none.
   */
  long takeReport() {
    Report report = reported == null ? null : REPORTED.getAndSet(this, null);
    if (report == null) {
      return Alarm.NEVER;
    }
    says(report.health, HealthSource.PUSH);
    return report.at;
  }

  // The check

  /** Keeps what the check has answered for the supervisor; called by the check's thread. */
  void answer(@Nullable Health health) {
    answer = health;
  }

  /** What the last check has answered; null if that was no answer. */
  @Nullable Health takeAnswer() {
    Health last = answer;
    answer = null;
    return last;
  }

  // What it says of itself

  /** From here on its health counts: it is RUNNING and, where it is checked, was found able to. */
  void admit(long now) {
    admitted = true;
    reasonToldAt = now - REASONS_APART;
  }

  void says(Health health, HealthSource from) {
    said = health;
    source = from;
  }

  boolean isDown() {
    return said.status() == HealthStatus.UNHEALTHY;
  }

  void checked(LastCheck check, int failuresInARow) {
    lastCheck = check;
    failures = failuresInARow;
  }

  /** Whether it is long enough ago that another reason was told in the log; if so it is now. */
  boolean mayTellReason(long now) {
    boolean may = now - reasonToldAt >= REASONS_APART;
    reasonToldAt = may ? now : reasonToldAt;
    return may;
  }

  Health own() {
    boolean runs = admitted && slot.state() == ServiceState.RUNNING;
    return runs ? said : Health.STOPPED;
  }

  // What comes of it

  /** The health as it is known now; any thread. */
  ServiceHealth now() {
    return orBeforeAnything(published());
  }

  /** The same as it was last published; null before that. */
  @SuppressWarnings("ReferenceEquality") // it stands for others, which are not equal to it
  @Nullable ServiceHealth published() {
    ServiceHealth last = published;
    Instant since = wellSince;
    return last == WELL && since != null ? well(since) : last;
  }

  private ServiceHealth well(Instant since) {
    return new ServiceHealth(
        name(),
        WELL.status(),
        WELL.reason(),
        since,
        WELL.own(),
        WELL.source(),
        WELL.cause(),
        isCritical(),
        null,
        null,
        null,
        WELL.failures(),
        WELL.change());
  }

  /** What stands for what was not published. */
  ServiceHealth orBeforeAnything(@Nullable ServiceHealth known) {
    return known == null ? health(Health.STOPPED, CombinedHealth.STOPPED, slot.since(), 0) : known;
  }

  /** Since when the health could be told, in nanoseconds of the host's clock; any thread. */
  long publishedAt() {
    return publishedAt;
  }

  /** How well the service is, as {@link #now} tells it, without what else is known. */
  HealthStatus status() {
    ServiceHealth last = published;
    return last == null ? HealthStatus.STOPPED : last.status();
  }

  /** Publishes what comes of its own health and that of its dependencies; true if that is new. */
  boolean publish(CombinedHealth combined, Instant now, long at) {
    ServiceHealth before = published();
    boolean isNew =
        before == null ? !combined.isJust(CombinedHealth.STOPPED) : !before.says(combined);
    Instant since = before == null ? slot.since() : before.since();
    if (combined.health().status() != status()) {
      since = now;
    }
    long change = before == null ? 0 : before.change();
    if (isNew) {
      change++;
      publishedAt = at;
    }
    if (before == null && isNew && isWell(combined)) {
      wellSince = since;
      published = WELL;
    } else {
      published = health(own(), combined, since, change);
    }
    return isNew;
  }

  private boolean isWell(CombinedHealth combined) {
    return combined.isJust(CombinedHealth.HEALTHY)
        && own().equals(WELL.own())
        && source == HealthSource.STATE
        && lastCheck == null;
  }

  private ServiceHealth health(Health own, CombinedHealth combined, Instant since, long change) {
    LastCheck check = lastCheck;
    return new ServiceHealth(
        name(),
        combined.health().status(),
        combined.health().reason(),
        since,
        own,
        source,
        combined.cause(),
        isCritical(),
        check == null ? null : check.at,
        check == null ? null : check.took,
        check == null ? null : check.staleFrom,
        failures,
        change);
  }
}
