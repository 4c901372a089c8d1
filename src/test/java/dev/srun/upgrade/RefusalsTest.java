package dev.srun.upgrade;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reasons not to begin. */
final class RefusalsTest {
  private static final List<String> PLAIN = List.of("java", "-cp", "app.jar", "Main");

  @TempDir private Path directory;

  private Path jar(String text) throws IOException {
    Path jar = directory.resolve("app.jar");
    Files.writeString(jar, text);
    Files.setLastModifiedTime(jar, FileTime.fromMillis(1_000_000));
    return jar;
  }

  /** Where no shell is needed and no memory limit is known. */
  private static Refusals refusals(long pid, List<Path> jars) throws IOException {
    return new Refusals(pid, jars, null, new MemoryLimit(Path.of("/none"), Path.of("/none")));
  }

  private static Optional<String> refusal(String word) throws IOException {
    return refusals(2, List.of()).of(List.of("java", word, "Main"));
  }

  @Test
  void aPlainProgramIsNotRefused() throws Exception {
    assertEquals(Optional.empty(), refusals(2, List.of(jar("old"))).of(PLAIN));
  }

  @Test
  void processOneIs() throws Exception {
    String why = refusals(1, List.of()).of(PLAIN).orElseThrow();

    assertTrue(why.contains("process 1") && why.contains("replace the container instead"), why);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=5005",
        "-agentlib:jdwp=transport=dt_socket,server=y,address=*:5005",
        "-agentlib:jdwp=address=localhost:5005,server=y,transport=dt_socket",
        "-agentlib:jdwp=transport=dt_socket,server=y,address=[::1]:5005",
        "-Xrunjdwp:transport=dt_socket,server=y,address=5005",
        "-Dcom.sun.management.jmxremote.port=9010",
        "-Dcom.sun.management.jmxremote.rmi.port=9011",
      })
  void aPortOfItsOwnIs(String word) throws Exception {
    String why = refusal(word).orElseThrow();

    assertTrue(why.contains(word) && why.contains("port of its own"), why);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=0",
        "-agentlib:jdwp=transport=dt_socket,server=y,address=127.0.0.1:0",
        "-agentlib:jdwp=transport=dt_socket,server=y",
        "-agentlib:jdwp=transport=dt_socket,server=n,address=ide:5005",
        "-Dcom.sun.management.jmxremote.port=0",
        "-Dcom.sun.management.jmxremote",
        "-Dmy.server=y,address=5005",
      })
  void whatTwoProcessesCanHaveIsNot(String word) throws Exception {
    assertEquals(Optional.empty(), refusal(word));
  }

  @Test
  void aJarThatWasOverwrittenInPlaceIs() throws Exception {
    Path jar = jar("old");
    Refusals refusals = refusals(2, List.of(jar));
    Files.writeString(jar, "newer");
    String why = refusals.of(PLAIN).orElseThrow();

    assertTrue(why.startsWith(jar + " was overwritten in place"), why);
    assertTrue(why.contains("rename the new one over it"), why);
  }

  @Test
  void aJarOfTheSameSizeThatWasOverwrittenIs() throws Exception {
    Path jar = jar("old");
    Refusals refusals = refusals(2, List.of(jar));
    Files.writeString(jar, "new");

    assertTrue(refusals.of(PLAIN).isPresent());
  }

  @Test
  void aJarThatAnotherWasRenamedOverIsNot() throws Exception {
    Path jar = jar("old");
    Refusals refusals = refusals(2, List.of(jar));
    Path next = Files.writeString(directory.resolve("next.jar"), "newer");
    Files.move(next, jar, StandardCopyOption.ATOMIC_MOVE);

    assertEquals(Optional.empty(), refusals.of(PLAIN));
  }

  @Test
  void aLinkThatLeadsToAnotherJarIsNot() throws Exception {
    Path old = jar("old");
    Path link = Files.createSymbolicLink(directory.resolve("current.jar"), old);
    Refusals refusals = refusals(2, List.of(link));
    Files.delete(link);
    Files.createSymbolicLink(link, Files.writeString(directory.resolve("2.jar"), "newer"));

    assertEquals(Optional.empty(), refusals.of(PLAIN));
  }

  @Test
  void aJarThatIsGoneAndAFolderOfClassesAreNot() throws Exception {
    Path jar = jar("old");
    Refusals refusals = refusals(2, List.of(jar, directory, directory.resolve("none.jar")));
    Files.delete(jar);

    assertEquals(Optional.empty(), refusals.of(PLAIN));
  }

  @Test
  void aSupervisedProgramWithoutAShellIs() throws Exception {
    var memory = new MemoryLimit(Path.of("/none"), Path.of("/none"));
    Path none = directory.resolve("sh");
    String why = new Refusals(2, List.of(), none, memory).of(PLAIN).orElseThrow();

    assertTrue(why.contains("there is no " + none) && why.contains("restart"), why);
    assertEquals(
        Optional.empty(), new Refusals(2, List.of(), ShellSpawned.SHELL, memory).of(PLAIN));
  }

  @Test
  void theJarsAreThoseOfTheClassPath() {
    assertTrue(Refusals.jarsOfThisProgram().stream().anyMatch(Files::exists));
  }
}
