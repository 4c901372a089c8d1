package dev.srun.bench.load;

import dev.srun.bench.load.FaultServer.Behaviour;
import dev.srun.bench.load.FaultServer.Peer;
import dev.srun.bench.load.Timeline.Phase;
import dev.srun.bench.load.Workload.LostException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Predicate;

/**
 * Whether the load sees what it must: each fault of a server is counted as what it is, and nothing
 * else is. A load that reports no failure is worth as much as this.
 */
public final class LoadSelfCheck {
  private static final Duration LIMIT = Duration.ofSeconds(3);
  private static final Duration RUN = Duration.ofMillis(500);
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final Load.Shape KEPT = new Load.Shape(100, 2, 0, LIMIT);
  private static final Load.Shape FRESH = new Load.Shape(100, 2, 1, LIMIT);
  private static final Load.Shape BOTH = new Load.Shape(200, 4, 0.5, LIMIT);
  private static final Load.Shape SELDOM = new Load.Shape(20, 1, 0, LIMIT);

  private final List<String> wrong = new ArrayList<>();
  private int checks;

  private LoadSelfCheck() {}

  /** Asks for one thing with one answer. */
  private record Asking(String body) implements Workload {
    @Override
    public void prepare(InetSocketAddress server) {}

    @Override
    public Request request(long number, Kind kind) {
      return Request.get(number, kind, "/", 200, body);
    }

    @Override
    public String verify(InetSocketAddress server) {
      return "";
    }
  }

  /** What a load has seen. */
  private record Seen(Load load, Figures figures, double seconds) {

    /** Whether there was something, and all of it this. */
    boolean only(Outcome outcome) {
      return figures.all() > 0 && figures.count(outcome) == figures.all();
    }

    /**
     * Whether nothing but these came. On a busy machine the server may be so late between two
     * requests that it is no longer between them.
     */
    boolean noneBut(Outcome one, Outcome other) {
      return figures.all() > 0 && figures.count(one) + figures.count(other) == figures.all();
    }

    /** Whether both came, in turn, and nothing else. */
    boolean inTurn(Outcome one, Outcome other) {
      return figures.count(one) > 0
          && Math.abs(figures.count(one) - figures.count(other)) <= KEPT.connections()
          && figures.count(one) + figures.count(other) == figures.all();
    }

    @Override
    public String toString() {
      StringBuilder text = new StringBuilder();
      for (Outcome outcome : Outcome.values()) {
        text.append(outcome).append(' ').append(figures.count(outcome)).append(", ");
      }
      load.timeline().failures().stream().limit(3).forEach(each -> text.append(each.ending()));
      return text + " reopened " + load.reopened() + ", unasked " + load.unasked();
    }
  }

  /**
   * Checks all; exits with 1 if something is wrong.
   *
   * @param args none
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    LoadSelfCheck check = new LoadSelfCheck();
    check.wellAnswered();
    check.notAnswered();
    check.wronglyAnswered();
    check.closedBetweenRequests();
    check.closedAtTheSameMoment();
    check.late();
    check.windows();
    check.transfers();
    check.wrong.forEach(System.out::println);
    System.out.printf("%d checks, %d wrong%n", check.checks, check.wrong.size());
    System.exit(check.wrong.isEmpty() ? 0 : 1);
  }

  private void wellAnswered() throws IOException, InterruptedException {
    Behaviour good = inTurn(LoadSelfCheck::well);
    load("all is well", good, BOTH, seen -> seen.only(Outcome.OK) && seen.load().reopened() == 0);
    load(
        "the rate is kept",
        good,
        BOTH,
        seen -> Math.abs(seen.figures().all() / seen.seconds() / BOTH.rate() - 1) < 0.1);
    load(
        "in small pieces",
        inTurn(peer -> {
          peer.request();
          for (char each : "HTTP/1.1 200 \r\ncontent-LENGTH:2\r\n\r\nok".toCharArray()) {
            peer.write(String.valueOf(each));
          }
        }),
        BOTH,
        seen -> seen.only(Outcome.OK));
  }

  private void notAnswered() throws IOException, InterruptedException {
    Behaviour resets =
        peer -> {
          peer.request();
          peer.resetAtClose();
        };
    load("reset", resets, FRESH, seen -> seen.only(Outcome.RESET));
    Behaviour resetsLate =
        peer -> {
          peer.request();
          peer.write("HTTP/1.1 200 OK\r\n");
          await(Duration.ofMillis(5)); // until that was read: a reset discards what was not
          peer.resetAtClose();
        };
    load("reset within an answer", resetsLate, KEPT, seen -> seen.only(Outcome.RESET));
    Behaviour cuts =
        peer -> {
          peer.request();
          peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
        };
    load("cut off within a body", cuts, BOTH, seen -> seen.only(Outcome.CUT_OFF));
    Behaviour cutsHead =
        peer -> {
          peer.request();
          peer.write("HTTP/1.1 200 OK\r\nContent-Len");
        };
    load("cut off within a head", cutsHead, BOTH, seen -> seen.only(Outcome.CUT_OFF));
    load("cut off before an answer", Peer::request, BOTH, seen -> seen.only(Outcome.CUT_OFF));
    Behaviour takesTheSecond =
        peer -> {
          well(peer);
          peer.request();
        };
    load(
        "a request that was read on a reused connection is no race",
        takesTheSecond,
        KEPT,
        seen -> seen.inTurn(Outcome.OK, Outcome.CUT_OFF));
    InetSocketAddress nobody;
    try (FaultServer server = new FaultServer(Peer::request)) {
      nobody = server.address();
    }
    load("refused", nobody, BOTH, seen -> seen.only(Outcome.REFUSED));
  }

  private void wronglyAnswered() throws IOException, InterruptedException {
    load(
        "wrong status",
        inTurn(peer -> {
          peer.request();
          peer.answer(503, "", "ok");
        }),
        BOTH,
        seen -> seen.only(Outcome.WRONG_STATUS) && seen.load().reopened() == 0);
    load(
        "wrong body",
        inTurn(peer -> {
          peer.request();
          peer.answer(200, "", "oh");
        }),
        BOTH,
        seen -> seen.only(Outcome.WRONG_BODY));
    for (String malformed :
        List.of(
            "no\r\n\r\n",
            "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/1.1 200 OK\r\n\r\nok",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok!",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            "x".repeat(10_000))) {
      Behaviour behaviour =
          inTurn(peer -> {
            peer.request();
            peer.write(malformed);
          });
      load("malformed: " + malformed, behaviour, BOTH, seen -> seen.only(Outcome.MALFORMED));
    }
    load(
        "what nobody asked for",
        peer -> {
          well(peer);
          await(Duration.ofMillis(5));
          peer.write("x");
          peer.request();
        },
        SELDOM,
        seen -> seen.noneBut(Outcome.OK, Outcome.CUT_OFF) && seen.load().unasked() > 0);
  }

  private void closedBetweenRequests() throws IOException, InterruptedException {
    load(
        "closed with a word",
        peer -> {
          peer.request();
          peer.answer(200, "Connection: close\r\n", "ok");
        },
        BOTH,
        seen -> seen.only(Outcome.OK));
    load(
        "closed without a word",
        LoadSelfCheck::well,
        SELDOM,
        seen -> seen.noneBut(Outcome.OK, Outcome.RACED) && seen.load().reopened() > 0);
    load(
        "reset without a word",
        peer -> {
          well(peer);
          await(Duration.ofMillis(5)); // until that was read: a reset discards what was not
          peer.resetAtClose();
        },
        SELDOM,
        seen -> seen.noneBut(Outcome.OK, Outcome.RACED) && seen.load().reopened() > 0);
  }

  private void closedAtTheSameMoment() throws IOException, InterruptedException {
    load(
        "closed with a request unread",
        peer -> {
          well(peer);
          peer.unreadRequest();
        },
        KEPT,
        seen -> seen.inTurn(Outcome.OK, Outcome.RACED));
    load(
        "the same on a fresh connection is cut off",
        Peer::unreadRequest,
        FRESH,
        seen -> seen.only(Outcome.CUT_OFF));
    check(
        "closed just before a request: raced", writeOntoAClosedConnection(), Outcome.RACED::equals);
  }

  /** The load looks before it writes; this does not. */
  private static Outcome writeOntoAClosedConnection() throws IOException, InterruptedException {
    Semaphore closed = new Semaphore(0);
    Behaviour behaviour =
        peer -> {
          well(peer);
          peer.socket().close();
          closed.release();
        };
    try (FaultServer server = new FaultServer(behaviour);
        Selector selector = Selector.open()) {
      Request request = new Asking("ok").request(0, Kind.KEPT);
      Connection connection = Connection.open(Kind.KEPT, server.address(), selector);
      Outcome first = exchange(connection, request, selector);
      connection.release();
      closed.acquire();
      Outcome second = exchange(connection, request, selector);
      connection.close();
      return first == Outcome.OK ? second : first;
    }
  }

  private static Outcome exchange(Connection connection, Request request, Selector selector)
      throws IOException {
    Optional<Ending> ending = connection.send(request, System.nanoTime());
    while (ending.isEmpty()) {
      selector.select();
      for (SelectionKey key : selector.selectedKeys()) {
        ending = ((Connection) key.attachment()).proceed();
      }
      selector.selectedKeys().clear();
    }
    Ending ended = ending.get();
    return ended == Connection.UNDECIDED
        ? connection.decided(SocketTable.read()).outcome()
        : ended.outcome();
  }

  private void late() throws IOException, InterruptedException {
    Behaviour silent =
        peer -> {
          peer.request();
          peer.request();
        };
    load(
        "timed out",
        silent,
        new Load.Shape(100, 2, 1, SHORT),
        seen -> seen.only(Outcome.TIMED_OUT));
    load(
        "timed out before a connection was free",
        silent,
        new Load.Shape(100, 2, 0, SHORT),
        seen ->
            seen.only(Outcome.TIMED_OUT)
                && seen.load().timeline().failures().stream()
                    .anyMatch(each -> each.ending().evidence().contains("free")));
    Semaphore stall = new Semaphore(1);
    load(
        "a stall of 250 ms is seen by all who were due in it",
        inTurn(peer -> {
          peer.request();
          if (stall.tryAcquire()) {
            await(Duration.ofMillis(250));
          }
          peer.answer(200, "", "ok");
        }),
        new Load.Shape(100, 1, 0, LIMIT),
        seen -> seen.only(Outcome.OK) && seen.figures().percentile(75) > 100);
  }

  private void windows() {
    Timeline timeline = new Timeline();
    long warmUp = System.nanoTime();
    timeline.mark(Phase.BEFORE, 0);
    long before = System.nanoTime();
    timeline.mark(Phase.DURING, 1);
    long during = System.nanoTime();
    timeline.mark(Phase.AFTER, 1);
    long after = System.nanoTime();
    timeline.record(Kind.KEPT, Ending.OK, warmUp, before);
    timeline.record(Kind.KEPT, Ending.OK, before, before);
    timeline.record(Kind.KEPT, Ending.OK, before, during);
    timeline.record(Kind.KEPT, Ending.OK, before, after);
    timeline.record(Kind.KEPT, Ending.OK, during, during);
    timeline.record(Kind.KEPT, Ending.OK, during, after);
    timeline.record(Kind.KEPT, Ending.OK, after, after);
    List<Long> counts =
        Arrays.stream(Phase.values())
            .map(phase -> timeline.figures(phase, Kind.KEPT).all())
            .toList();
    check("whoever an upgrade touched counts there", counts, List.of(1L, 1L, 4L, 1L)::equals);
  }

  private void transfers() throws IOException, InterruptedException {
    check("transfers are there", verified(false, 0), "ok"::equals);
    check("a transfer that is lost", verified(true, 0), text -> text.contains("is lost"));
    check("a transfer that is there twice", verified(false, 1), text -> text.contains("found"));
  }

  /** A wallet that has taken in one transfer, and may forget it or count more. */
  private static String verified(boolean forgets, int more) throws IOException {
    Set<String> made = ConcurrentHashMap.newKeySet();
    Behaviour wallet =
        inTurn(peer -> {
          String request = peer.request();
          String[] parts = request.split(" ");
          if (parts[0].equals("POST")) {
            boolean isNew = made.add(parts[2]) || forgets;
            peer.answer(isNew ? 201 : 200, "", parts[2] + "\n");
          } else if (parts[1].equals("/audit")) {
            long sum = 16 * 1_000_000_000L;
            long count = made.stream().filter(each -> each.contains("\"id\"")).count() + more;
            peer.answer(200, "", "{\"transfers\":%d,\"sum\":%d}%n".formatted(count, sum));
          } else {
            String account = parts[1].substring("/accounts/".length());
            long balance = 1_000_000_000L;
            balance += account.equals("account1") ? 1 : account.equals("account0") ? -1 : 0;
            peer.answer(
                200, "", "{\"account\":\"%s\",\"balance\":%d}%n".formatted(account, balance));
          }
        });
    try (FaultServer server = new FaultServer(wallet)) {
      Transfers transfers = new Transfers();
      transfers.prepare(server.address());
      try (Client client = new Client(server.address())) {
        String sent =
            new String(transfers.request(0, Kind.KEPT).bytes(), StandardCharsets.US_ASCII);
        client.expect("POST", "/transfers", sent.substring(sent.indexOf('{')), 201);
      }
      transfers.ended(0, Outcome.OK);
      transfers.verify(server.address());
      return "ok";
    } catch (LostException e) {
      return e.getMessage();
    }
  }

  private static Behaviour inTurn(Behaviour each) {
    return peer -> {
      while (!peer.socket().isClosed()) {
        each.serve(peer);
      }
    };
  }

  private static void well(Peer peer) throws IOException {
    peer.request();
    peer.answer(200, "", "ok");
  }

  private static void await(Duration time) throws InterruptedException {
    Thread.sleep(time);
  }

  private void load(String what, Behaviour behaviour, Load.Shape shape, Predicate<Seen> expected)
      throws IOException, InterruptedException {
    try (FaultServer server = new FaultServer(behaviour)) {
      load(what, server.address(), shape, expected);
    }
  }

  private void load(
      String what, InetSocketAddress server, Load.Shape shape, Predicate<Seen> expected)
      throws IOException, InterruptedException {
    try (Load load = Load.start(server, shape, new Asking("ok"))) {
      long begin = System.nanoTime();
      Thread.sleep(RUN);
      double seconds = (System.nanoTime() - begin) / 1e9;
      load.stop();
      Figures all = new Figures();
      for (Kind kind : Kind.values()) {
        all.add(load.timeline().figures(Phase.WARM_UP, kind));
      }
      check(what, new Seen(load, all, seconds), expected);
    }
  }

  private <T> void check(String what, T seen, Predicate<T> expected) {
    checks++;
    if (!expected.test(seen)) {
      wrong.add("WRONG: " + what.strip() + ": " + seen);
    }
  }
}
