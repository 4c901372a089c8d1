package dev.srun.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.source.util.JavacTask;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/** What may be named where. A rule that has to change is changed here, on purpose. */
final class PackageRulesTest {
  private static final List<Source> SOURCES = Source.all();

  /** What each package may import beside java.* and itself. */
  private static final Map<String, List<String>> MAY_IMPORT =
      Map.of(
          "dev.srun",
          List.of("io.opentelemetry.api.", "org.HdrHistogram."),
          "dev.srun.http",
          List.of("dev.srun.[A-Z]", "com.sun.net.httpserver."),
          "dev.srun.admin",
          List.of(
              "dev.srun.[A-Z]",
              "dev.srun.http.[A-Z]",
              "com.sun.net.httpserver.",
              "com.sun.management.",
              "javax.management.",
              "jdk.jfr.[A-Z]",
              "one."),
          "dev.srun.telemetry",
          List.of("dev.srun.[A-Z]", "io.opentelemetry.", "io.prometheus."),
          "dev.srun.upgrade",
          List.of("dev.srun.[A-Z]", "jdk.net.[A-Z]"));

  private static final List<String> EVERYWHERE = List.of("java.", "org.jspecify.annotations.");

  /**
   * The classes of dev.srun that name the packages built upon it: what a service is given of them,
   * and what a program gets of them.
   */
  private static final Set<String> DOORS = Set.of("Context", "DefaultServices");

  /** Who looks for the adapters of each JDK. */
  private static final Set<String> SEAMS = Set.of("TaskScope", "LinuxKernel", "SystemSignals");

  private static Set<String> types(Predicate<Source> which) {
    return SOURCES.stream()
        .filter(which)
        .map(Source::type)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> typesWithCode(String regex) {
    return types(source -> source.codeHas(regex));
  }

  // Packages

  @Test
  void everyPackageHasARule() {
    Set<String> packages =
        SOURCES.stream().map(Source::packageName).collect(Collectors.toCollection(TreeSet::new));
    packages.removeAll(MAY_IMPORT.keySet());

    assertEquals(Set.of(), packages);
  }

  @Test
  void everyPackageImportsOnlyWhatItMay() {
    List<String> wrong = new ArrayList<>();
    for (Source source : SOURCES) {
      List<String> allowed = new ArrayList<>(EVERYWHERE);
      allowed.addAll(MAY_IMPORT.getOrDefault(source.packageName(), List.of()));
      allowed.add(source.packageName() + ".[A-Z]");
      if (source.root().equals("sun")) {
        allowed.add("sun.misc.[A-Z]");
      }
      if (DOORS.contains(source.type()) && source.packageName().equals("dev.srun")) {
        allowed.add("dev.srun.[a-z]");
      }
      source.imports().stream()
          .filter(imported -> allowed.stream().noneMatch(one -> startsWith(imported, one)))
          .forEach(imported -> wrong.add(source + " imports " + imported));
    }

    assertEquals(List.of(), wrong);
  }

  private static boolean startsWith(String imported, String allowed) {
    return Pattern.compile(allowed.replace(".", "\\.")).matcher(imported).lookingAt();
  }

  @Test
  void theCoreNamesWhatIsBuiltUponItAtItsTwoDoors() {
    Set<String> naming =
        types(source ->
            source.packageName().equals("dev.srun")
                && source.code().lines().anyMatch(PackageRulesTest::namesASatellite));

    assertEquals(DOORS, naming);
  }

  private static boolean namesASatellite(String line) {
    return Pattern.compile("\\bdev\\.srun\\.[a-z]").matcher(line).find();
  }

  @Test
  void nothingIsImportedWithAStar() {
    assertEquals(
        Set.of(),
        types(source -> source.imports().stream().anyMatch(imported -> imported.endsWith("*"))));
  }

  // What is named in one place

  @Test
  void signalsOfTheJvmAreNamedInOneClass() {
    assertEquals(Set.of("SunSignals"), types(source -> source.names("sun.misc")));
  }

  /**
   * Numbers are formatted with locales, which the JDK reads behind monitors: a supervisor that
   * waits for one in the middle of a message, while endless loops hold the carriers, never goes on,
   * and nobody can take over from it.
   */
  @Test
  void noFormatterIsUsedWhereTheSupervisorMayBe() {
    Set<String> ofTheSetup =
        Set.of("BindFailedException", "BlackBox", "Registry", "RegisteredService", "Settings");
    Set<String> withThreadsOfTheirOwn =
        Set.of("DiskFile", "HealthBus", "LastRun", "LastRunText", "PortHolder", "RunWriter");
    Set<String> may = new TreeSet<>(ofTheSetup);
    may.addAll(withThreadsOfTheirOwn);

    assertEquals(
        may,
        types(source ->
            source.packageName().equals("dev.srun")
                && source.codeHas("\\bformatted\\(|\\bString\\.format\\(|\\bFormatter\\b")));
  }

  @Test
  void structuredTaskScopeIsUsedByItsAdaptersOnly() {
    Set<String> users = types(source -> source.codeHas("\\bStructuredTaskScope\\b"));
    Set<String> tellers =
        types(source ->
            source.root().equals("java")
                && source.strings().stream()
                    .anyMatch(string -> string.contains("StructuredTaskScope")));

    assertEquals(Set.of("StructuredScope21", "StructuredScope25"), users);
    assertEquals(Set.of("TaskScope"), tellers);
  }

  @Test
  void histogramsAreMadeInOneClassAndShownByAnother() {
    assertEquals(Set.of("Latency", "LatencySnapshot"), typesWithCode("\\bHistogram\\b"));
  }

  @Test
  void theLoggingOfTheJdkIsNamedOnlyWhereItIsNeeded() {
    assertEquals(
        Set.of("AcceptBrake", "Console", "LogExport", "JulExitWatch", "JulHandlers"),
        typesWithCode("\\bjava\\.util\\.logging\\b"));
  }

  @Test
  void theHttpServerOfTheJdkIsNamedByTheHttpPackageOnly() {
    Set<String> packages =
        SOURCES.stream()
            .filter(source -> source.names("com.sun.net.httpserver"))
            .filter(source -> !source.type().equals("AcceptBrake")) // its logger, by name
            .map(Source::packageName)
            .collect(Collectors.toSet());
    packages.remove("dev.srun.admin"); // answers with its exchanges

    assertEquals(Set.of("dev.srun.http"), packages);
  }

  @Test
  void foreignFunctionsAreCalledByTheirAdaptersOnly() {
    assertEquals(
        Set.of("Syscalls21", "Syscalls25"), types(source -> source.names("java.lang.foreign")));
  }

  @Test
  void theTelemetrySdkIsNamedByTheTelemetryOnly() {
    assertEquals(
        Set.of(),
        types(source ->
            source.names("io.opentelemetry.sdk")
                && !source.packageName().equals("dev.srun.telemetry")));
  }

  @Test
  void theFlightRecorderAndItsConverterAreNamedInOneClassEach() {
    assertEquals(Set.of("Recorder"), types(source -> imports(source, "jdk.jfr.")));
    assertEquals(Set.of("Conversion"), types(source -> imports(source, "one.")));
    assertEquals(Set.of(), types(source -> source.body().contains("jdk.jfr.")));
  }

  private static boolean imports(Source source, String start) {
    return source.imports().stream().anyMatch(imported -> imported.startsWith(start));
  }

  @Test
  void theProcessIsEndedInOnePlace() {
    Set<String> enders =
        typesWithCode("\\bSystem\\s*\\.\\s*exit\\b|getRuntime\\(\\)\\s*(\\.|::)\\s*(halt|exit)\\b");
    enders.removeAll(Set.of("Srun", "JvmHost"));

    assertEquals(Set.of(), enders);
  }

  @Test
  void adaptersLiveInTheFolderOfTheirJdkAndAreTheOnesThatAreLookedFor() {
    Set<String> lookedFor =
        SOURCES.stream()
            .filter(source -> SEAMS.contains(source.type()))
            .flatMap(source -> source.strings().stream())
            .filter(string -> string.startsWith("dev.srun."))
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> present =
        SOURCES.stream()
            .filter(source -> !source.root().equals("java"))
            .map(source -> source.packageName() + "." + source.type())
            .collect(Collectors.toCollection(TreeSet::new));

    assertEquals(present, lookedFor);
    for (Source source : SOURCES) {
      if (source.root().startsWith("java") && !source.root().equals("java")) {
        assertTrue(source.type().endsWith(source.root().replace("java", "")), source::toString);
      }
    }
  }

  @Test
  void everyAdapterWasCompiledWhereItsCompilerIsAtHand() {
    int release = Runtime.version().feature();
    for (Source source : SOURCES) {
      if (source.root().equals("java" + release)) {
        String file = source.packageName().replace('.', '/') + "/" + source.type() + ".class";
        Path built = classes().resolve(file);
        assertTrue(Files.exists(built), () -> source + " is not built");
      }
    }
  }

  // What is named nowhere

  @Test
  void nothingIsSynchronized() {
    assertEquals(Set.of(), typesWithCode("\\bsynchronized\\b"));
  }

  @Test
  void nobodySleeps() {
    assertEquals(Set.of(), typesWithCode("\\bThread\\s*\\.\\s*sleep\\b|\\.sleep\\s*\\("));
  }

  @Test
  void nothingIsWrittenToTheStreamsOfTheProcess() {
    assertEquals(Set.of(), typesWithCode("\\bSystem\\s*\\.\\s*(out|err)\\b|printStackTrace\\(\\)"));
  }

  @Test
  void noStaticFieldChanges() {
    List<String> mutable = new ArrayList<>();
    for (Class<?> type : Types.all()) {
      for (java.lang.reflect.Field field : type.getDeclaredFields()) {
        int modifiers = field.getModifiers();
        if (java.lang.reflect.Modifier.isStatic(modifiers)
            && !java.lang.reflect.Modifier.isFinal(modifiers)) {
          mutable.add(field.toString());
        }
      }
    }

    assertEquals(List.of(), mutable);
  }

  @Test
  void aClassIsFinalUnlessItIsMadeToBeExtended() {
    List<String> open =
        Types.all().stream()
            .filter(type -> !type.isInterface() && !type.isEnum() && !type.isAnonymousClass())
            .filter(type -> !java.lang.reflect.Modifier.isFinal(type.getModifiers()))
            .filter(type -> !java.lang.reflect.Modifier.isAbstract(type.getModifiers()))
            .map(Class::getName)
            .toList();

    assertEquals(List.of(), open);
  }

  // Documentation

  @Test
  void everythingPublicIsDocumented() throws Exception {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(found, null, null)) {
      Path main = Source.MODULE.resolve("src").resolve("main").resolve("java");
      List<Path> sources;
      try (var walk = Files.walk(main)) {
        sources = walk.filter(file -> file.toString().endsWith(".java")).toList();
      }
      assertTrue(sources.size() > 50, sources::toString);
      List<String> options =
          List.of(
              "-proc:none",
              "-Xdoclint:all/protected",
              "-cp",
              System.getProperty("java.class.path"));
      ((JavacTask)
              compiler.getTask(
                  null, files, found, options, null, files.getJavaFileObjectsFromPaths(sources)))
          .analyze(); // which is all that doclint needs, and makes no classes
    }

    List<String> complaints =
        found.getDiagnostics().stream()
            .filter(one -> one.getCode().contains("doclint") || one.getCode().contains("proc"))
            .filter(one -> one.getSource() != null)
            .map(one -> one.toString().lines().findFirst().orElse(""))
            .toList();
    assertEquals(List.of(), complaints);
  }

  private static Path classes() {
    return Source.MODULE.resolve("target").resolve("classes");
  }

  /** A reminder in the rules' own language: a rule about nothing holds nothing. */
  @Test
  void theRulesAreAboutSomething() {
    assertTrue(SOURCES.stream().anyMatch(source -> source.root().equals("java21")));
    assertTrue(SOURCES.stream().anyMatch(source -> source.root().equals("java25")));
    assertTrue(Types.all().size() > 50);
    Set<String> words =
        SOURCES.stream()
            .flatMap(source -> Pattern.compile("\\w+").matcher(source.code()).results())
            .map(MatchResult::group)
            .map(word -> word.toLowerCase(Locale.ROOT))
            .collect(Collectors.toSet());
    assertTrue(words.contains("reentrantlock"));
  }
}
