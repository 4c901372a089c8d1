package dev.srun;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is decided by the program's author, by the environment, and by neither. */
final class SettingsTest {
  private static final Config CONFIG = Config.named("t");

  private static Settings resolve(Config config, String... environment) {
    return Settings.resolve(config, variables(environment));
  }

  private static String refusal(Config config, String... environment) {
    return assertThrows(
            MisconfiguredException.class, () -> Settings.resolve(config, variables(environment)))
        .getMessage();
  }

  private static Map<String, String> variables(String... pairs) {
    Map<String, String> variables = new java.util.HashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      variables.put(pairs[i], pairs[i + 1]);
    }
    return variables;
  }

  private static void assertContains(String text, String... parts) {
    for (String part : parts) {
      assertTrue(text.contains(part), () -> "no '" + part + "' in: " + text);
    }
  }

  private static Function<Settings, Duration> duration(String variable) {
    return switch (variable) {
      case "SRUN_GRACEFUL_TIMEOUT" -> Settings::grace;
      case "SRUN_DRAIN" -> Settings::drain;
      case "SRUN_INIT_TIMEOUT" -> Settings::initTimeout;
      case "SRUN_READY_TIMEOUT" -> Settings::readyTimeout;
      case "SRUN_WARM_UP_TIMEOUT" -> Settings::warmUpTimeout;
      case "SRUN_DEADLINE_TIMEOUT" -> Settings::deadline;
      default -> throw new AssertionError(variable);
    };
  }

  private static Config author(String variable, Duration value) {
    return switch (variable) {
      case "SRUN_GRACEFUL_TIMEOUT" -> CONFIG.grace(value);
      case "SRUN_DRAIN" -> CONFIG.drain(value);
      case "SRUN_INIT_TIMEOUT" -> CONFIG.initTimeout(value);
      case "SRUN_READY_TIMEOUT" -> CONFIG.readyTimeout(value);
      case "SRUN_WARM_UP_TIMEOUT" -> CONFIG.warmUpTimeout(value);
      case "SRUN_DEADLINE_TIMEOUT" -> CONFIG.deadline(value);
      default -> throw new AssertionError(variable);
    };
  }

  // Defaults

  @Test
  void nothingNeedsToBeConfigured() {
    Settings settings = resolve(CONFIG);

    assertEquals(
        new Settings(
            "t",
            null,
            Duration.ofSeconds(25),
            Duration.ZERO,
            Duration.ofMinutes(1),
            Duration.ofMinutes(1),
            WarmUp.UPGRADE,
            Duration.ofSeconds(5),
            null,
            Duration.ofSeconds(30),
            Duration.ofSeconds(5),
            LogFormat.TEXT,
            null,
            null,
            new AdminSettings(true, null, new DebugAccess.Loopback(), false),
            new TelemetrySettings(true, false),
            new UpgradeSettings(
                false,
                Duration.ofMinutes(1),
                Duration.ofMinutes(1),
                Duration.ofSeconds(5),
                Duration.ofSeconds(2),
                null),
            true,
            new ExitCodes(0, 1, 2, 3)),
        settings);
  }

  @Test
  void drainIsFiveSecondsUnderKubernetes() {
    Settings settings = resolve(CONFIG, "KUBERNETES_SERVICE_HOST", "10.0.0.1");

    assertEquals(Duration.ofSeconds(5), settings.drain());
  }

  @Test
  void theDrainOfKubernetesLeavesHalfOfAShortGraceToTheStops() {
    Settings settings =
        resolve(CONFIG.grace(Duration.ofSeconds(2)), "KUBERNETES_SERVICE_HOST", "10.0.0.1");

    assertEquals(Duration.ofSeconds(1), settings.drain());
  }

  @Test
  void aChosenDrainCountsUnderKubernetesToo() {
    String[] kubernetes = {"KUBERNETES_SERVICE_HOST", "10.0.0.1"};

    assertEquals(Duration.ZERO, resolve(CONFIG.drain(Duration.ZERO), kubernetes).drain());
    assertEquals(
        Duration.ofSeconds(1),
        resolve(CONFIG, "KUBERNETES_SERVICE_HOST", "10.0.0.1", "SRUN_DRAIN", "1s").drain());
  }

  // The environment has the last word

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SRUN_GRACEFUL_TIMEOUT",
        "SRUN_DRAIN",
        "SRUN_INIT_TIMEOUT",
        "SRUN_READY_TIMEOUT",
        "SRUN_WARM_UP_TIMEOUT",
        "SRUN_DEADLINE_TIMEOUT"
      })
  void theEnvironmentWinsOverTheAuthorWhoWinsOverTheDefault(String variable) {
    Function<Settings, Duration> setting = duration(variable);
    Config author = author(variable, Duration.ofSeconds(7));

    assertAll(
        () -> assertEquals(Duration.ofSeconds(7), setting.apply(resolve(author))),
        () -> assertEquals(Duration.ofSeconds(9), setting.apply(resolve(author, variable, "9s"))),
        () -> assertEquals(Duration.ofSeconds(9), setting.apply(resolve(CONFIG, variable, "PT9S"))),
        () -> assertEquals(Duration.ofSeconds(7), setting.apply(resolve(author, variable, " "))));
  }

  @Test
  void theEnvironmentWinsForTheLogToo() {
    Config author = CONFIG.logFormat(LogFormat.TEXT).logLevel(Level.ERROR);
    Settings settings = resolve(author, "SRUN_LOG_FORMAT", "json", "SRUN_LOG_LEVEL", "debug");

    assertEquals(LogFormat.JSON, settings.logFormat());
    assertEquals(Level.DEBUG, settings.logLevel());
    assertEquals(LogFormat.TEXT, resolve(author).logFormat());
    assertEquals(Level.ERROR, resolve(author).logLevel());
  }

  @Test
  void whoeverRunsTheProgramDecidesInWhichStartsItIsWarmedUp() {
    Config author = CONFIG.warmUp(WarmUp.ALWAYS);

    assertEquals(WarmUp.ALWAYS, resolve(author).warmUp());
    assertEquals(WarmUp.ALWAYS, resolve(author, "SRUN_WARM_UP", " ").warmUp());
    assertEquals(WarmUp.UPGRADE, resolve(author, "SRUN_WARM_UP", "Upgrade").warmUp());
    assertEquals(WarmUp.OFF, resolve(author, "SRUN_WARM_UP", "OFF").warmUp());
    assertEquals(WarmUp.ALWAYS, resolve(CONFIG, "SRUN_WARM_UP", "always").warmUp());
  }

  @Test
  void theEnvironmentWinsForTheStateDirectoryToo() {
    Config author = CONFIG.stateDirectory(Path.of("here"));

    assertEquals(Path.of("here"), resolve(author).stateDirectory());
    assertEquals(Path.of("here"), resolve(author, "SRUN_STATE_DIR", " ").stateDirectory());
    assertEquals(Path.of("/there"), resolve(author, "SRUN_STATE_DIR", "/there").stateDirectory());
    assertEquals(Path.of("/there"), resolve(CONFIG, "SRUN_STATE_DIR", "/there").stateDirectory());
    assertEquals(
        Path.of("here"), resolve(author.grace(Duration.ofSeconds(1))).stateDirectory(), "copied");
  }

  // The admin server

  @ParameterizedTest
  @CsvSource({
    ":9000, 0.0.0.0, 9000",
    "127.0.0.1:9000, 127.0.0.1, 9000",
    "localhost:0, localhost, 0",
    "[::1]:65535, ::1, 65535",
    "' :9000 ', 0.0.0.0, 9000",
  })
  void anAddressIsAPortOrAHostAndAPort(String text, String host, int port) {
    AdminSettings admin = resolve(CONFIG, "SRUN_ADMIN_ADDRESS", text).admin();

    assertEquals(new InetSocketAddress(host, port), admin.address());
    assertTrue(admin.chosen());
  }

  @Test
  void whoeverRunsTheProgramDecidesWhetherThereIsAnAdminServerAndWhere() {
    InetSocketAddress chosen = new InetSocketAddress(9000);
    Config author = CONFIG.admin(chosen);
    Config without = CONFIG.withoutAdmin();

    assertAll(
        () -> assertEquals(chosen, resolve(author).admin().address()),
        () -> assertTrue(resolve(author).admin().chosen()),
        () -> assertEquals(chosen, resolve(author, "SRUN_ADMIN_ADDRESS", " ").admin().address()),
        () -> assertNull(resolve(author, "SRUN_ADMIN_ADDRESS", "off").admin().address()),
        () -> assertNull(resolve(CONFIG, "SRUN_ADMIN_ADDRESS", "OFF").admin().address()),
        () -> assertNull(resolve(without).admin().address()),
        () -> assertFalse(resolve(without).admin().chosen()),
        () ->
            assertEquals(chosen, resolve(without, "SRUN_ADMIN_ADDRESS", ":9000").admin().address()),
        () -> assertEquals(chosen, resolve(without.admin(chosen)).admin().address(), "the last"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "9000",
        ":",
        ":-1",
        ":65536",
        ":123456",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:http",
        "::1:9000",
        "[]:9000",
        "http://127.0.0.1:9000",
        "on"
      })
  void anAddressThatIsNoneIsRefused(String text) {
    assertContains(
        refusal(CONFIG, "SRUN_ADMIN_ADDRESS", text),
        "SRUN_ADMIN_ADDRESS is '" + text + "'",
        "expected off, :PORT or HOST:PORT, such as :8778");
  }

  @Test
  void whoeverRunsTheProgramDecidesWhoMayUseTheDebugTools() {
    var token = new DebugAccess.Token(Path.of("/run/token"));
    String[] file = {"SRUN_ADMIN_TOKEN_FILE", "/run/token"};

    assertAll(
        () -> assertEquals(new DebugAccess.Off(), debug(CONFIG, "SRUN_ADMIN_DEBUG", "Off")),
        () ->
            assertEquals(
                new DebugAccess.Loopback(),
                debug(CONFIG.debug(token), "SRUN_ADMIN_DEBUG", "loopback")),
        () -> assertEquals(token, debug(CONFIG, file), "a file alone says that much"),
        () -> assertEquals(token, debug(CONFIG.debug(token))),
        () -> assertEquals(token, debug(CONFIG.debug(token), "SRUN_ADMIN_DEBUG", "token")),
        () -> assertEquals(token, debug(CONFIG, "SRUN_ADMIN_DEBUG", "token", file[0], file[1])),
        () ->
            assertEquals(
                new DebugAccess.Off(), debug(CONFIG, "SRUN_ADMIN_DEBUG", "off", file[0], file[1])));
  }

  private static DebugAccess debug(Config config, String... environment) {
    return resolve(config, environment).admin().debug();
  }

  @Test
  void aTokenNeedsItsFile() {
    assertContains(
        refusal(CONFIG, "SRUN_ADMIN_DEBUG", "token"),
        "SRUN_ADMIN_DEBUG is 'token'",
        "expected SRUN_ADMIN_TOKEN_FILE");
    assertContains(
        refusal(CONFIG, "SRUN_ADMIN_TOKEN_FILE", "a\0b"),
        "SRUN_ADMIN_TOKEN_FILE is 'a\0b'",
        "expected the path of a file");
  }

  @Test
  void heapDumpsAreAllowedByASwitch() {
    assertFalse(resolve(CONFIG).admin().heapDumps());
    assertTrue(resolve(CONFIG, "SRUN_ADMIN_HEAP_DUMP", "on").admin().heapDumps());
    assertTrue(resolve(CONFIG.heapDumps()).admin().heapDumps());
    assertFalse(resolve(CONFIG.heapDumps(), "SRUN_ADMIN_HEAP_DUMP", "OFF").admin().heapDumps());
  }

  @ParameterizedTest
  @CsvSource({"json, JSON", "JSON, JSON", "text, TEXT", "xml, TEXT", "'', TEXT"})
  void aRefusalIsSaidInTheFormatThatWasAskedForIfThatOneIsNotRefusedItself(
      String word, LogFormat format) {
    assertEquals(format, Settings.logFormat(CONFIG, variables("SRUN_LOG_FORMAT", word)));
    assertEquals(LogFormat.JSON, Settings.logFormat(CONFIG.logFormat(LogFormat.JSON), Map.of()));
  }

  @ParameterizedTest
  @CsvSource({
    "debug, DEBUG",
    "info, INFO",
    "warning, WARNING",
    "warn, WARNING",
    "error, ERROR",
    "INFO, INFO",
    "Warning, WARNING",
    "' error ', ERROR"
  })
  void levelsAreWordsInAnyCase(String word, Level level) {
    assertEquals(level, resolve(CONFIG, "SRUN_LOG_LEVEL", word).logLevel());
  }

  @Test
  void lettersAreTheSameInEveryLocale() {
    java.util.Locale before = java.util.Locale.getDefault();
    java.util.Locale.setDefault(java.util.Locale.of("tr")); // where I in lower case has no dot
    try {
      assertEquals(Level.INFO, resolve(CONFIG, "SRUN_LOG_LEVEL", "INFO").logLevel());
    } finally {
      java.util.Locale.setDefault(before);
    }
  }

  @Test
  void whatOnlyTheAuthorDecidesIsKept() {
    ExitCodes codes = new ExitCodes(0, 10, 20, 30);
    Settings settings = resolve(CONFIG.withoutSignals().exitCodes(codes));

    assertFalse(settings.signals());
    assertEquals(codes, settings.exitCodes());
    assertEquals("t", settings.program());
    assertNull(settings.logLevel());
  }

  @Test
  void thereIsTelemetryUnlessTheAuthorOrTheEnvironmentDoesWithout() {
    assertEquals(new TelemetrySettings(true, false), resolve(CONFIG).telemetry());
    assertEquals(
        new TelemetrySettings(true, true),
        resolve(CONFIG, "OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318").telemetry());
    assertEquals(
        new TelemetrySettings(true, true),
        resolve(CONFIG, "OTEL_TRACES_EXPORTER", "otlp").telemetry());
    for (String none : List.of("none", "prometheus", " ")) {
      assertEquals(
          new TelemetrySettings(true, false),
          resolve(CONFIG, "OTEL_METRICS_EXPORTER", none).telemetry());
    }
    TelemetrySettings off = new TelemetrySettings(false, false);
    assertEquals(
        off,
        resolve(CONFIG, "OTEL_SDK_DISABLED", "TRUE", "OTEL_TRACES_EXPORTER", "otlp").telemetry());
    assertEquals(
        off, resolve(CONFIG.withoutTelemetry(), "OTEL_TRACES_EXPORTER", "otlp").telemetry());
  }

  @Test
  void aConfigIsNeverChangedOnlyCopied() {
    Config changed = CONFIG.grace(Duration.ofSeconds(1)).drain(Duration.ofSeconds(1));

    assertEquals(Duration.ofSeconds(25), resolve(CONFIG).grace());
    assertEquals(Duration.ofSeconds(1), resolve(changed).grace());
    assertEquals(Duration.ofSeconds(1), resolve(changed.withoutSignals()).drain());
  }

  @Test
  void aLimitBeyondAnyLifeIsCutToOneThatCanBeCounted() {
    Duration tooLong = Duration.ofSeconds(Long.MAX_VALUE);

    assertSame(Settings.LONGEST, resolve(CONFIG.grace(tooLong)).grace());
    assertSame(Settings.LONGEST, resolve(CONFIG, "SRUN_INIT_TIMEOUT", "PT9999999H").initTimeout());
  }

  // Bad values

  @ParameterizedTest
  @CsvSource({
    "SRUN_GRACEFUL_TIMEOUT, soon",
    "SRUN_GRACEFUL_TIMEOUT, -5s",
    "SRUN_DRAIN, 5",
    "SRUN_INIT_TIMEOUT, 1 min",
    "SRUN_READY_TIMEOUT, PT",
    "SRUN_DEADLINE_TIMEOUT, 99999999999h",
  })
  void aBadDurationNamesVariableValueAndWhatIsAccepted(String variable, String value) {
    assertContains(
        refusal(CONFIG, variable, value),
        variable + " is '" + value + "'",
        "expected a duration such as 1m30s, 500ms or PT30S");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SRUN_INIT_TIMEOUT",
        "SRUN_READY_TIMEOUT",
        "SRUN_WARM_UP_TIMEOUT",
        "SRUN_DEADLINE_TIMEOUT"
      })
  void aLimitOfZeroIsRefused(String variable) {
    assertContains(refusal(CONFIG, variable, "0s"), variable, "expected longer than zero");
    assertContains(refusal(CONFIG, variable, "PT-1S"), variable, "PT-1S");
    assertContains(refusal(author(variable, Duration.ZERO)), "expected longer than zero");
    assertContains(refusal(author(variable, Duration.ofSeconds(-3))), "-3");
  }

  @ParameterizedTest
  @ValueSource(strings = {"SRUN_GRACEFUL_TIMEOUT", "SRUN_DRAIN"})
  void aBudgetOfZeroIsAllowedAndANegativeOneRefused(String variable) {
    assertEquals(Duration.ZERO, duration(variable).apply(resolve(CONFIG, variable, "0s")));
    assertEquals(Duration.ZERO, duration(variable).apply(resolve(author(variable, Duration.ZERO))));
    assertContains(refusal(CONFIG, variable, "PT-1S"), variable, "PT-1S", "expected at least zero");
    assertContains(
        refusal(author(variable, Duration.ofSeconds(-3))), "-3", "expected at least zero");
  }

  @ParameterizedTest
  @CsvSource({
    "SRUN_INIT_TIMEOUT, 0s",
    "SRUN_READY_TIMEOUT, 0ms",
    "SRUN_DEADLINE_TIMEOUT, 0.0h",
    "SRUN_DRAIN, PT-1S",
  })
  void aRefusedDurationIsShownAsItWasWritten(String variable, String value) {
    assertContains(refusal(CONFIG, variable, value), variable, value);
  }

  @ParameterizedTest
  @CsvSource({
    "SRUN_LOG_FORMAT, xml, text or json",
    "SRUN_LOG_LEVEL, loud, 'debug, info, warning or error'",
    "SRUN_WARM_UP, on, 'upgrade, always or off'",
    "SRUN_ADMIN_DEBUG, everyone, 'off, loopback or token'",
    "SRUN_ADMIN_HEAP_DUMP, yes, on or off",
  })
  void aBadWordNamesVariableValueAndWhatIsAccepted(String variable, String value, String accepted) {
    assertContains(
        refusal(CONFIG, variable, value), variable + " is '" + value + "'", "expected " + accepted);
  }

  @Test
  void aStateDirectoryThatIsNoPathIsRefused() {
    assertContains(
        refusal(CONFIG, "SRUN_STATE_DIR", "a\0b"),
        "SRUN_STATE_DIR is 'a\0b'",
        "expected the path of a directory");
  }

  @Test
  void aDrainLongerThanTheGraceIsRefusedWithBoth() {
    String byAuthor = refusal(CONFIG.grace(Duration.ofSeconds(3)).drain(Duration.ofSeconds(4)));
    String byEnvironment = refusal(CONFIG, "SRUN_DRAIN", "26s");

    assertContains(byAuthor, "SRUN_DRAIN", "4s", "SRUN_GRACEFUL_TIMEOUT", "3s");
    assertContains(byEnvironment, "SRUN_DRAIN", "26s", "SRUN_GRACEFUL_TIMEOUT", "25s");
    assertEquals(
        Duration.ofSeconds(3), // all of the grace is still within it
        resolve(CONFIG.grace(Duration.ofSeconds(3)).drain(Duration.ofSeconds(3))).drain());
  }

  @Test
  void aBlankProgramNameIsRefused() {
    assertContains(refusal(Config.named(" ")), "program's name", "blank");
  }

  @Test
  void aBlankVersionIsRefused() {
    assertContains(refusal(CONFIG.version("\t")), "program's version", "blank");
  }

  @Test
  void everythingThatIsWrongIsNamedAtOnce() {
    String message =
        refusal(
            Config.named(""),
            "SRUN_GRACEFUL_TIMEOUT",
            "soon",
            "SRUN_DRAIN",
            "no",
            "SRUN_STATE_DIR",
            "\0",
            "SRUN_INIT_TIMEOUT",
            "0s",
            "SRUN_READY_TIMEOUT",
            "never",
            "SRUN_WARM_UP",
            "sometimes",
            "SRUN_WARM_UP_TIMEOUT",
            "0s",
            "SRUN_DEADLINE_TIMEOUT",
            "x",
            "SRUN_LOG_FORMAT",
            "xml",
            "SRUN_LOG_LEVEL",
            "loud");

    assertContains(
        message,
        "program's name",
        "SRUN_GRACEFUL_TIMEOUT",
        "SRUN_DRAIN",
        "SRUN_STATE_DIR",
        "SRUN_INIT_TIMEOUT",
        "SRUN_READY_TIMEOUT",
        "SRUN_WARM_UP is 'sometimes'",
        "SRUN_WARM_UP_TIMEOUT",
        "SRUN_DEADLINE_TIMEOUT",
        "SRUN_LOG_FORMAT",
        "SRUN_LOG_LEVEL");
  }

  @Test
  void onlyWhatIsWrongIsNamed() {
    String message = refusal(CONFIG, "SRUN_GRACEFUL_TIMEOUT", "soon", "SRUN_DRAIN", "30s");

    assertFalse(message.contains("SRUN_DRAIN"), message);
  }
}
