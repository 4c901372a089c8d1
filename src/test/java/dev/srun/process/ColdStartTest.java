package dev.srun.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.Context;
import dev.srun.Health;
import dev.srun.HealthChecked;
import dev.srun.Service;
import dev.srun.Srun;
import dev.srun.http.HttpListener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every start comes by is linked when it is compiled, not when it runs: a lambda takes half a
 * millisecond of a cold start, a switch over types or a record's own equals ten. Elsewhere they are
 * as welcome as anywhere.
 */
class ColdStartTest {
  private static final Pattern LAMBDA =
      Pattern.compile("\\b(dev\\.srun\\.\\w+(?:\\.\\w+)*)\\S*\\$\\$Lambda");
  private static final Pattern LINKED = Pattern.compile("\\b(java\\.lang\\.runtime\\.\\w+) source");

  @TempDir Path directory;

  private String[] log() {
    return new String[] {"-Xlog:class+load:file=" + file()};
  }

  private Path file() {
    return directory.resolve("classes.log");
  }

  /** Those of srun that link something when they run. */
  private Set<String> linkers() throws IOException {
    List<String> loaded = Files.readAllLines(file());
    assertTrue(loaded.size() > 500, () -> loaded.size() + " classes");
    Set<String> linkers = new TreeSet<>();
    for (String line : loaded) {
      LAMBDA.matcher(line).results().map(found -> found.group(1)).forEach(linkers::add);
      LINKED
          .matcher(line)
          .results()
          .map((MatchResult found) -> found.group(1))
          .forEach(linkers::add);
    }
    linkers.removeIf(name -> name.startsWith("dev.srun.process.")); // the program itself
    return linkers;
  }

  @Test
  void theSmallestMainLinksNothingWhenItRuns() throws Exception {
    try (var program = ProgramUnderTest.of(CommandLineTest.Hello.class).jvm(log()).start()) {
      program.assertExit(0);
    }
    assertEquals(Set.of(), linkers());
  }

  @Test
  void aStartThatNobodyEndsHasNothingToEndItBy() throws Exception {
    try (var program = ProgramUnderTest.of(CommandLineTest.Hello.class).jvm(log()).start()) {
      program.assertExit(0);
    }
    String loaded = Files.readString(file());
    assertTrue(loaded.contains(" dev.srun.SetupCall "), "the setup is called by it");
    assertFalse(loaded.contains("dev.srun.SetupCall$Watch"), "nobody watches it");
  }

  static final class Server implements Service, HealthChecked {
    public static void main(String[] args) {
      Srun.runOrExit("server", app -> app.service("pages", new Server()));
    }

    @Override
    public void init(Context ctx) throws IOException {
      HttpListener http =
          ctx.http("pages", new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      http.handle("GET /", exchange -> HttpListener.respond(exchange, 200, "text/plain", "hello"));
      http.open();
    }

    @Override
    public void run(Context ctx) {}

    @Override
    public Health check() {
      return Health.healthy();
    }
  }

  @Test
  void aServerLinksNothingBeforeItIsUp() throws Exception {
    try (var program = ProgramUnderTest.of(Server.class).withAdmin().jvm(log()).start()) {
      program.awaitUp();
      assertEquals(Set.of(), linkers());
    }
  }

  private static long ours(List<String> loaded) {
    return loaded.stream()
        .filter(line -> line.contains(" dev.srun.") && !line.contains(" dev.srun.process."))
        .count();
  }

  /** Some 190 and 140: more than these is a start, or a stop, that needs more than before. */
  @Test
  void theClassesOfTheStopAreAFigureOfTheirOwn() throws Exception {
    try (var program = ProgramUnderTest.of(Server.class).withAdmin().jvm(log()).start()) {
      program.awaitUp();
      await().until(() -> Files.readString(file()).contains(" dev.srun.admin.ProbeRequests "));
      List<String> loaded = Files.readAllLines(file());
      int first = 0;
      while (!loaded.get(first).contains(" dev.srun.StopClasses ")) {
        first++;
      }
      long whenUp = ours(loaded.subList(0, first));
      long later = ours(loaded.subList(first, loaded.size()));
      assertTrue(whenUp < 260, () -> whenUp + " classes when it is up");
      assertTrue(later < 200, () -> later + " classes after it is up");
    }
  }
}
