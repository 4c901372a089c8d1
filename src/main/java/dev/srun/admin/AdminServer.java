package dev.srun.admin;

import dev.srun.BindFailedException;
import dev.srun.Context;
import dev.srun.DebugAccess;
import dev.srun.Service;
import dev.srun.http.HttpListener;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Answers for a program over HTTP: {@code /health}, {@code /ready} and {@code /livez} for an
 * orchestrator, {@code /metrics}, {@code /services}, and {@code /debug/**} for whoever has to find
 * out what it does. Registered by the runner unless that was {@linkplain
 * dev.srun.Config#withoutAdmin left out}: before every other service, so that probes are answered
 * during a slow start, and stopped after every other.
 *
 * <p>Requests are answered on platform threads, so also while the program's code keeps every
 * processor of the virtual threads busy. They do not count as work in flight.
 */
public final class AdminServer implements Service {

  /**
   * What there is to decide.
   *
   * @param address where to listen
   * @param required whether the start fails if the address cannot be bound; else the program runs
   *     without its admin server and says so
   * @param debug who may use the debug tools
   * @param heapDumps whether those may dump the heap
   */
  public record Options(
      InetSocketAddress address, boolean required, DebugAccess debug, boolean heapDumps) {}

  /**
   * A page of metrics.
   *
   * @param contentType its format
   * @param text the metrics
   */
  public record MetricsPage(String contentType, String text) {}

  /** What {@code /metrics} answers; where that is empty, the runner's own figures. */
  @FunctionalInterface
  public interface Metrics {

    /** Nothing but the runner's own figures. */
    Metrics NONE = accept -> Optional.empty();

    /**
     * Collects. Called by a thread of the admin server.
     *
     * @param accept the Accept header of the request; empty where there is none
     * @return the page
     * @throws IOException if they cannot be collected
     */
    Optional<MetricsPage> page(String accept) throws IOException;
  }

  /**
   * At most, made when they are needed. A request occupies one for a moment, a debug tool for its
   * time, and half a head until it is given up: the more threads, the sooner is a crowd of those.
   */
  private static final int THREADS = 32;

  /** How long the head of a request may take to come. */
  private static final Duration HEAD = Duration.ofSeconds(2);

  /** How long a stop waits for answers that are under way. */
  private static final Duration LAST_ANSWERS = Duration.ofMillis(500);

  private final Options options;
  private final Metrics metrics;
  private volatile @Nullable FrontDesk desk;
  private volatile @Nullable HttpListener http;
  private volatile @Nullable Context context;

  /**
   * Makes one.
   *
   * @param options what there is to decide
   * @param metrics what {@code /metrics} answers
   */
  public AdminServer(Options options, Metrics metrics) {
    this.options = options;
    this.metrics = metrics;
  }

  @Override
  public void init(Context ctx) throws IOException {
    if (options.debug() instanceof DebugAccess.Token) {
      new DebugDoor(options.debug()).check();
    }
    FirstAnswer.prepare(ctx);
    try {
      HttpListener bound = ctx.http("admin", options.address());
      FrontDesk its = new FrontDesk(ctx, options, metrics);
      bound.onPlatformThreads(THREADS).uncounted().readWithin(HEAD);
      bound.header("Cache-Control", "no-store").header("X-Content-Type-Options", "nosniff");
      its.offerOn(bound);
      desk = its;
      http = bound;
      context = ctx;
    } catch (BindFailedException e) {
      if (options.required()) {
        throw e;
      }
      ctx.logger()
          .log(Level.WARNING, e.getMessage() + "; going on without (see SRUN_ADMIN_ADDRESS)");
    }
  }

  @Override
  public void run(Context ctx) {
    HttpListener its = http;
    if (its != null) {
      its.open();
    }
  }

  /**
   * Asks each probe once, so that they are answered also when the jar is gone by then. Waits for
   * the answers, a second each at most.
   */
  public void askProbes() {
    HttpListener its = http;
    Context ctx = context;
    if (its != null && ctx != null) {
      ProbeRequests.send(its.address(), ctx.logger());
    }
  }

  @Override
  public void stop(Context ctx) throws InterruptedException {
    FrontDesk itsDesk = desk;
    HttpListener its = http;
    if (itsDesk != null && its != null) {
      itsDesk.close();
      Duration left = ctx.remaining();
      its.drain(left.compareTo(LAST_ANSWERS) < 0 ? left : LAST_ANSWERS);
    }
  }
}
