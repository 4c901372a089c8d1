package dev.srun.bench.load;

import com.sun.management.OperatingSystemMXBean;
import dev.srun.bench.load.Generations.NoReplacementException;
import dev.srun.bench.load.Generations.Replacement;
import dev.srun.bench.load.Report.Generation;
import dev.srun.bench.load.Timeline.Phase;
import dev.srun.bench.load.Workload.LostException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

/**
 * Loads the wallet while it is upgraded, again and again, and counts what a client notices of it;
 * see {@link Options#USAGE}.
 */
public final class UpgradeBench {
  private static final int SOMETHING_FAILED = 1;
  private static final int MISUSED = 2;

  private final Options options;
  private final List<String> command;
  private final Report report = new Report();
  private final List<Replacement> replacements = new ArrayList<>();
  private final List<Generation> generations = new ArrayList<>();
  private final OperatingSystemMXBean system =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
  private boolean failed;

  private UpgradeBench(Options options, String... command) {
    this.options = options;
    this.command = List.of(command);
  }

  /**
   * Measures and reports; exits with 1 if a request failed, a transfer was lost, or an upgrade did
   * not come about.
   *
   * @param args see {@link Options#USAGE}
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    Options options;
    try {
      options = Options.parse(args);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage() + "\n\n" + Options.USAGE);
      System.exit(MISUSED);
      return;
    }
    UpgradeBench bench = new UpgradeBench(options, args);
    bench.measure();
    System.out.print(bench.report);
    if (!options.out().isEmpty()) {
      Files.writeString(Path.of(options.out()), bench.report.toString());
    }
    System.exit(bench.failed ? SOMETHING_FAILED : 0);
  }

  private void measure() throws IOException, InterruptedException {
    describe();
    try (Generations wallet = Generations.start(options)) {
      Workload workload = options.workload().workload();
      workload.prepare(wallet.address());
      try (Load load = Load.start(wallet.address(), options.shape(), workload)) {
        Duration used = Duration.ofNanos(system.getProcessCpuTime());
        long begin = System.nanoTime();
        try {
          replaceUnderLoad(wallet, load.timeline());
        } catch (NoReplacementException e) {
          fail(e.getMessage());
          report.log(wallet.log());
        }
        load.stop();
        used = Duration.ofNanos(system.getProcessCpuTime()).minus(used);
        report(load, (double) used.toNanos() / (System.nanoTime() - begin));
      }
      report.line("The wallet in the end: " + verify(workload, wallet));
    } catch (NoReplacementException e) {
      fail(e.getMessage());
    }
  }

  private void replaceUnderLoad(Generations wallet, Timeline timeline)
      throws IOException, InterruptedException, NoReplacementException {
    Thread.sleep(options.warmUp());
    timeline.mark(Phase.BEFORE, 0);
    Thread.sleep(options.between());
    for (int number = 1; number <= options.upgrades(); number++) {
      look(wallet);
      timeline.mark(Phase.DURING, number);
      replacements.add(wallet.replace());
      timeline.mark(Phase.AFTER, number);
      Thread.sleep(options.between());
    }
    look(wallet);
  }

  private void look(Generations wallet) throws IOException {
    generations.add(
        new Generation(wallet.facts(), wallet.told(), wallet.alive(), wallet.leftovers()));
  }

  private String verify(Workload workload, Generations wallet) throws IOException {
    try {
      return workload.verify(wallet.address());
    } catch (LostException e) {
      failed = true;
      return e.getMessage();
    }
  }

  private void report(Load load, double cores) {
    Timeline timeline = load.timeline();
    report.line(
        "The load took %.0f %% of a core and opened %,d kept-alive connections again that were closed"
                .formatted(cores * 100, load.reopened())
            + " between requests without a word; %,d brought what nobody had asked for."
                .formatted(load.unasked()));
    report.line("");
    report.requests(timeline);
    if (!replacements.isEmpty()) {
      report.replacements(replacements, timeline);
    }
    report.generations(generations);
    report.failures(timeline);
    failed |= timeline.hasFailures() || load.unasked() > 0;
  }

  private void fail(String why) {
    failed = true;
    report.line("**" + why + "**");
    report.line("");
  }

  private void describe() throws IOException {
    report.line("    UpgradeBench " + String.join(" ", command));
    report.line("");
    report.line(
        "%s; %d cores, load %.1f; %s; %s"
            .formatted(
                javaVersion(),
                system.getAvailableProcessors(),
                system.getSystemLoadAverage(),
                processor(),
                LocalDate.now(ZoneOffset.UTC)));
    report.line("");
  }

  private String javaVersion() throws IOException {
    Process process =
        new ProcessBuilder(options.java().toString(), "-version").redirectErrorStream(true).start();
    List<String> lines = process.inputReader().lines().toList();
    return lines.size() < 2 ? lines.toString() : lines.get(1);
  }

  private static String processor() throws IOException {
    return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
        .filter(line -> line.startsWith("model name"))
        .map(line -> line.replaceFirst(".*: ", ""))
        .findFirst()
        .orElse("unknown processor");
  }
}
