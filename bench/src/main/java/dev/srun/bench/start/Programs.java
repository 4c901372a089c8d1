package dev.srun.bench.start;

import dev.srun.bench.BenchJar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The programs of {@code bench/programs}, and the wallet, as far as they were built. */
final class Programs {
  private static final String TASK_FLOOR = "bare main";
  private static final String EXIT = "bare main, System.exit";
  private static final String SERVER_FLOOR = "bare jdk.httpserver";
  private static final String WALLET_FLOOR = "bare SQLite and HTTP";
  private static final String HOOK = ", hook";
  private static final String PACKAGE = "dev.srun.bench.programs.";
  private static final String NOBODY = "http://127.0.0.1:1"; // where no collector listens
  private static final List<String> OWN = List.of("bare", "bare-wallet", "srun");

  private final Path bench = BenchJar.directory();
  private final List<String> flags;

  /**
   * Those of this bench.
   *
   * @param flags for the JVM of each
   */
  Programs(List<String> flags) {
    this.flags = flags;
  }

  /** Returns where results are kept. */
  Path results() {
    return bench.resolve("target/results");
  }

  /** Those whose start is measured: floors, srun's, and then the others'. */
  List<Program> toStart() throws IOException {
    List<Program> all = new ArrayList<>();
    all.add(Program.task(TASK_FLOOR, TASK_FLOOR, jar("bare"), PACKAGE + "bare.BareMain"));
    all.add(Program.task(EXIT, TASK_FLOOR, jar("bare"), PACKAGE + "bare.BareExit"));
    all.add(Program.server(SERVER_FLOOR, SERVER_FLOOR, jar("bare"), PACKAGE + "bare.BareHttp"));
    all.add(bareWallet(WALLET_FLOOR));
    all.add(Program.task("srun, one task", TASK_FLOOR, jar("srun"), PACKAGE + "srun.SrunMain"));
    Program hello = hello(SERVER_FLOOR);
    all.add(hello);
    all.add(hello.where(hello.name() + ", telemetry off", "OTEL_SDK_DISABLED", "true"));
    all.add(hello.where(hello.name() + ", OTLP to nobody", "OTEL_EXPORTER_OTLP_ENDPOINT", NOBODY));
    all.add(wallet(WALLET_FLOOR));
    for (Path peer : peers()) {
      if (Files.exists(peer)) {
        all.add(Program.server(SERVER_FLOOR, peer));
      }
    }
    return built(all);
  }

  /** Those whose stop is measured, each after its floor. */
  List<Program> toStop() {
    String serverFloor = SERVER_FLOOR + HOOK;
    String walletFloor = WALLET_FLOOR + HOOK;
    return built(
        List.of(
            Program.server(serverFloor, serverFloor, jar("bare"), PACKAGE + "bare.BareHook"),
            hello(serverFloor),
            bareWallet(walletFloor).given(WALLET_FLOOR + ", no hook"),
            bareWallet(walletFloor).given(walletFloor, "hook"),
            wallet(walletFloor)));
  }

  /** One of whose services ignores its stop. */
  List<Program> stragglers() {
    return built(
        List.of(
            Program.server(
                "srun, a straggler, grace 2 s",
                SERVER_FLOOR + HOOK,
                jar("srun"),
                PACKAGE + "srun.SrunStraggler")));
  }

  private Program hello(String floor) {
    return Program.server("srun, one service", floor, jar("srun"), PACKAGE + "srun.SrunHttp");
  }

  private Program bareWallet(String floor) {
    return Program.server(floor, floor, jar("bare-wallet"), PACKAGE + "barewallet.BareWallet")
        .of(Callers.ACCOUNT);
  }

  private Program wallet(String floor) {
    Path jar = bench.resolveSibling("examples/wallet/target/wallet.jar");
    return Program.server("wallet on srun", floor, jar, "dev.srun.examples.wallet.Wallet")
        .of(Callers.ACCOUNT);
  }

  private Path jar(String module) {
    return bench.resolve("programs/%s/target/%<s.jar".formatted(module));
  }

  private List<Path> peers() throws IOException {
    try (var directories = Files.list(bench.resolve("programs"))) {
      return directories
          .filter(module -> Files.exists(module.resolve("pom.xml")))
          .map(module -> module.getFileName().toString())
          .filter(module -> !OWN.contains(module))
          .sorted()
          .map(this::jar)
          .toList();
    }
  }

  private List<Program> built(List<Program> all) {
    List<Program> built = new ArrayList<>();
    for (Program program : all) {
      if (Files.exists(program.jar())) {
        built.add(program.with(flags));
      } else {
        System.err.println("left out, for it was not built: " + program.name());
      }
    }
    return built;
  }
}
