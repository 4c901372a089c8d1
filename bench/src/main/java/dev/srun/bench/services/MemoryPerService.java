package dev.srun.bench.services;

import dev.srun.bench.plot.Spread;
import java.io.IOException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * How much memory a service takes that is up and has nothing to do, beside a bare virtual thread
 * that waits for a CountDownLatch; and what the heap of it consists of. Each figure is the
 * difference between a program of N services and one of a single service, each in a JVM of its own,
 * divided by N - 1. Takes the number of rounds and flags for the JVMs.
 *
 * <p>The heap is what is alive after full collections. The resident memory has what the collector
 * has not given back as well; the young generation is fixed and was used throughout, so that it is
 * the same in all of them.
 */
public final class MemoryPerService {
  private static final int ROUNDS = 3;
  private static final List<Integer> SERVICES = List.of(1_000, 10_000);
  // Without the last one the collector leaves garbage among what is alive, for speed.
  private static final List<String> FLAGS =
      List.of("-XX:+UseSerialGC", "-Xmn16m", "-Xmx1g", "-XX:MarkSweepAlwaysCompactCount=1");
  private static final String STRUCTURED = "--enable-preview";
  private static final double NOTABLE_BYTES = 4;

  private final Map<Case, List<Footprint>> looks = new LinkedHashMap<>();
  private final List<String> flags;

  private MemoryPerService(List<String> flags) {
    this.flags = flags;
  }

  /** What is looked at; structured where srun has a StructuredTaskScope. */
  private record Case(SequenceKind kind, boolean structured, int services) {
    String title() {
      return kind + (structured ? "" : ", plain");
    }

    Case single() {
      return new Case(kind, structured, 1);
    }
  }

  /**
   * Measures and writes tables.
   *
   * @param args rounds, and flags for the JVM of each program
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    int rounds = args.length == 0 ? ROUNDS : Integer.parseInt(args[0]);
    List<String> flags = new ArrayList<>(FLAGS);
    flags.addAll(List.of(args).subList(Math.min(1, args.length), args.length));
    MemoryPerService bench = new MemoryPerService(flags);
    List<Case> cases = cases();
    for (int round = 0; round < rounds; round++) {
      for (Case each : cases) {
        bench.look(each);
      }
    }
    bench.print(cases, rounds);
  }

  private static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (SequenceKind kind : SequenceKind.values()) {
      switch (kind) {
        case BARE_THREADS, GUAVA_VIRTUAL, SPRING -> add(cases, kind, true);
        case SRUN, SRUN_RUN_ONLY -> {
          add(cases, kind, true);
          add(cases, kind, false);
        }
        // the same threads as the floor once they are up; a platform thread each; no start
        case BARE_PHASES, BARE_PHASES_AS_SRUN, GUAVA_PLATFORM, PEKKO -> {}
      }
    }
    return cases;
  }

  private static void add(List<Case> cases, SequenceKind kind, boolean structured) {
    cases.add(new Case(kind, structured, 1));
    SERVICES.forEach(services -> cases.add(new Case(kind, structured, services)));
  }

  private void look(Case which) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(flags);
    if (which.structured) {
      all.add(STRUCTURED);
    }
    looks
        .computeIfAbsent(which, none -> new ArrayList<>())
        .add(Footprint.of(which.kind, which.services, all));
  }

  private void print(List<Case> cases, int rounds) {
    System.out.printf(
        Locale.ROOT,
        "JDK %s, %s, medians of %d (least, most), %s unless plain%n%n    java %s -cp bench.jar %s KIND N%n%n",
        Runtime.version(),
        LocalDate.now(ZoneOffset.UTC),
        rounds,
        STRUCTURED,
        String.join(" ", flags),
        IdleProgram.class.getName());
    System.out.println(
        "| services | heap, bytes per service | RSS, bytes per service | more threads |");
    System.out.println("|---|---|---|---|");
    List<Case> many = cases.stream().filter(each -> each.services > 1).toList();
    for (Case each : many) {
      System.out.printf(
          Locale.ROOT,
          "| %s, %,d | %s | %s | %s |%n",
          each.title(),
          each.services,
          perService(each, Footprint::heap, each.services - 1),
          perService(each, Footprint::resident, each.services - 1),
          perService(each, Footprint::threads, 1));
    }
    many.stream().filter(each -> each.services == SERVICES.getLast()).forEach(this::printClasses);
  }

  private String perService(Case many, ToDoubleFunction<Footprint> of, int divisor) {
    double single = spread(many.single(), of).median();
    Spread all = spread(many, of);
    return String.format(
        Locale.ROOT,
        "%,.0f (%,.0f, %,.0f)",
        (all.median() - single) / divisor,
        (all.least() - single) / divisor,
        (all.most() - single) / divisor);
  }

  private Spread spread(Case which, ToDoubleFunction<Footprint> of) {
    return Spread.of(looks.get(which).stream().mapToDouble(of).toArray());
  }

  /** What the heap per service consists of, in the last round. */
  private void printClasses(Case many) {
    Map<String, Footprint.Objects> single = looks.get(many.single()).getLast().classes();
    Map<String, Footprint.Objects> more = new LinkedHashMap<>();
    looks
        .get(many)
        .getLast()
        .classes()
        .forEach((name, objects) ->
            more.put(name, objects.minus(single.getOrDefault(name, Footprint.Objects.NONE))));
    double services = many.services - 1;
    System.out.printf(
        Locale.ROOT,
        "%n%s, %,d:%n%n| class | bytes per service | objects per service |%n|---|---|---|%n",
        many.title(),
        many.services);
    more.entrySet().stream()
        .filter(row -> row.getValue().bytes() >= NOTABLE_BYTES * services)
        .sorted(
            Map.Entry.comparingByValue(
                Comparator.comparingLong(Footprint.Objects::bytes).reversed()))
        .forEach(row ->
            System.out.printf(
                Locale.ROOT,
                "| %s | %.0f | %.2f |%n",
                row.getKey(),
                row.getValue().bytes() / services,
                row.getValue().count() / services));
  }
}
