package dev.srun;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The configuration as it counts: the author's {@link Config} with the environment laid over it,
 * every value checked.
 *
 * @param version null where nobody knows one
 * @param logLevel null where nobody chose one
 * @param stateDirectory null where how the last run ended is not to be known
 */
record Settings(
    String program,
    @Nullable String version,
    Duration grace,
    Duration drain,
    Duration initTimeout,
    Duration readyTimeout,
    WarmUp warmUp,
    Duration warmUpTimeout,
    @Nullable Duration deadline,
    Duration healthInterval,
    Duration healthTimeout,
    LogFormat logFormat,
    System.Logger.@Nullable Level logLevel,
    @Nullable Path stateDirectory,
    AdminSettings admin,
    TelemetrySettings telemetry,
    UpgradeSettings upgrade,
    boolean signals,
    ExitCodes exitCodes) {

  static final Duration GRACE = Duration.ofSeconds(25);
  static final Duration PHASE = Duration.ofMinutes(1);
  static final Duration WARM_UP = Duration.ofSeconds(5);
  static final Duration KUBERNETES_DRAIN = Duration.ofSeconds(5);
  static final Duration HEALTH_INTERVAL = Duration.ofSeconds(30);
  static final Duration HEALTH_TIMEOUT = Duration.ofSeconds(5);
  private static final String ADMIN_ADDRESS = "SRUN_ADMIN_ADDRESS";
  private static final int LAST_PORT = 65_535;
  private static final int MOST_DIGITS = 5;

  private static final Map<String, LogFormat> FORMATS =
      Map.of("text", LogFormat.TEXT, "json", LogFormat.JSON);

  private static final Map<String, WarmUp> WARM_UPS =
      Map.of("upgrade", WarmUp.UPGRADE, "always", WarmUp.ALWAYS, "off", WarmUp.OFF);

  private static final Map<String, Boolean> SWITCH = Map.of("on", true, "off", false);

  private static final Map<String, System.Logger.Level> LEVELS =
      Map.of(
          "debug", System.Logger.Level.DEBUG,
          "info", System.Logger.Level.INFO,
          "warning", System.Logger.Level.WARNING,
          "warn", System.Logger.Level.WARNING,
          "error", System.Logger.Level.ERROR);

  /**
   * Lays the environment over the configuration.
   *
   * @throws MisconfiguredException naming every bad value at once
   */
  static Settings resolve(Config config, Map<String, String> environment) {
    Reader read = new Reader(environment);
    if (config.program().isBlank()) {
      read.refuse("the program's name is blank: expected a name for the log");
    }
    if (config.version() != null && config.version().isBlank()) {
      read.refuse("the program's version is blank: expected one such as 1.4.2, or none");
    }
    Duration grace = read.duration("grace", "SRUN_GRACEFUL_TIMEOUT", config.grace(), GRACE, false);
    Duration standardDrain = standardDrain(environment, grace);
    Duration drain = read.duration("drain", "SRUN_DRAIN", config.drain(), standardDrain, false);
    if (read.acceptedAll() && drain.compareTo(grace) > 0) {
      read.refuse(
          "drain (SRUN_DRAIN) is %s: expected at most the grace (SRUN_GRACEFUL_TIMEOUT), which is %s"
              .formatted(Durations.text(drain), Durations.text(grace)));
    }
    Settings settings =
        new Settings(
            config.program(),
            config.version(),
            grace,
            drain,
            read.duration("init timeout", "SRUN_INIT_TIMEOUT", config.initTimeout(), PHASE, true),
            read.duration(
                "ready timeout", "SRUN_READY_TIMEOUT", config.readyTimeout(), PHASE, true),
            read.word(
                "SRUN_WARM_UP",
                WARM_UPS,
                "upgrade, always or off",
                config.warmUp() == null ? WarmUp.UPGRADE : config.warmUp()),
            read.duration(
                "warm-up timeout", "SRUN_WARM_UP_TIMEOUT", config.warmUpTimeout(), WARM_UP, true),
            read.deadline(config.deadline()),
            read.duration(
                "health interval",
                "SRUN_HEALTH_INTERVAL",
                config.healthInterval(),
                HEALTH_INTERVAL,
                true),
            read.duration(
                "health timeout",
                "SRUN_HEALTH_TIMEOUT",
                config.healthTimeout(),
                HEALTH_TIMEOUT,
                true),
            read.word(
                "SRUN_LOG_FORMAT",
                FORMATS,
                "text or json",
                config.logFormat() == null ? LogFormat.TEXT : config.logFormat()),
            read.word("SRUN_LOG_LEVEL", LEVELS, "debug, info, warning or error", config.logLevel()),
            read.path("SRUN_STATE_DIR", "the path of a directory", config.stateDirectory()),
            read.admin(config),
            TelemetrySettings.of(config, environment),
            read.upgrade(config),
            config.signals(),
            config.exitCodes());
    read.throwIfRefused();
    return settings;
  }

  /** Never more than half of the grace, so that the stops have the other half. */
  private static Duration standardDrain(Map<String, String> environment, Duration grace) {
    if (!environment.containsKey("KUBERNETES_SERVICE_HOST")) {
      return Duration.ZERO;
    }
    Duration half = Durations.half(grace);
    return half.compareTo(KUBERNETES_DRAIN) < 0 ? half : KUBERNETES_DRAIN;
  }

  /** The format in which to say what is wrong with the configuration, were it only the format. */
  static LogFormat logFormat(Config config, Map<String, String> environment) {
    LogFormat chosen = config.logFormat() == null ? LogFormat.TEXT : config.logFormat();
    return FORMATS.getOrDefault(
        environment.getOrDefault("SRUN_LOG_FORMAT", "").strip().toLowerCase(Locale.ROOT), chosen);
  }

  /**
   * A host in brackets or without a colon, or none; a colon, and the port. Null where it is not of
   * that form, or names a host that nobody knows.
   */
  private static @Nullable InetSocketAddress address(String text) {
    int colon = text.lastIndexOf(':');
    int port = colon < 0 ? -1 : port(text.substring(colon + 1));
    if (port < 0) {
      return null;
    }
    String host = text.substring(0, colon);
    boolean bracketed = host.length() > 2 && host.indexOf(']') == host.length() - 1;
    if (bracketed && host.startsWith("[")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.contains(":")) {
      return null;
    }
    InetSocketAddress address =
        host.isEmpty() ? new InetSocketAddress(port) : new InetSocketAddress(host, port);
    return address.isUnresolved() ? null : address;
  }

  /** Up to five digits; -1 for anything else. */
  private static int port(String text) {
    int port = text.isEmpty() || text.length() > MOST_DIGITS ? -1 : 0;
    for (int i = 0; i < text.length() && port >= 0; i++) {
      char digit = text.charAt(i);
      port = digit < '0' || digit > '9' ? -1 : 10 * port + digit - '0';
    }
    return port > LAST_PORT ? -1 : port;
  }

  /** Reads variables and gathers what it refuses, so that one start names all that is wrong. */
  private static final class Reader {
    private final Map<String, String> environment;
    private final List<String> refused = new ArrayList<>();

    Reader(Map<String, String> environment) {
      this.environment = environment;
    }

    boolean isSet(String variable) {
      return !text(variable).isEmpty();
    }

    private String text(String variable) {
      return environment.getOrDefault(variable, "").strip();
    }

    Duration duration(
        String what,
        String variable,
        @Nullable Duration chosen,
        Duration standard,
        boolean positive) {
      Duration value = chosen == null ? standard : chosen;
      String source = what;
      if (isSet(variable)) {
        source = variable;
        Duration parsed = parse(variable, Durations::parse, Durations.ACCEPTED);
        if (parsed == null) {
          return standard;
        }
        value = parsed;
      }
      if (value.isNegative() || (positive && value.isZero())) {
        String given = isSet(variable) ? "'" + text(variable) + "'" : value.toString();
        refuse(
            "%s is %s: expected %s zero"
                .formatted(source, given, positive ? "longer than" : "at least"));
        return standard;
      }
      // Deadlines are nanoseconds in a long, compared by their difference.
      return value.compareTo(LONGEST) > 0 ? LONGEST : value;
    }

    @Nullable Duration deadline(@Nullable Duration chosen) {
      if (chosen == null && !isSet("SRUN_DEADLINE_TIMEOUT")) {
        return null;
      }
      return duration("run deadline", "SRUN_DEADLINE_TIMEOUT", chosen, PHASE, true);
    }

    <T extends @Nullable Object> T word(
        String variable, Map<String, ? extends T> words, String accepted, T standard) {
      if (!isSet(variable)) {
        return standard;
      }
      @Nullable T value =
          parse(variable, text -> words.get(text.toLowerCase(Locale.ROOT)), accepted);
      return value == null ? standard : value;
    }

    @Nullable Path path(String variable, String accepted, @Nullable Path chosen) {
      return isSet(variable) ? parse(variable, Path::of, accepted) : chosen;
    }

    AdminSettings admin(Config config) {
      InetSocketAddress address = config.admin();
      boolean off = config.isWithoutAdmin();
      if (isSet(ADMIN_ADDRESS)) {
        off = text(ADMIN_ADDRESS).equalsIgnoreCase("off");
        address =
            off
                ? null
                : known(
                    ADMIN_ADDRESS,
                    address(text(ADMIN_ADDRESS)),
                    "off, :PORT or HOST:PORT, such as :8778");
      }
      boolean dumps = word("SRUN_ADMIN_HEAP_DUMP", SWITCH, "on or off", config.dumpsHeap());
      DebugAccess debug = debugAccess(config.debug());
      return new AdminSettings(!off, off ? null : address, debug, dumps);
    }

    UpgradeSettings upgrade(Config config) {
      return new UpgradeSettings(
          word("SRUN_UPGRADE", SWITCH, "on or off", config.upgrades()),
          duration(
              "upgrade timeout",
              "SRUN_UPGRADE_TIMEOUT",
              config.upgradeTimeout(),
              UpgradeSettings.TIMEOUT,
              true),
          duration(
              "upgrade linger",
              "SRUN_UPGRADE_LINGER",
              config.upgradeLinger(),
              UpgradeSettings.LINGER,
              false),
          duration(
              "upgrade probation",
              "SRUN_UPGRADE_PROBATION",
              config.upgradeProbation(),
              UpgradeSettings.PROBATION,
              false),
          duration(
              "upgrade slow start",
              "SRUN_UPGRADE_SLOW_START",
              config.upgradeSlowStart(),
              UpgradeSettings.SLOW_START,
              false),
          path("SRUN_PID_FILE", "the path of a file", config.pidFile()));
    }

    private DebugAccess debugAccess(@Nullable DebugAccess chosen) {
      DebugAccess standard = chosen == null ? new DebugAccess.Loopback() : chosen;
      Path file = path("SRUN_ADMIN_TOKEN_FILE", "the path of a file", null);
      if (!isSet("SRUN_ADMIN_DEBUG")) {
        return file == null ? standard : new DebugAccess.Token(file);
      }
      return switch (text("SRUN_ADMIN_DEBUG").toLowerCase(Locale.ROOT)) {
        case "off" -> new DebugAccess.Off();
        case "loopback" -> new DebugAccess.Loopback();
        case "token" -> {
          if (file != null) {
            yield new DebugAccess.Token(file);
          }
          if (!(standard instanceof DebugAccess.Token)) {
            refuse(
                "SRUN_ADMIN_DEBUG is 'token': expected SRUN_ADMIN_TOKEN_FILE to name the file that"
                    + " holds it");
          }
          yield standard;
        }
        default -> {
          refuse(
              "SRUN_ADMIN_DEBUG is '%s': expected off, loopback or token"
                  .formatted(text("SRUN_ADMIN_DEBUG")));
          yield standard;
        }
      };
    }

    private <T> @Nullable T parse(
        String variable, Function<String, ? extends @Nullable T> parser, String accepted) {
      String text = text(variable);
      T value;
      try {
        value = parser.apply(text);
      } catch (IllegalArgumentException e) {
        value = null;
      }
      return known(variable, value, accepted);
    }

    /** Refuses what could not be read. */
    private <T> @Nullable T known(String variable, @Nullable T value, String accepted) {
      if (value == null) {
        refuse("%s is '%s': expected %s".formatted(variable, text(variable), accepted));
      }
      return value;
    }

    void refuse(String message) {
      refused.add(message);
    }

    boolean acceptedAll() {
      return refused.isEmpty();
    }

    void throwIfRefused() {
      if (!refused.isEmpty()) {
        throw new MisconfiguredException(String.join("; ", refused));
      }
    }
  }

  static final Duration LONGEST = Duration.ofDays(365 * 100L);
}
