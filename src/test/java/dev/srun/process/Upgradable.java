package dev.srun.process;

import com.sun.net.httpserver.HttpExchange;
import dev.srun.Config;
import dev.srun.Context;
import dev.srun.Health;
import dev.srun.Listener;
import dev.srun.ListeningSocket;
import dev.srun.Registrar;
import dev.srun.Service;
import dev.srun.Srun;
import dev.srun.UpgradeOutcome;
import dev.srun.http.HttpListener;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * A program that is upgraded, and whose every generation says which one it is: by HTTP, and to
 * whoever connects to its TCP and UNIX sockets. How the next generation is to behave stands in a
 * file.
 */
final class Upgradable {

  /** The file with the word that the next generation lives by. */
  static final String NATURE = "TEST_NATURE";

  /** The file of those that must not run twice. */
  static final String JOURNAL = "TEST_JOURNAL";

  /** How long what must not run twice takes to stop, in milliseconds: 300 otherwise. */
  static final String STOPS_FOR = "TEST_STOPS_FOR";

  /** Where it listens for UNIX connections. */
  static final String UNIX = "TEST_UNIX";

  /** Where it listens for HTTP; any port otherwise. */
  static final String PORT = "TEST_PORT";

  /** Where a server listens that is not srun's: a path, or any TCP port for {@code tcp}. */
  static final String FOREIGN = "TEST_FOREIGN";

  /**
   * That a server that is not srun's keeps connections: {@code asks} whether to close them, or
   * {@code begins} and does nothing else.
   */
  static final String KEEPS = "TEST_KEEPS";

  /** How many bytes beside the heap each generation fills when it starts. */
  static final String BALLAST = "TEST_BALLAST";

  /** How a generation behaves. */
  enum Nature {
    GOOD,
    /** Its init takes a second, during which nothing of it may answer. */
    SLOW,
    /** Its init fails. */
    FAILING,
    /** Its init does not end by itself. */
    HANGING,
    /** Its setup is refused. */
    MISCONFIGURED,
    /** It dies soon after it was let in. */
    SHORT_LIVED,
    /** It is UNHEALTHY soon after it was let in. */
    SICK,
    /** Its foreign server accepts on a thread of its own as soon as it is bound. */
    EARLY_THREAD,
    /** Its foreign server has registered with a selector as soon as it is bound. */
    EARLY_SELECTOR,
    /** Its foreign server never accepts. */
    DEAF
  }

  private Upgradable() {}

  public static void main(String[] args) {
    Srun.runOrExit(Config.named("up"), Upgradable::setUp);
  }

  private static void setUp(Registrar app) throws IOException {
    Nature nature = nature();
    if (System.getenv(BALLAST) != null) {
      app.service("ballast", new Ballast(Integer.parseInt(System.getenv(BALLAST))));
    }
    app.service("api", new Api(nature));
    if (System.getenv(UNIX) != null) {
      app.service("raw", new Raw());
    }
    if (System.getenv(FOREIGN) != null) {
      app.service("foreign", new Foreign(nature));
    }
    if (System.getenv(KEEPS) != null) {
      app.service("lines", new Lines(System.getenv(KEEPS).equals("asks")));
    }
    if (System.getenv(JOURNAL) != null) {
      app.service("cron", new Cron()).exclusive();
    }
    if (nature == Nature.MISCONFIGURED) {
      app.service("api", new Api(nature));
    }
  }

  private static Nature nature() throws IOException {
    String file = System.getenv(NATURE);
    return file == null ? Nature.GOOD : Nature.valueOf(Files.readString(Path.of(file)).strip());
  }

  /** Which generation this is: {@code PID GENERATION}. */
  private static String self(Context ctx) {
    return ProcessHandle.current().pid() + " " + ctx.runner().status().generation();
  }

  /** Fills memory: a direct buffer is zeroed when it is made. */
  private static final class Ballast implements Service {
    private final int bytes;
    private @Nullable ByteBuffer filled;

    Ballast(int bytes) {
      this.bytes = bytes;
    }

    @Override
    public void init(Context ctx) {
      filled = ByteBuffer.allocateDirect(bytes);
    }

    @Override
    public void run(Context ctx) {
      ctx.describe("bytes", filled == null ? 0 : filled.capacity());
    }
  }

  /** Says who it is; a client that only looks whether it is accepted has gone by then. */
  private static void greet(Context ctx, SocketChannel client) {
    try (client) {
      client.write(ByteBuffer.wrap(self(ctx).getBytes(StandardCharsets.UTF_8)));
    } catch (IOException gone) {
      // The next client may be another one.
    }
  }

  /** Answers by HTTP. */
  private static final class Api implements Service {
    private final Nature nature;
    private @Nullable HttpListener http;

    Api(Nature nature) {
      this.nature = nature;
    }

    @Override
    public void init(Context ctx) throws Exception {
      int port = Integer.parseInt(System.getenv().getOrDefault(PORT, "0"));
      http = ctx.http("api", new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      http.handle("/who", exchange -> answer(exchange, self(ctx)));
      http.handle("/slow", exchange -> slow(exchange, self(ctx)));
      http.handle("/process", exchange -> answer(exchange, process()));
      http.handle(
          "/upgrade",
          exchange -> {
            UpgradeOutcome outcome = ctx.runner().upgrade("a client").toCompletableFuture().join();
            answer(exchange, outcome.toString());
          });
      http.open();
      switch (nature) {
        case FAILING -> throw new IOException("no such database");
        case HANGING -> Thread.sleep(600_000);
        case SLOW -> Thread.sleep(1_000);
        case SHORT_LIVED -> soon(ctx, () -> Runtime.getRuntime().halt(7));
        case SICK -> soon(ctx, () -> ctx.health().report(Health.unhealthy("out of memory")));
        default -> {}
      }
    }

    @Override
    public void run(Context ctx) {
      ctx.ready();
    }

    @Override
    public void stop(Context ctx) throws InterruptedException {
      if (http != null) {
        http.drain(ctx.remaining());
      }
    }

    private static void answer(HttpExchange exchange, String text) throws IOException {
      HttpListener.respond(exchange, 200, "text/plain", text);
    }

    /** Takes until the file that the query names is there. */
    private static void slow(HttpExchange exchange, String text) throws Exception {
      System.out.println("slow");
      Path file = Path.of(exchange.getRequestURI().getQuery());
      while (!Files.exists(file)) {
        Thread.sleep(10);
      }
      answer(exchange, text);
    }

    /** Soon after it was let in. */
    private static void soon(Context ctx, Runnable what) {
      ctx.threads()
          .start(
              "fate",
              own -> {
                while (!ctx.runner().isReady()) {
                  Thread.sleep(10);
                }
                Thread.sleep(500);
                what.run();
              });
    }

    /** What a process has from the one that started it, and what it has open. */
    private static String process() {
      StringBuilder text = new StringBuilder();
      text.append("cwd=").append(Path.of("").toAbsolutePath()).append('\n');
      text.append("jvm=").append(ManagementFactory.getRuntimeMXBean().getInputArguments());
      text.append('\n');
      text.append("fds=").append(count("/proc/self/fd")).append('\n');
      text.append("threads=").append(count("/proc/self/task")).append('\n');
      System.getenv()
          .forEach((name, value) ->
              text.append("env.").append(name).append('=').append(value).append('\n'));
      return text.toString();
    }

    private static int count(String directory) {
      String[] names = new File(directory).list();
      return names == null ? -1 : names.length;
    }
  }

  /** Says who it is to whoever connects: on platform threads by TCP, on virtual ones by UNIX. */
  private static final class Raw implements Service {

    @Override
    public void init(Context ctx) throws IOException {
      var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      Path path = Path.of(System.getenv(UNIX));
      accept(ctx, ctx.listen("tcp", address), ctx.threads().platform("tcp"));
      accept(ctx, ctx.listen("tcp-virtual", address), ctx.threads().virtual("tcp-virtual"));
      accept(
          ctx, ctx.listen("unix", UnixDomainSocketAddress.of(path)), ctx.threads().virtual("unix"));
      accept(
          ctx,
          ctx.listen("unix-platform", UnixDomainSocketAddress.of(path + "-platform")),
          ctx.threads().platform("unix-platform"));
    }

    private static void accept(Context ctx, Listener listener, ThreadFactory threads) {
      threads
          .newThread(() -> {
            try {
              while (true) {
                greet(ctx, listener.accept());
              }
            } catch (IOException closed) {
              // The program stops.
            }
          })
          .start();
    }

    @Override
    public void run(Context ctx) {
      ctx.ready();
    }
  }

  /**
   * A server of another library, which opens its own socket: says who it is as {@link Raw} does.
   */
  private static final class Foreign implements Service, ListeningSocket.Acceptor {
    private final Nature nature;
    private @Nullable Context ctx;
    private @Nullable ServerSocketChannel server;
    private @Nullable ListeningSocket socket;

    Foreign(Nature nature) {
      this.nature = nature;
    }

    @Override
    public void init(Context context) throws IOException {
      ctx = context;
      String where = System.getenv(FOREIGN);
      SocketAddress address =
          where.equals("tcp")
              ? new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)
              : UnixDomainSocketAddress.of(where);
      socket = context.socket("foreign", address);
      server =
          where.equals("tcp")
              ? ServerSocketChannel.open()
              : ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      server.bind(socket.bindTo());
      if (nature == Nature.EARLY_THREAD) {
        context.threads().platform("early").newThread(this::acceptOnThread).start();
      } else if (nature == Nature.EARLY_SELECTOR) {
        server.configureBlocking(false);
        context.threads().platform("early").newThread(this::acceptOnSelector).start();
      }
      socket.bound(server.getLocalAddress());
      context.describe("at", socket.address());
      socket.open(this);
    }

    @Override
    public void begin() {
      if (nature == Nature.GOOD && ctx != null) {
        ctx.threads().platform("accept").newThread(this::acceptOnThread).start();
      }
    }

    private void acceptOnThread() {
      try {
        while (server != null) {
          greet(ctx, server.accept());
        }
      } catch (IOException closed) {
        // The program stops.
      }
    }

    private void acceptOnSelector() {
      try (Selector selector = Selector.open()) {
        if (server == null) {
          return;
        }
        server.register(selector, SelectionKey.OP_ACCEPT);
        while (server.isOpen() && !Thread.currentThread().isInterrupted()) {
          selector.select();
          selector.selectedKeys().clear();
          SocketChannel client = server.accept();
          if (client != null) {
            greet(ctx, client);
          }
        }
      } catch (IOException closed) {
        // The program stops.
      }
    }

    @Override
    public void run(Context context) {
      context.ready();
    }

    @Override
    public void stop(Context context) throws IOException {
      if (server != null && socket != null) {
        boolean isHandedOver = socket.isHandedOver();
        SocketAddress address = socket.address();
        socket.close();
        server.close();
        if (address instanceof UnixDomainSocketAddress unix && !isHandedOver) {
          Files.deleteIfExists(unix.getPath());
        }
      }
    }
  }

  /**
   * A server of another library whose clients keep their connections: answers each line by one with
   * who it is, and {@code last} if it closes the connection then.
   */
  private static final class Lines implements Service {
    private final boolean asks;

    Lines(boolean asks) {
      this.asks = asks;
    }

    @Override
    public void init(Context ctx) throws IOException {
      var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      ListeningSocket its = ctx.own(ctx.socket("lines", address));
      ServerSocketChannel channel = ctx.own(ServerSocketChannel.open());
      channel.bind(its.bindTo());
      its.bound(channel.getLocalAddress());
      ctx.describe("at", its.address());
      ThreadFactory threads = ctx.threads().platform("lines"); // reading lines pins on JDK 21
      its.open(() -> threads.newThread(() -> accept(ctx, channel, its, threads)).start());
    }

    private void accept(
        Context ctx, ServerSocketChannel channel, ListeningSocket its, ThreadFactory threads) {
      try {
        while (true) {
          SocketChannel client = channel.accept();
          threads.newThread(() -> answer(ctx, client, its)).start();
        }
      } catch (IOException closed) {
        // The program stops.
      }
    }

    private void answer(Context ctx, SocketChannel client, ListeningSocket its) {
      try (client) {
        var lines = new BufferedReader(Channels.newReader(client, StandardCharsets.ISO_8859_1));
        for (boolean isLast = false; !isLast && lines.readLine() != null; ) {
          isLast = asks && its.shouldClose(client.getRemoteAddress());
          String text = self(ctx) + (isLast ? " last\n" : "\n");
          client.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)));
        }
      } catch (IOException gone) {
        // The client, or the program stops.
      }
    }

    @Override
    public void run(Context ctx) {
      ctx.ready();
    }
  }

  /** Writes down when it runs. */
  private static final class Cron implements Service {

    @Override
    public void init(Context ctx) throws IOException {
      note("begins");
    }

    @Override
    public void run(Context ctx) throws IOException {
      note("runs");
    }

    @Override
    public void stop(Context ctx) throws Exception {
      note("stops");
      // Long enough for the next one to begin too early.
      Thread.sleep(Long.parseLong(System.getenv().getOrDefault(STOPS_FOR, "300")));
      note("ends");
    }

    private static void note(String what) throws IOException {
      Files.write(
          Path.of(System.getenv(JOURNAL)),
          List.of(what + " " + ProcessHandle.current().pid()),
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    }
  }
}
