package dev.srun;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a program's author decides about its runner. Immutable; each method returns a changed copy.
 *
 * <p>The environment has the last word: where a variable is named here and is set, it replaces the
 * author's value. Config itself reads and checks nothing: {@link Srun} reads the environment and
 * checks every value before anything starts, and answers a bad one with a {@link
 * Cause.Misconfigured} that names it. Durations in the environment read as Go's ({@code 1m30s},
 * {@code 500ms}) or ISO-8601 ({@code PT30S}).
 */
public final class Config {
  private final String program;
  private @Nullable String version;
  private @Nullable Duration grace;
  private @Nullable Duration drain;
  private @Nullable Duration initTimeout;
  private @Nullable Duration readyTimeout;
  private @Nullable WarmUp warmUp;
  private @Nullable Duration warmUpTimeout;
  private @Nullable Duration deadline;
  private @Nullable Duration healthInterval;
  private @Nullable Duration healthTimeout;
  private @Nullable LogFormat logFormat;
  private System.Logger.@Nullable Level logLevel;
  private @Nullable Path stateDirectory;
  private @Nullable InetSocketAddress admin;
  private boolean withoutAdmin;
  private @Nullable DebugAccess debug;
  private boolean heapDumps;
  private boolean withoutTelemetry;
  private boolean upgradesOn;
  private @Nullable Duration upgradeTimeout;
  private @Nullable Duration upgradeLinger;
  private @Nullable Duration upgradeProbation;
  private @Nullable Duration upgradeSlowStart;
  private @Nullable Path pidFile;
  private boolean signals = true;
  private ExitCodes exitCodes = ExitCodes.DEFAULT;

  private Config(String program) {
    this.program = program;
  }

  /**
   * Returns the defaults for a program.
   *
   * @param program its name, as it stands in the log
   * @return the configuration
   */
  public static Config named(String program) {
    return new Config(Objects.requireNonNullElse(program, "")); // refused with the other values
  }

  /**
   * Returns what suits a program that a test starts with {@link Srun#start}: no signals, so no
   * drain either, no admin port, no telemetry, and of srun's own lines only warnings and errors.
   *
   * @return the configuration of a program called {@code test}
   */
  public static Config forTests() {
    return named("test")
        .withoutSignals()
        .withoutAdmin()
        .withoutTelemetry()
        .logLevel(System.Logger.Level.WARNING);
  }

  /**
   * Sets the program's version, which {@code /services} and what is exported tell ({@code
   * service.version}). Default: the {@code Implementation-Version} in the manifest of the jar that
   * the setup comes from; {@code OTEL_RESOURCE_ATTRIBUTES} for what is exported.
   *
   * @param version not blank
   * @return a changed copy
   */
  public Config version(String version) {
    return with(copy -> copy.version = given(version, "version"));
  }

  /**
   * Sets the one budget for the whole stop: drain, all stops, and closing what is owned. Default 25
   * s, which fits into the 30 s of Kubernetes; {@code SRUN_GRACEFUL_TIMEOUT}.
   *
   * @param grace zero or longer
   * @return a changed copy
   */
  public Config grace(Duration grace) {
    return with(copy -> copy.grace = given(grace, "grace"));
  }

  /**
   * Sets how long a running program stays up after readiness turned false and before the first
   * service is stopped, so that load balancers notice. Part of the grace. Default zero, and 5 s
   * where {@code KUBERNETES_SERVICE_HOST} is set; {@code SRUN_DRAIN}.
   *
   * <p>It takes the whole of that time, whether or not requests come: silence proves nothing about
   * a load balancer. It does not happen where nobody can be connecting: in a program without
   * services, or that listens on nothing but the admin server's port and has never {@linkplain
   * Context#work counted work}; whose main task has ended it; that was {@linkplain Runner#upgrade
   * replaced}; or that runs {@linkplain #withoutSignals() without signals}.
   *
   * @param drain zero or longer, not longer than the grace
   * @return a changed copy
   */
  public Config drain(Duration drain) {
    return with(copy -> copy.drain = given(drain, "drain"));
  }

  /**
   * Sets the limit of each service's init. Default 1 min; {@code SRUN_INIT_TIMEOUT}.
   *
   * @param limit longer than zero
   * @return a changed copy
   */
  public Config initTimeout(Duration limit) {
    return with(copy -> copy.initTimeout = given(limit, "init timeout"));
  }

  /**
   * Sets the limit from a service's run to its readiness. Default 1 min; {@code
   * SRUN_READY_TIMEOUT}.
   *
   * @param limit longer than zero
   * @return a changed copy
   */
  public Config readyTimeout(Duration limit) {
    return with(copy -> copy.readyTimeout = given(limit, "ready timeout"));
  }

  /**
   * Sets in which starts services are {@linkplain WarmedUp warmed up}. Default {@link
   * WarmUp#UPGRADE}; {@code SRUN_WARM_UP} ({@code upgrade}, {@code always}, {@code off}).
   *
   * @param when in which
   * @return a changed copy
   */
  public Config warmUp(WarmUp when) {
    return with(copy -> copy.warmUp = given(when, "time of warm-ups"));
  }

  /**
   * Sets the limit of each service's warm-up, by which its start is later at most. Default 5 s;
   * {@code SRUN_WARM_UP_TIMEOUT}.
   *
   * @param limit longer than zero
   * @return a changed copy
   */
  public Config warmUpTimeout(Duration limit) {
    return with(copy -> copy.warmUpTimeout = given(limit, "warm-up timeout"));
  }

  /**
   * Ends the program when it has run for so long. Default: never; {@code SRUN_DEADLINE_TIMEOUT}.
   *
   * @param deadline longer than zero
   * @return a changed copy
   */
  public Config deadline(Duration deadline) {
    return with(copy -> copy.deadline = given(deadline, "run deadline"));
  }

  /**
   * Sets how long it is from one {@linkplain HealthChecked check} of a service to the next, give or
   * take a tenth. While the last check has failed it is 5 s at most. An answer counts as stale when
   * three more should have come. Default 30 s; {@code SRUN_HEALTH_INTERVAL}.
   *
   * @param interval longer than zero
   * @return a changed copy
   */
  public Config healthInterval(Duration interval) {
    return with(copy -> copy.healthInterval = given(interval, "health interval"));
  }

  /**
   * Sets the limit of a check. Default 5 s; {@code SRUN_HEALTH_TIMEOUT}.
   *
   * @param limit longer than zero
   * @return a changed copy
   */
  public Config healthTimeout(Duration limit) {
    return with(copy -> copy.healthTimeout = given(limit, "health timeout"));
  }

  /**
   * Sets the shape of log lines where srun writes the log itself, which is under {@link
   * Srun#runOrExit} in a program that configured no logging of its own. Default text; {@code
   * SRUN_LOG_FORMAT} ({@code text}, {@code json}).
   *
   * @param format the format
   * @return a changed copy
   */
  public Config logFormat(LogFormat format) {
    return with(copy -> copy.logFormat = given(format, "log format"));
  }

  /**
   * Sets the lowest level that is logged. Default INFO, and WARNING for a program with a main task,
   * where srun writes the log itself; {@code SRUN_LOG_LEVEL} ({@code debug}, {@code info}, {@code
   * warning}, {@code error}). Where the program's own logging writes, that decides, and is given
   * none of srun's lines below this level.
   *
   * @param level the level
   * @return a changed copy
   */
  public Config logLevel(System.Logger.Level level) {
    return with(copy -> copy.logLevel = given(level, "log level"));
  }

  /**
   * Sets where to note how far the program has come, so that its next start says how this run
   * ended, even if it was killed: one small file per program name. Default: nowhere; {@code
   * SRUN_STATE_DIR}. A start is refused when the directory neither exists nor can be made, or when
   * no file can be made in it.
   *
   * @param directory a directory that this program can write; made if it does not exist
   * @return a changed copy
   */
  public Config stateDirectory(Path directory) {
    return with(copy -> copy.stateDirectory = given(directory, "state directory"));
  }

  /**
   * Sets where the admin server listens, which answers {@code /health}, {@code /ready}, {@code
   * /livez}, {@code /metrics}, {@code /services} and {@code /debug/**}. Default port 8778 on every
   * interface, in a program with a {@linkplain Registrar#service service}; {@code
   * SRUN_ADMIN_ADDRESS} (such as {@code :9000} or {@code 127.0.0.1:9000}; {@code off} for none).
   * Where the default port is taken, the program runs without and says so; where a chosen one is,
   * the start fails.
   *
   * @param address where; port 0 for any free one
   * @return a changed copy
   */
  public Config admin(InetSocketAddress address) {
    return with(copy -> {
      copy.admin = given(address, "address of the admin server");
      copy.withoutAdmin = false;
    });
  }

  /**
   * Does without the admin server.
   *
   * @return a changed copy
   */
  public Config withoutAdmin() {
    return with(copy -> copy.withoutAdmin = true);
  }

  /**
   * Sets who may use {@code /debug/**} of the admin server. Default {@link DebugAccess.Loopback};
   * {@code SRUN_ADMIN_DEBUG} ({@code off}, {@code loopback}, {@code token}), the last with {@code
   * SRUN_ADMIN_TOKEN_FILE}.
   *
   * @param access who
   * @return a changed copy
   */
  public Config debug(DebugAccess access) {
    return with(copy -> copy.debug = given(access, "access to /debug"));
  }

  /**
   * Allows {@code /debug/heap/dump} to those who may use the debug tools. A heap dump holds
   * everything that the program knows, its secrets as well: off by default; {@code
   * SRUN_ADMIN_HEAP_DUMP} ({@code on}, {@code off}).
   *
   * @return a changed copy
   */
  public Config heapDumps() {
    return with(copy -> copy.heapDumps = true);
  }

  /**
   * Does without telemetry: meters and tracers do nothing, whatever the {@code OTEL_*} variables
   * say, and {@code /metrics} answers the runner's own figures. Default: OpenTelemetry as those
   * variables have it; {@code OTEL_SDK_DISABLED}.
   *
   * @return a changed copy
   */
  public Config withoutTelemetry() {
    return with(copy -> copy.withoutTelemetry = true);
  }

  /**
   * Has SIGHUP upgrade the program instead of stopping it: it is replaced by a new process of the
   * same command line, which inherits what it listens on. Default: off; {@code SRUN_UPGRADE}
   * ({@code on}, {@code off}).
   *
   * @return a changed copy
   * @see Runner#upgrade
   */
  public Config upgradable() {
    return with(copy -> copy.upgradesOn = true);
  }

  /**
   * Sets how long a new process may take in an upgrade until every service of it is RUNNING. One
   * that takes longer is ended, and this one goes on. Default 1 min; {@code SRUN_UPGRADE_TIMEOUT}.
   *
   * @param limit longer than zero
   * @return a changed copy
   */
  public Config upgradeTimeout(Duration limit) {
    return with(copy -> copy.upgradeTimeout = given(limit, "upgrade timeout"));
  }

  /**
   * Sets how long connections that clients keep may stay with a process that has been replaced,
   * after which it stops. It stops as soon as there are none. Default 1 min; {@code
   * SRUN_UPGRADE_LINGER}.
   *
   * @param limit zero or longer
   * @return a changed copy
   */
  public Config upgradeLinger(Duration limit) {
    return with(copy -> copy.upgradeLinger = given(limit, "upgrade linger"));
  }

  /**
   * Sets how long a new process must be well before the one that it has replaced stops. If it dies
   * before that, or becomes UNHEALTHY where the old one is not, the old one accepts connections
   * again. Default 5 s; {@code SRUN_UPGRADE_PROBATION}.
   *
   * @param time zero or longer
   * @return a changed copy
   */
  public Config upgradeProbation(Duration time) {
    return with(copy -> copy.upgradeProbation = given(time, "upgrade probation"));
  }

  /**
   * Sets the time over which a new process, whose code is not compiled yet, gets the whole load: in
   * its first half both processes accept connections, in its second half the old one tells its
   * clients, one after the other, to open new ones. Zero has all of it change over at once. Default
   * 2 s; {@code SRUN_UPGRADE_SLOW_START}.
   *
   * @param time zero or longer
   * @return a changed copy
   */
  public Config upgradeSlowStart(Duration time) {
    return with(copy -> copy.upgradeSlowStart = given(time, "upgrade slow start"));
  }

  /**
   * Sets the file in which the process that serves notes its number, for whoever sends it signals.
   * Removed at the end by the process that is named in it. Default: none; {@code SRUN_PID_FILE}.
   *
   * @param file in a directory that exists
   * @return a changed copy
   */
  public Config pidFile(Path file) {
    return with(copy -> copy.pidFile = given(file, "PID file"));
  }

  /**
   * Leaves signals and the shutdown hook of the JVM alone. For a program embedded in one that has
   * its own way to end.
   *
   * @return a changed copy
   */
  public Config withoutSignals() {
    return with(copy -> copy.signals = false);
  }

  /**
   * Sets the exit codes. Default 0, 1, 2, 3.
   *
   * @param codes the codes
   * @return a changed copy
   */
  public Config exitCodes(ExitCodes codes) {
    return with(copy -> copy.exitCodes = given(codes, "exit codes"));
  }

  String program() {
    return program;
  }

  @Nullable String version() {
    return version;
  }

  @Nullable Duration grace() {
    return grace;
  }

  @Nullable Duration drain() {
    return drain;
  }

  @Nullable Duration initTimeout() {
    return initTimeout;
  }

  @Nullable Duration readyTimeout() {
    return readyTimeout;
  }

  @Nullable WarmUp warmUp() {
    return warmUp;
  }

  @Nullable Duration warmUpTimeout() {
    return warmUpTimeout;
  }

  @Nullable Duration deadline() {
    return deadline;
  }

  @Nullable Duration healthInterval() {
    return healthInterval;
  }

  @Nullable Duration healthTimeout() {
    return healthTimeout;
  }

  @Nullable LogFormat logFormat() {
    return logFormat;
  }

  System.Logger.@Nullable Level logLevel() {
    return logLevel;
  }

  @Nullable Path stateDirectory() {
    return stateDirectory;
  }

  @Nullable InetSocketAddress admin() {
    return admin;
  }

  boolean isWithoutAdmin() {
    return withoutAdmin;
  }

  @Nullable DebugAccess debug() {
    return debug;
  }

  boolean dumpsHeap() {
    return heapDumps;
  }

  boolean isWithoutTelemetry() {
    return withoutTelemetry;
  }

  boolean upgrades() {
    return upgradesOn;
  }

  @Nullable Duration upgradeTimeout() {
    return upgradeTimeout;
  }

  @Nullable Duration upgradeLinger() {
    return upgradeLinger;
  }

  @Nullable Duration upgradeProbation() {
    return upgradeProbation;
  }

  @Nullable Duration upgradeSlowStart() {
    return upgradeSlowStart;
  }

  @Nullable Path pidFile() {
    return pidFile;
  }

  boolean signals() {
    return signals;
  }

  ExitCodes exitCodes() {
    return exitCodes;
  }

  private static <T> T given(T value, String what) {
    return Objects.requireNonNull(value, "the " + what + " is null");
  }

  private Config with(Consumer<Config> change) {
    Config copy = new Config(program);
    copy.version = version;
    copy.grace = grace;
    copy.drain = drain;
    copy.initTimeout = initTimeout;
    copy.readyTimeout = readyTimeout;
    copy.warmUp = warmUp;
    copy.warmUpTimeout = warmUpTimeout;
    copy.deadline = deadline;
    copy.healthInterval = healthInterval;
    copy.healthTimeout = healthTimeout;
    copy.logFormat = logFormat;
    copy.logLevel = logLevel;
    copy.stateDirectory = stateDirectory;
    copy.admin = admin;
    copy.withoutAdmin = withoutAdmin;
    copy.debug = debug;
    copy.heapDumps = heapDumps;
    copy.withoutTelemetry = withoutTelemetry;
    copy.upgradesOn = upgradesOn;
    copy.upgradeTimeout = upgradeTimeout;
    copy.upgradeLinger = upgradeLinger;
    copy.upgradeProbation = upgradeProbation;
    copy.upgradeSlowStart = upgradeSlowStart;
    copy.pidFile = pidFile;
    copy.signals = signals;
    copy.exitCodes = exitCodes;
    change.accept(copy);
    return copy;
  }
}
