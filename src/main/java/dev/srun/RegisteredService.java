package dev.srun;

import dev.srun.Definition.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One registration and its options, until it is {@linkplain #definition defined}. */
final class RegisteredService implements Registration {
  private final Registry registry;
  private final String name;
  private final Kind kind;
  private final Service service;
  private final List<RegisteredService> stage;
  private final List<String> dependsOn = new ArrayList<>(0);
  private final List<String> required = new ArrayList<>(0);
  private boolean platform;
  private boolean exclusive;
  private Duration initTimeout;
  private Duration readyTimeout;
  private Duration readyPause = Duration.ZERO;
  private Duration stopTimeout = Settings.LONGEST;
  private Duration stopReserve = Duration.ZERO;
  private boolean critical = true;
  private Duration checkInterval;
  private Duration checkTimeout;
  private int downAfter = HealthOptions.DOWN_AFTER;
  private int upAfter = HealthOptions.UP_AFTER;
  private @Nullable Duration beat;

  /**
   * Makes one with the program's defaults.
   *
   * @param stage those that start side by side with it, itself among them once it is registered
   */
  RegisteredService(
      Registry registry, String name, Kind kind, Service service, List<RegisteredService> stage) {
    this.registry = registry;
    this.name = name;
    this.kind = kind;
    this.service = service;
    this.stage = stage;
    Settings defaults = registry.settings();
    this.initTimeout = defaults.initTimeout();
    this.readyTimeout = defaults.readyTimeout();
    this.checkInterval = defaults.healthInterval();
    this.checkTimeout = defaults.healthTimeout();
  }

  String name() {
    return name;
  }

  Kind kind() {
    return kind;
  }

  Definition definition() {
    return new Definition(
        name,
        kind,
        service,
        registry.implementedBy(service),
        List.copyOf(dependsOn),
        platform,
        exclusive,
        initTimeout,
        readyTimeout,
        readyPause,
        stopTimeout,
        stopReserve,
        health());
  }

  private HealthOptions health() {
    return registry.shared(
        new HealthOptions(
            critical,
            List.copyOf(required),
            checkInterval,
            checkTimeout,
            downAfter,
            upAfter,
            beat));
  }

  @Override
  public Registration dependsOn(String... names) {
    registry.checkOpen(name);
    if (names == null) {
      throw new MisconfiguredException("what '%s' depends on is null".formatted(name));
    }
    for (String needed : names) {
      if (!registry.namesBefore(stage).contains(needed)) {
        throw new MisconfiguredException(
            "'%s' depends on %s, which is not registered before it; registered before: %s"
                .formatted(name, Quoted.of(needed), registry.namesBefore(stage)));
      }
      dependsOn.add(needed);
    }
    return this;
  }

  @Override
  public Registration requires(String... names) {
    dependsOn(names);
    required.addAll(List.of(names));
    return this;
  }

  @Override
  public Registration nonCritical() {
    registry.checkOpen(name);
    critical = false;
    return this;
  }

  @Override
  public Registration checkInterval(Duration interval) {
    checkChecked("check interval");
    checkInterval = checked("check interval", interval);
    return this;
  }

  @Override
  public Registration checkTimeout(Duration limit) {
    checkChecked("check timeout");
    checkTimeout = checked("check timeout", limit);
    return this;
  }

  @Override
  public Registration checkThresholds(int failures, int successes) {
    registry.checkOpen(name);
    checkChecked("check thresholds");
    if (failures < 1 || successes < 1) {
      throw new MisconfiguredException(
          "check thresholds of '%s' are %d and %d: expected 1 or more"
              .formatted(name, failures, successes));
    }
    downAfter = failures;
    upAfter = successes;
    return this;
  }

  private void checkChecked(String what) {
    if (!(service instanceof HealthChecked)) {
      throw new MisconfiguredException(
          "%s of '%s': it has no check; expected a service that implements HealthChecked"
              .formatted(what, name));
    }
  }

  @Override
  public Registration beatWithin(Duration limit) {
    beat = checked("beat limit", limit);
    return this;
  }

  @Override
  public Registration onPlatformThread() {
    registry.checkOpen(name);
    platform = true;
    return this;
  }

  @Override
  public Registration exclusive() {
    registry.checkOpen(name);
    exclusive = true;
    return this;
  }

  @Override
  public Registration initTimeout(Duration limit) {
    initTimeout = checked("init timeout", limit);
    return this;
  }

  @Override
  public Registration readyTimeout(Duration limit) {
    readyTimeout = checked("ready timeout", limit);
    return this;
  }

  @Override
  public Registration retryReady(Duration pause) {
    if (!registry.implementedBy(service).ready()) {
      throw new MisconfiguredException(
          "ready of '%s' cannot be tried again: expected a service that implements ready"
              .formatted(name));
    }
    readyPause = checked("pause of ready", pause);
    return this;
  }

  @Override
  public Registration stopTimeout(Duration limit) {
    stopTimeout = checked("stop timeout", limit);
    return this;
  }

  @Override
  public Registration stopReserve(Duration reserve) {
    stopReserve = checked("stop reserve", reserve);
    return this;
  }

  private Duration checked(String what, @Nullable Duration limit) {
    registry.checkOpen(name);
    if (limit == null || limit.isNegative() || limit.isZero()) {
      throw new MisconfiguredException(
          "%s of '%s' is %s: expected longer than zero".formatted(what, name, limit));
    }
    return limit.compareTo(Settings.LONGEST) > 0 ? Settings.LONGEST : limit;
  }
}
