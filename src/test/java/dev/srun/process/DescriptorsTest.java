package dev.srun.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.srun.Context;
import dev.srun.Service;
import dev.srun.Srun;
import dev.srun.http.HttpListener;
import dev.srun.process.ListenerUnderTest.Answer;
import java.io.Closeable;
import java.io.FileInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process that has used up its file descriptors, which are limited as a shell does it. */
@Isolated("measures the processor time of its programs")
class DescriptorsTest {
  private static final int LIMIT = 256;

  /** How long its processor time is measured. */
  private static final Duration MEASURED = Duration.ofSeconds(3);

  /**
   * For two servers. One that tries to accept in an endless loop takes as much time as there is.
   */
  private static final Duration AT_MOST = Duration.ofMillis(450);

  /** Many more than the reserve has descriptors. */
  private static final int PROBES = 50;

  private static final Duration PROBE = Duration.ofSeconds(1);

  private static final String WARNING = "no file descriptor is left: ";

  /** Has two HTTP servers, one of them not srun's, and opens files when it is told to. */
  static final class Hungry implements Service {
    private final List<Closeable> files = new ArrayList<>();
    private @Nullable HttpServer plain;

    public static void main(String[] args) {
      Srun.runOrExit("hungry", app -> app.service("api", new Hungry()));
    }

    @Override
    public void init(Context ctx) throws IOException {
      var anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      HttpListener http = ctx.http("http", anyPort);
      http.handle("GET /", exchange -> HttpListener.respond(exchange, 200, "text/plain", "hello"));
      http.open();
      plain = HttpServer.create(anyPort, 4_096);
      plain.start();
      ctx.describe("plain", "http://127.0.0.1:" + plain.getAddress().getPort());
    }

    @Override
    public void run(Context ctx) {
      Thread.ofPlatform().daemon().start(this::obey);
      ctx.ready();
    }

    private void obey() {
      try {
        for (String line = Told.line(); !line.isEmpty(); line = Told.line()) {
          if (line.equals("take")) {
            take();
          }
          System.out.println(line);
        }
      } catch (IOException e) {
        System.out.println(e);
      }
    }

    private void take() {
      try {
        while (true) {
          files.add(new FileInputStream("/dev/zero"));
        }
      } catch (IOException e) {
        // As many as there were.
      }
    }

    @Override
    public void stop(Context ctx) {
      if (plain != null) {
        plain.stop(0);
      }
    }
  }

  private static ProgramUnderTest.Command limited() {
    return ProgramUnderTest.of(Hungry.class)
        .withAdmin()
        .env("SRUN_LOG_LEVEL", "debug")
        .afterShell("ulimit -n " + LIMIT);
  }

  /** The classes of a test are files, of which none can be loaded once no descriptor is left. */
  private static void awaitUp(ProgramUnderTest program) throws InterruptedException {
    program.awaitLog("what a stop needs is loaded");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void probesAreAnsweredWithoutALoadWhileConnectionsHoldEveryDescriptor(boolean preview)
      throws Exception {
    List<Socket> clients = new ArrayList<>();
    try (var program = limited().preview(preview).start()) {
      ListenerUnderTest admin = program.awaitListener("admin");
      ListenerUnderTest http = program.awaitListener("http");
      ListenerUnderTest plain = program.awaitListener("plain");
      awaitUp(program);
      for (int i = 0; i < LIMIT; i++) {
        clients.add(connect(http));
        clients.add(connect(plain));
      }
      program.awaitLog(WARNING);
      program.assertLogged(" open, limit " + LIMIT + " (");

      Duration before = processorTime(program);
      Thread.sleep(MEASURED);
      Duration taken = processorTime(program).minus(before);
      assertTrue(taken.compareTo(AT_MOST) < 0, taken::toString);
      for (int i = 0; i < PROBES; i++) {
        for (String path : List.of("/livez", "/ready", "/health")) {
          Answer answer = admin.get(path, PROBE);
          assertEquals(200, answer.status(), answer::toString);
        }
      }

      close(clients);
      program.awaitLog("file descriptors are free again; there was none left for ");
      assertEquals("200 hello", http.get("/").toString());
      program.signal("TERM");
      program.assertExit(0);
      assertEquals(1, program.stderr().stream().filter(line -> line.contains(WARNING)).count());
    } finally {
      close(clients);
    }
  }

  @Test
  void anUpgradeIsRefusedAndAStopIsCleanWhileTheProgramItselfHoldsEveryDescriptor()
      throws Exception {
    try (var program = limited().env("SRUN_UPGRADE", "on").start()) {
      ListenerUnderTest admin = program.awaitListener("admin");
      awaitUp(program);
      program.tell("take");
      program.awaitLog(WARNING);
      for (int i = 0; i < PROBES; i++) {
        assertEquals("200 live", admin.get("/livez", PROBE).toString());
      }
      program.signal("HUP");
      program.awaitLog("upgrade refused: the process has no file descriptor left");
      assertEquals("200 ready", admin.get("/ready", PROBE).toString());
      program.signal("TERM");
      program.assertExit(0);
    }
  }

  private static Socket connect(ListenerUnderTest listener) throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), listener.port());
  }

  private static void close(List<Socket> sockets) throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  private static Duration processorTime(ProgramUnderTest program) {
    return ProcessHandle.of(program.pid()).orElseThrow().info().totalCpuDuration().orElseThrow();
  }
}
