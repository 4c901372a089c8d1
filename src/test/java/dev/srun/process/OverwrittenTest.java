package dev.srun.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of a program whose own jar or classes are gone while it runs. */
class OverwrittenTest {
  private static final Duration SOON = Duration.ofSeconds(8);

  /**
   * What a program with the slowest stop here may take: grace period and half a second, and more.
   */
  private static final Duration GRACE = Duration.ofSeconds(4);

  /** Two versions of the same program. */
  @TempDir private static Path versions;

  @TempDir private Path directory;
  private final CompletableFuture<String> answer = new CompletableFuture<>();

  @BeforeAll
  static void build() throws IOException {
    jar("app.jar", 0);
    jar("next.jar", 5000);
  }

  /** How the file or folder is lost. */
  enum Loss {
    OVERWRITTEN,
    TRUNCATED,
    DELETED,
    FOLDER_EMPTIED
  }

  /** A program that runs from a jar of all its classes, or from a folder of them. */
  private ProgramUnderTest.Command program(Loss loss) throws IOException {
    Path jar = directory.resolve("app.jar");
    Path classes =
        loss == Loss.FOLDER_EMPTIED ? folder() : Files.copy(versions.resolve("app.jar"), jar);
    return Generations.upgradable(directory)
        .withAdmin()
        .env("SRUN_LOG_LEVEL", "debug")
        .env("SRUN_GRACEFUL_TIMEOUT", GRACE.toSeconds() + "s")
        .jvm("--enable-native-access=ALL-UNNAMED")
        .classPath(classes.toString());
  }

  /** The folders and jars of this JVM's class path that the program needs. */
  private static List<Path> parts() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .map(Path::of)
        .filter(path ->
            !path.toString()
                .matches(
                    ".*(junit|surefire|awaitility|apiguardian|proto|hamcrest|opentest4j|archunit).*"))
        .toList();
  }

  /** With so many bytes in front, which no other version of it has at the same place. */
  private static void jar(String name, int shift) throws IOException {
    Path jar = versions.resolve(name);
    Set<String> known = new HashSet<>();
    try (var out = new ZipOutputStream(Files.newOutputStream(jar))) {
      if (shift > 0) {
        out.putNextEntry(new ZipEntry("AAA"));
        byte[] noise = new byte[shift];
        new Random(1).nextBytes(noise);
        out.write(noise);
      }
      for (Path part : parts()) {
        if (Files.isDirectory(part)) {
          for (Path file : files(part)) {
            if (known.add(part.relativize(file).toString())) {
              out.putNextEntry(new ZipEntry(part.relativize(file).toString()));
              Files.copy(file, out);
            }
          }
        } else {
          copy(part, out, known);
        }
      }
    }
  }

  private static void copy(Path jar, ZipOutputStream out, Set<String> known) throws IOException {
    try (var in = new ZipInputStream(Files.newInputStream(jar))) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        if (!entry.isDirectory() && known.add(entry.getName())) {
          out.putNextEntry(new ZipEntry(entry.getName()));
          in.transferTo(out);
        }
      }
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  private Path folder() throws IOException {
    Path folder = directory.resolve("classes");
    try (var in = new ZipInputStream(Files.newInputStream(versions.resolve("app.jar")))) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        Path file = folder.resolve(entry.getName());
        Files.createDirectories(file.getParent());
        Files.copy(in, file);
      }
    }
    return folder;
  }

  private void lose(Loss loss) throws IOException {
    Path jar = directory.resolve("app.jar");
    switch (loss) {
      case OVERWRITTEN -> {
        try (InputStream in = Files.newInputStream(versions.resolve("next.jar"));
            OutputStream out =
                Files.newOutputStream(
                    jar, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
          in.transferTo(out);
        }
      }
      case TRUNCATED -> {
        try (FileChannel file = FileChannel.open(jar, StandardOpenOption.WRITE)) {
          file.truncate(0);
        }
      }
      case DELETED -> Files.delete(jar);
      case FOLDER_EMPTIED -> {
        for (Path file : files(directory.resolve("classes"))) {
          Files.delete(file);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void termStopsTheProgramInOrder(Loss loss) throws Exception {
    try (var program = Generations.start(directory, program(loss))) {
      awaitPrepared(program);
      lose(loss);
      program.signalFirst("TERM");
      program.first().assertExit(0, SOON);
      program.first().assertLogged("up.api STOPPED");
      program.assertNothingLeft();
    }
  }

  private static void awaitPrepared(Generations program) throws Exception {
    program.first().awaitUp();
    program.first().awaitLog("what a stop needs is loaded");
    // What answers requests is loaded by the first one.
    assertEquals(200, program.api().get("/who").status());
  }

  /** Before the classes of a stop are loaded: in order if it can be, and always in time. */
  @ParameterizedTest
  @EnumSource
  void termRightAfterTheStartEndsTheProgramWithinTheGracePeriod(Loss loss) throws Exception {
    try (var program = Generations.start(directory, program(loss))) {
      lose(loss);
      program.signalFirst("TERM");
      int code = program.first().awaitExit(GRACE.plusSeconds(3));
      assertTrue(Set.of(0, 1, 3).contains(code), () -> code + ": " + program.first().output());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aThirdTermEndsTheProgramAtOnce(Loss loss) throws Exception {
    try (var program = Generations.start(directory, program(loss))) {
      awaitPrepared(program);
      beginSlowRequest(program);
      lose(loss);
      program.signalFirst("TERM");
      program.first().awaitLog("stopping (signal TERM)");
      program.first().signalTwice("TERM", Duration.ofMillis(400));
      int code = program.first().awaitExit(GRACE);
      // The second one interrupts, so that the stop may be over before the third comes.
      assertTrue(Set.of(3, 143).contains(code), () -> code + ": " + program.first().output());
    }
  }

  private void beginSlowRequest(Generations program) throws Exception {
    ListenerUnderTest api = program.api();
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try {
            answer.complete(api.get("/slow?" + directory.resolve("end")).toString());
          } catch (IOException e) {
            answer.completeExceptionally(e);
          }
        });
    program.first().awaitLine("slow");
  }

  @ParameterizedTest
  @EnumSource
  void aLossDuringTheStopLetsItGoOn(Loss loss) throws Exception {
    try (var program = Generations.start(directory, program(loss))) {
      awaitPrepared(program);
      beginSlowRequest(program);
      program.signalFirst("TERM");
      program.first().awaitLog("stopping (signal TERM)");
      lose(loss);
      Files.createFile(directory.resolve("end"));
      assertEquals("200 " + program.first().pid() + " 1", answer.get(10, TimeUnit.SECONDS));
      program.first().assertExit(0, SOON);
      program.assertNothingLeft();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aLossDuringAnUpgradeLeavesAProgramThatStopsInOrder(Loss loss) throws Exception {
    try (var program = Generations.start(directory, program(loss))) {
      awaitPrepared(program);
      program.next(Upgradable.Nature.HANGING);
      program.signalFirst("HUP");
      program.first().awaitLog("generation 2, to take over");
      lose(loss);
      assertEquals("200 " + program.first().pid() + " 1", program.api().get("/who").toString());
      program.signalFirst("TERM");
      program.first().assertExit(0, SOON);
      program.assertNothingLeft();
    }
  }

  @ParameterizedTest
  @EnumSource
  void hupIsRefusedOrFailsAndTheProgramServesOnWithoutUsingTheProcessor(Loss loss)
      throws Exception {
    try (var program = Generations.start(directory, program(loss))) {
      awaitPrepared(program);
      ListenerUnderTest admin = program.first().awaitListener("admin");
      lose(loss);
      program.signalFirst("HUP");
      program
          .first()
          .awaitLog(
              switch (loss) {
                case OVERWRITTEN, TRUNCATED ->
                    "upgrade refused: "
                        + directory.resolve("app.jar")
                        + " was overwritten in place";
                case DELETED, FOLDER_EMPTIED -> "upgrade failed: ";
              });
      assertEquals(200, admin.get("/livez").status());
      assertEquals(200, admin.get("/ready").status());
      assertEquals("200 " + program.first().pid() + " 1", program.api().get("/who").toString());
      assertIdle(program.first());
      program.signalFirst("TERM");
      program.first().assertExit(0, SOON);
    }
  }

  /** What the watchdog and all others use of a processor while nothing happens. */
  private static void assertIdle(ProgramUnderTest program) throws Exception {
    ProcessHandle process = ProcessHandle.of(program.pid()).orElseThrow();
    Duration before = process.info().totalCpuDuration().orElseThrow();
    CountDownLatch never = new CountDownLatch(1);
    assertFalse(never.await(3, TimeUnit.SECONDS));
    Duration used = process.info().totalCpuDuration().orElseThrow().minus(before);
    assertTrue(used.compareTo(Duration.ofMillis(300)) < 0, () -> used + " in 3 s");
  }
}
