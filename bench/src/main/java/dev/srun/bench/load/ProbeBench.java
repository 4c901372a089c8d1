package dev.srun.bench.load;

import dev.srun.bench.BenchJar;
import dev.srun.bench.load.Timeline.Phase;
import dev.srun.bench.plot.Spread;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToDoubleFunction;

/**
 * Asks the probes of programs of one service and of many at a steady rate, and tells how long they
 * take. Takes the number of services, the requests per second, the seconds and the rounds, and
 * flags for the JVM of the programs.
 */
public final class ProbeBench {
  private static final List<String> STANDARD = List.of("1000", "1000", "10", "3");
  private static final List<String> PATHS =
      List.of("/livez", "/ready", "/health", "/health?format=json");
  private static final Duration WARM_UP = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration LIMIT = Duration.ofSeconds(5);
  private static final int CONNECTIONS = 32;

  /**
   * One round of one path.
   *
   * @param late by how much the load itself was late, p99 in ms
   * @param micros processor time of the program for each request
   */
  private record Round(Figures figures, double late, double micros) {}

  private final int rate;
  private final Duration time;

  private ProbeBench(int rate, Duration time) {
    this.rate = rate;
    this.time = time;
  }

  /**
   * Measures and writes a table.
   *
   * @param args services, rate, seconds, rounds, and flags for the JVM
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    List<String> given = new ArrayList<>(List.of(args));
    for (int i = given.size(); i < STANDARD.size(); i++) {
      given.add(STANDARD.get(i));
    }
    int services = Integer.parseInt(given.get(0));
    int rounds = Integer.parseInt(given.get(3));
    List<String> flags = given.subList(STANDARD.size(), given.size());
    ProbeBench bench =
        new ProbeBench(
            Integer.parseInt(given.get(1)), Duration.ofSeconds(Long.parseLong(given.get(2))));
    System.out.printf(
        "JDK %s, %d processors, %s; %,d requests/s over %d connections, %d rounds of %d s, medians%n%n",
        Runtime.version(),
        Runtime.getRuntime().availableProcessors(),
        LocalDate.now(ZoneOffset.UTC),
        bench.rate,
        CONNECTIONS,
        rounds,
        bench.time.toSeconds());
    System.out.println(
        "| services | probe | p50 ms | p99 ms | max ms | failed | CPU per request, µs | load late p99 ms |");
    System.out.println("|---|---|---|---|---|---|---|---|");
    for (int size : services == 1 ? new int[] {1} : new int[] {1, services}) {
      bench.measure(size, rounds, flags);
    }
  }

  private void measure(int services, int rounds, List<String> flags)
      throws IOException, InterruptedException {
    int port = freePort();
    Process process = start(services, port, flags);
    try {
      InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
      awaitReady(process, address);
      Map<String, List<Round>> all = new LinkedHashMap<>();
      for (int round = 0; round < rounds; round++) {
        for (String path : PATHS) {
          Round next = ask(process, address, path, round == 0 ? WARM_UP : Duration.ofSeconds(1));
          all.computeIfAbsent(path, key -> new ArrayList<>()).add(next);
        }
      }
      all.forEach((path, its) -> row(services, path, its));
    } finally {
      process.destroy();
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    }
  }

  private static Process start(int services, int port, List<String> flags) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    String jar = BenchJar.path().toString();
    command.addAll(List.of("-cp", jar, Crowd.class.getName(), String.valueOf(services)));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("SRUN_ADMIN_ADDRESS", "127.0.0.1:" + port);
    return builder.start();
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  private static void awaitReady(Process process, InetSocketAddress address) throws IOException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!isReady(address)) {
      if (!process.isAlive() || System.nanoTime() - end > 0) {
        throw new IOException("the program is not ready");
      }
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
  }

  private static boolean isReady(InetSocketAddress address) {
    try (Client client = new Client(address)) {
      client.expect("GET", "/ready", "", 200);
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }

  private Round ask(Process process, InetSocketAddress address, String path, Duration warmUp)
      throws IOException, InterruptedException {
    Load.Shape shape = new Load.Shape(rate, CONNECTIONS, 0, LIMIT);
    try (Load load = Load.start(address, shape, new Probes(path))) {
      Thread.sleep(warmUp);
      load.timeline().mark(Phase.BEFORE, 0);
      Duration used = cpu(process);
      Thread.sleep(time);
      used = cpu(process).minus(used);
      load.stop();
      Figures figures = load.timeline().figures(Phase.BEFORE, Kind.KEPT);
      double micros = used.toNanos() / 1e3 / Math.max(1, figures.all());
      return new Round(figures, load.timeline().late(Phase.BEFORE, 99), micros);
    }
  }

  private static Duration cpu(Process process) {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  private static void row(int services, String path, List<Round> rounds) {
    System.out.printf(
        "| %,d | %s | %.2f | %.2f | %.1f | %d | %.0f | %.2f |%n",
        services,
        path,
        median(rounds, round -> round.figures().percentile(50)),
        median(rounds, round -> round.figures().percentile(99)),
        median(rounds, round -> round.figures().max()),
        rounds.stream().mapToLong(round -> round.figures().failed()).sum(),
        median(rounds, Round::micros),
        median(rounds, Round::late));
  }

  private static double median(List<Round> rounds, ToDoubleFunction<Round> of) {
    return Spread.of(rounds.stream().mapToDouble(of).toArray()).median();
  }

  /** Asks one probe, whose answer is another one each time. */
  private record Probes(String path) implements Workload {
    @Override
    public void prepare(InetSocketAddress server) {}

    @Override
    public Request request(long number, Kind kind) {
      return Request.get(number, kind, path, 200);
    }

    @Override
    public String verify(InetSocketAddress server) {
      return "each status was compared as it came";
    }
  }
}
