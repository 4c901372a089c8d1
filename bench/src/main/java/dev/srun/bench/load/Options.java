package dev.srun.bench.load;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What the command line says.
 *
 * @param java the java that runs the wallet
 * @param wallet its jar
 * @param jvmOptions options of its JVM
 * @param how how a generation is replaced
 * @param upgrades how often
 * @param between how long it is left alone before the first, between, and after the last
 * @param warmUp how long the load goes on before anything counts
 * @param workload what is asked for
 * @param shape the load
 * @param out where the report is written, besides the screen; empty for nowhere
 */
record Options(
    Path java,
    Path wallet,
    List<String> jvmOptions,
    How how,
    int upgrades,
    Duration between,
    Duration warmUp,
    Asks workload,
    Load.Shape shape,
    String out) {

  static final String USAGE =
      """
      usage: java -cp bench/target/bench.jar dev.srun.bench.load.UpgradeBench [option value]...

        --java PATH             the java that runs the wallet (the one that runs this)
        --wallet PATH           the wallet's jar (examples/wallet/target/wallet.jar)
        --jvm-opts OPTIONS      of the wallet's JVM, with spaces between (--enable-preview)
        --by hup|restart        what replaces a generation: an upgrade, or TERM and another start (hup)
        --upgrades N            how often; 0 for the load alone (10)
        --seconds-between N     of load before the first, between them, and after the last (5)
        --warm-up N             seconds of load before anything counts (10)
        --workload reads|transfers   (reads)
        --rate N                requests per second (1000)
        --keepalive N           connections that are kept alive (32)
        --fresh SHARE           of the requests have a connection of their own, 0 to 1 (0.1)
        --out FILE              writes the report there, too
      """;

  private static final Set<String> NAMES =
      Set.of(
          "--java",
          "--wallet",
          "--jvm-opts",
          "--by",
          "--upgrades",
          "--seconds-between",
          "--warm-up",
          "--workload",
          "--rate",
          "--keepalive",
          "--fresh",
          "--out");
  private static final Duration LIMIT = Duration.ofSeconds(5);

  /** What replaces a generation. */
  enum How {
    HUP,
    RESTART
  }

  /** What is asked for. */
  enum Asks {
    READS {
      @Override
      Workload workload() {
        return new Reads();
      }
    },
    TRANSFERS {
      @Override
      Workload workload() {
        return new Transfers();
      }
    };

    abstract Workload workload();
  }

  /**
   * Reads the command line.
   *
   * @throws IllegalArgumentException if something in it is not understood; the message says what
   */
  static Options parse(String... args) {
    Map<String, String> given = new HashMap<>();
    for (int i = 0; i < args.length; i += 2) {
      if (!NAMES.contains(args[i]) || i + 1 == args.length) {
        throw new IllegalArgumentException("not understood: " + args[i]);
      }
      given.put(args[i], args[i + 1]);
    }
    String ownJava = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return new Options(
        Path.of(given.getOrDefault("--java", ownJava)),
        Path.of(given.getOrDefault("--wallet", "examples/wallet/target/wallet.jar")),
        Arrays.stream(given.getOrDefault("--jvm-opts", "--enable-preview").split(" +"))
            .filter(option -> !option.isEmpty())
            .toList(),
        How.valueOf(given.getOrDefault("--by", "hup").toUpperCase(Locale.ROOT)),
        number(given, "--upgrades", 10, 0),
        Duration.ofSeconds(number(given, "--seconds-between", 5, 1)),
        Duration.ofSeconds(number(given, "--warm-up", 10, 0)),
        Asks.valueOf(given.getOrDefault("--workload", "reads").toUpperCase(Locale.ROOT)),
        new Load.Shape(
            number(given, "--rate", 1_000, 1),
            number(given, "--keepalive", 32, 1),
            share(given.getOrDefault("--fresh", "0.1")),
            LIMIT),
        given.getOrDefault("--out", ""));
  }

  private static int number(Map<String, String> given, String name, int standard, int least) {
    int number = Integer.parseInt(given.getOrDefault(name, Integer.toString(standard)));
    if (number < least) {
      throw new IllegalArgumentException(
          name + " is " + number + ": expected " + least + " or more");
    }
    return number;
  }

  private static double share(String text) {
    double share = Double.parseDouble(text);
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("--fresh is " + text + ": expected 0 to 1");
    }
    return share;
  }
}
