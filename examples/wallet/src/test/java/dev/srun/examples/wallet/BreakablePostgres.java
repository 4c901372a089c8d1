package dev.srun.examples.wallet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A real PostgreSQL that can be frozen, killed, and started again where it was. */
final class BreakablePostgres implements AutoCloseable {
  private final Path data;
  private EmbeddedPostgres server;
  private ProcessHandle postmaster;

  BreakablePostgres(Path data) throws IOException {
    this.data = data;
    start(EmbeddedPostgres.builder());
  }

  private void start(EmbeddedPostgres.Builder builder) throws IOException {
    server =
        builder
            .setDataDirectory(data)
            .setCleanDataDirectory(false)
            .setServerConfig("synchronous_commit", "on") // else KILL loses what was committed
            .start();
    String pid = Files.readAllLines(data.resolve("postmaster.pid")).getFirst();
    postmaster = ProcessHandle.of(Long.parseLong(pid.strip())).orElseThrow();
  }

  String url() {
    return Postgres.url(server);
  }

  /** Stops all its processes where they are: connections stay open, and nothing answers. */
  void freeze() throws IOException, InterruptedException {
    signal("STOP", Stream.of(postmaster)); // first, so that it starts no others
    signal("STOP", postmaster.children());
  }

  /** Has them go on. */
  void thaw() throws IOException, InterruptedException {
    signal("CONT", Stream.concat(Stream.of(postmaster), postmaster.children()));
  }

  /** Ends all its processes at once, frozen or not. */
  void kill() throws IOException {
    List<ProcessHandle> all = Stream.concat(Stream.of(postmaster), postmaster.children()).toList();
    all.forEach(ProcessHandle::destroyForcibly);
    all.forEach(each -> each.onExit().orTimeout(10, TimeUnit.SECONDS).join());
    server.close(); // gives its lock on the directory back
  }

  /** Starts it with the same data, on the same port. */
  void startAgain() throws IOException {
    start(EmbeddedPostgres.builder().setPort(server.getPort()));
  }

  private static void signal(String name, Stream<ProcessHandle> processes)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("kill", "-" + name));
    processes.forEach(each -> command.add(String.valueOf(each.pid())));
    assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor(), command::toString);
  }

  @Override
  public void close() throws IOException {
    if (postmaster.isAlive()) {
      kill();
    }
  }
}
