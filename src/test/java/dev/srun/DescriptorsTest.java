package dev.srun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process whose file descriptors run out, looked at once a second. */
final class DescriptorsTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private static final String LIMITS =
      """
      Limit                     Soft Limit           Hard Limit           Units
      Max processes             63448                63448                processes
      Max open files            1024                 524288               files
      """;

  @TempDir private Path process;

  private final List<String> logged = new CopyOnWriteArrayList<>();
  private final List<String> braked = new ArrayList<>();
  private final FewFiles files = new FewFiles();
  private final DescriptorReserve reserve = new DescriptorReserve(files);
  private long now = Long.MAX_VALUE - SECOND.toNanos(); // so that a comparison by size would show

  /** Lets so many be open at a time. */
  private static final class FewFiles implements DescriptorReserve.Opener {
    int limit = 100;
    int open;

    @Override
    public Closeable open() throws IOException {
      if (open >= limit) {
        throw new IOException("Too many open files");
      }
      open++;
      return () -> open--;
    }
  }

  private final class Sink implements LogSink {
    @Override
    public boolean isLoggable(Level level) {
      return true;
    }

    @Override
    public void write(LogLine line) {
      logged.add(line.level() + " " + line.message());
    }
  }

  private final class Brake implements Descriptors.Brake {
    @Override
    public void apply() {
      braked.add("apply");
    }

    @Override
    public void release() {
      braked.add("release");
    }
  }

  private final LogWriter log = new LogWriter(new Sink());

  private Descriptors descriptors() {
    return new Descriptors(reserve, new Brake(), log, process);
  }

  @BeforeEach
  void makeProcess() throws IOException {
    Files.writeString(process.resolve("limits"), LIMITS);
    Path open = Files.createDirectory(process.resolve("fd"));
    Files.createSymbolicLink(open.resolve("0"), Path.of("/dev/null"));
    Files.createSymbolicLink(open.resolve("1"), Path.of("pipe:[7]"));
    Files.createSymbolicLink(open.resolve("2"), Path.of("socket:[8]"));
    Files.createSymbolicLink(open.resolve("3"), Path.of("socket:[9]"));
    Files.createSymbolicLink(open.resolve("4"), Path.of("anon_inode:[eventpoll]"));
  }

  private void look(Descriptors descriptors, int times) {
    for (int i = 0; i < times; i++) {
      descriptors.look(now);
      now += SECOND.toNanos();
    }
  }

  private List<String> logged() {
    log.flush(SECOND);
    return logged;
  }

  @Test
  void whileThereAreSomeAReserveIsKeptAndNothingIsLogged() {
    Descriptors descriptors = descriptors();
    look(descriptors, 5);
    assertEquals(DescriptorReserve.SIZE, files.open);
    assertFalse(descriptors.areExhausted());
    assertEquals(List.of(), braked);
    assertEquals(List.of(), logged());
  }

  @Test
  void whenNoneIsLeftServersAreSlowedDownAndOneWarningSaysWhatIsOpen() {
    Descriptors descriptors = descriptors();
    look(descriptors, 1);
    files.limit = DescriptorReserve.SIZE;
    look(descriptors, 10);
    assertTrue(descriptors.areExhausted());
    assertEquals(List.of("apply"), braked);
    assertEquals(1, logged().size(), logged::toString);
    String figures = "5 open, limit 1024 (2 sockets, 1 files, 1 pipes, 1 others);";
    assertTrue(
        logged.get(0).startsWith("WARNING no file descriptor is left: " + figures),
        logged::toString);
    assertEquals(DescriptorReserve.SIZE, files.open); // the one that was used for that is back
  }

  @Test
  void whereTheSystemDoesNotTellWhatIsOpenTheWarningSaysWhy() throws IOException {
    Files.delete(process.resolve("limits"));
    Descriptors descriptors = descriptors();
    look(descriptors, 1);
    files.limit = DescriptorReserve.SIZE;
    look(descriptors, 1);
    assertTrue(
        logged().get(0).startsWith("WARNING no file descriptor is left: Too many open files;"),
        logged::toString);
  }

  @Test
  void itIsOverWhenThereHaveBeenSomeForTwoSeconds() {
    Descriptors descriptors = descriptors();
    look(descriptors, 1);
    files.limit = DescriptorReserve.SIZE;
    look(descriptors, 3);
    files.limit = 100;
    look(descriptors, 2);
    files.limit = DescriptorReserve.SIZE; // what was freed was taken again
    look(descriptors, 1);
    files.limit = 100;
    look(descriptors, 2);
    assertTrue(descriptors.areExhausted());
    look(descriptors, 1);
    assertFalse(descriptors.areExhausted());
    assertEquals(List.of("apply", "release"), braked);
    assertEquals(2, logged().size(), logged::toString);
    assertEquals("INFO file descriptors are free again; there was none left for 6s", logged.get(1));
  }

  @Test
  void whatIsClosedHasNothingOpenAndSlowsNobodyDown() {
    Descriptors descriptors = descriptors();
    look(descriptors, 1);
    files.limit = DescriptorReserve.SIZE;
    look(descriptors, 1);
    descriptors.close();
    assertEquals(0, files.open);
    assertEquals(List.of("apply", "release"), braked);
    look(descriptors, 1); // by a watchdog that is late
    assertEquals(0, files.open);
  }
}
