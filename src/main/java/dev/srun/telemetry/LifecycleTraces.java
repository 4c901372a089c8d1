package dev.srun.telemetry;

import dev.srun.Cause;
import dev.srun.Context;
import dev.srun.Failure;
import dev.srun.HealthSubscription;
import dev.srun.Phase;
import dev.srun.PhaseTime;
import dev.srun.RunnerStatus;
import dev.srun.ServiceState;
import dev.srun.ServiceStatus;
import dev.srun.UpgradeOutcome;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.time.Instant;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Two traces of a program's life, its start and its stop: below the root a span for each service,
 * and below that one for each phase. Made afterwards from what the runner has measured anyway.
 */
final class LifecycleTraces {
  private static final AttributeKey<String> SERVICE = AttributeKey.stringKey("srun.service.name");
  private static final AttributeKey<String> PHASE = AttributeKey.stringKey("srun.phase");
  private static final AttributeKey<String> CAUSE = AttributeKey.stringKey("srun.cause");
  private static final AttributeKey<String> KIND = AttributeKey.stringKey("srun.cause.kind");
  private static final AttributeKey<Long> PID = AttributeKey.longKey("process.pid");
  private static final AttributeKey<Long> GENERATION = AttributeKey.longKey("srun.generation");
  private static final AttributeKey<String> TYPE = AttributeKey.stringKey("exception.type");
  private static final AttributeKey<String> MESSAGE = AttributeKey.stringKey("exception.message");
  private static final AttributeKey<String> STACK = AttributeKey.stringKey("exception.stacktrace");

  private static final Set<Phase> OF_START =
      EnumSet.of(Phase.INIT, Phase.RUN, Phase.READY, Phase.WARM_UP, Phase.CHECK);
  private static final Set<Phase> OF_STOP = EnumSet.of(Phase.DRAIN, Phase.STOP, Phase.CLOSE);

  private static final W3CTraceContextPropagator PROPAGATION =
      W3CTraceContextPropagator.getInstance();
  private static final String TRACEPARENT = "traceparent";

  private final Tracer tracer;
  private final Context ctx;
  private final io.opentelemetry.context.Context ofStart;
  private final AtomicBoolean toldStart = new AtomicBoolean();
  private volatile @Nullable HealthSubscription subscription;

  /**
   * Makes them.
   *
   * @param upgradeTrace the trace that the start belongs to, as W3C has it; empty where there is
   *     none
   */
  LifecycleTraces(Tracer tracer, Context ctx, String upgradeTrace) {
    this.tracer = tracer;
    this.ctx = ctx;
    this.ofStart = PROPAGATION.extract(root(), upgradeTrace, OneHeader.GETTER);
  }

  private static io.opentelemetry.context.Context root() {
    return io.opentelemetry.context.Context.root();
  }

  /** Begins the trace of an upgrade, whose other part is the start of the next generation. */
  Telemetry.UpgradeTrace beginUpgrade() {
    Span span = tracer.spanBuilder("upgrade").setNoParent().startSpan();
    Map<String, String> parent = new HashMap<>();
    PROPAGATION.inject(
        root().with(span),
        parent,
        (all, name, value) -> {
          if (all != null) {
            all.put(name, value);
          }
        });
    return new Telemetry.UpgradeTrace(
        parent.getOrDefault(TRACEPARENT, ""), outcome -> end(span, outcome));
  }

  private static void end(Span span, UpgradeOutcome outcome) {
    switch (outcome) {
      case UpgradeOutcome.Upgraded upgraded ->
          span.setAttribute(PID, upgraded.pid())
              .setAttribute(GENERATION, (long) upgraded.generation());
      case UpgradeOutcome.Failed failed -> span.setStatus(StatusCode.ERROR, failed.toString());
      case UpgradeOutcome.Refused refused -> span.setStatus(StatusCode.ERROR, refused.toString());
    }
    span.end();
  }

  /**
   * Tells of the start once the program is up: each service's health changes when it is RUNNING.
   */
  void watch() {
    ctx.onDrain(it -> {}); // a phase of our own, which tells that the program was up
    subscription = ctx.health().subscribe(List.of(), health -> tellIfUp());
  }

  private void tellIfUp() {
    RunnerStatus status = ctx.runner().status();
    boolean up =
        status.services().stream().allMatch(service -> service.state() == ServiceState.RUNNING);
    if (up) {
      tellStart(status, null);
    }
    HealthSubscription own = subscription;
    if (own != null && toldStart.get()) {
      own.close();
    }
  }

  private void tellStart(RunnerStatus status, @Nullable Cause cutShort) {
    if (toldStart.compareAndSet(false, true)) {
      Instant stopped = stopBegan(status);
      Predicate<PhaseTime> itsOwn =
          phase -> OF_START.contains(phase.phase()) && !isOfRunning(phase, stopped);
      tell("start", ofStart, status, status.startedAt(), end(status, itsOwn), itsOwn, cutShort);
    }
  }

  /** Whether that is the run of a service that is, or was, RUNNING. */
  private static boolean isOfRunning(PhaseTime phase, Instant stopped) {
    return phase.phase() == Phase.RUN
        && (phase.took() == null || end(phase, stopped).isAfter(stopped));
  }

  private static Instant stopBegan(RunnerStatus status) {
    Instant since = status.stoppingSince();
    return since == null ? status.at() : since;
  }

  /** Tells of the stop so far, and of a start that has not come to its end. */
  void tellStop() {
    RunnerStatus status = ctx.runner().status();
    Cause cause = status.stopping();
    boolean wasUp = began(status.service(ctx.name()).phases(), Phase.DRAIN);
    tellStart(status, wasUp ? null : cause);
    Predicate<PhaseTime> itsOwn = phase -> OF_STOP.contains(phase.phase());
    tell("stop", root(), status, stopBegan(status), status.at(), itsOwn, cause);
  }

  private static boolean began(List<PhaseTime> phases, Phase phase) {
    return phases.stream().anyMatch(each -> each.phase() == phase);
  }

  private void tell(
      String name,
      io.opentelemetry.context.Context parent,
      RunnerStatus status,
      Instant since,
      Instant end,
      Predicate<PhaseTime> phases,
      @Nullable Cause cause) {
    Span root = tracer.spanBuilder(name).setParent(parent).setStartTimestamp(since).startSpan();
    if (cause != null) {
      root.setAttribute(CAUSE, cause.toString()).setAttribute(KIND, cause.kind());
    }
    Failure failure = cause instanceof Cause.Failed failed ? failed.failure() : null;
    for (ServiceStatus service : status.services()) {
      List<PhaseTime> its = service.phases().stream().filter(phases).toList();
      if (!its.isEmpty() && !service.name().equals(ctx.name())) {
        tell(root, service, its, status.at(), isOf(failure, service) ? failure : null);
      }
    }
    if (failure != null) {
      failed(root, failure, end);
    }
    root.end(end);
  }

  private static boolean isOf(@Nullable Failure failure, ServiceStatus service) {
    return failure != null && failure.service().equals(service.name());
  }

  private void tell(
      Span root,
      ServiceStatus service,
      List<PhaseTime> phases,
      Instant now,
      @Nullable Failure failure) {
    Instant since =
        phases.stream().map(PhaseTime::since).min(Comparator.naturalOrder()).orElse(now);
    Instant end =
        phases.stream().map(it -> end(it, now)).max(Comparator.naturalOrder()).orElse(now);
    Span span = child(root, service.name(), since);
    span.setAttribute(SERVICE, service.name());
    for (PhaseTime phase : phases) {
      Span its = child(span, phase.phase().toString(), phase.since());
      its.setAttribute(SERVICE, service.name()).setAttribute(PHASE, phase.phase().toString());
      if (failure != null && failure.phase() == phase.phase()) {
        failed(its, failure, end(phase, now));
      } else if (phase.took() == null) {
        its.setStatus(StatusCode.ERROR, "has not ended");
      }
      its.end(end(phase, now));
    }
    if (failure != null) {
      span.setStatus(StatusCode.ERROR, failure.toString());
    } else if (service.state() == ServiceState.SHUTTING_DOWN) {
      span.setStatus(StatusCode.ERROR, "has not ended");
    }
    span.end(end);
  }

  private Span child(Span parent, String name, Instant since) {
    return tracer
        .spanBuilder(name)
        .setParent(root().with(parent))
        .setStartTimestamp(since)
        .startSpan();
  }

  /** The texts are those of the failure: an error's own are user code. */
  private static void failed(Span span, Failure failure, Instant at) {
    span.setStatus(StatusCode.ERROR, failure.toString());
    Attributes exception =
        Attributes.of(
            TYPE,
            failure.error().getClass().getName(),
            MESSAGE,
            failure.toString(),
            STACK,
            failure.stackTrace());
    span.addEvent("exception", exception, at);
  }

  private static Instant end(RunnerStatus status, Predicate<PhaseTime> phases) {
    return status.services().stream()
        .flatMap(service -> service.phases().stream())
        .filter(phases)
        .map(phase -> end(phase, status.at()))
        .max(Comparator.naturalOrder())
        .orElse(status.at());
  }

  private static Instant end(PhaseTime phase, Instant now) {
    return phase.since().plus(phase.tookUntil(now));
  }

  /** A carrier that is the value of the one header that counts. */
  private enum OneHeader implements TextMapGetter<String> {
    GETTER;

    @Override
    public Iterable<String> keys(String carrier) {
      return List.of(TRACEPARENT);
    }

    @Override
    public @Nullable String get(@Nullable String carrier, String key) {
      return key.equals(TRACEPARENT) && !"".equals(carrier) ? carrier : null;
    }
  }
}
