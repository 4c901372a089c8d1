package dev.srun.admin;

import com.sun.net.httpserver.HttpExchange;
import dev.srun.Context;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Profiles the program for as long as a client asks for, on the client's thread. One profile is
 * made at a time; it is thrown away when the client leaves, the thread is interrupted, or the admin
 * server stops, which is last: a stop that hangs can be profiled.
 */
final class Profiler implements AutoCloseable {
  private static final int LONGEST = 300;
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final Context context;
  private final Predicate<HttpExchange> clientIsGone;
  private final ProfileTurn turn = new ProfileTurn();
  private final CountDownLatch closed = new CountDownLatch(1);

  /** What a request asks for, once it was read. */
  private record Order(int seconds, Choice choice) {}

  /** Settles what to make, before it is recorded: nobody waits to hear that a part is missing. */
  private interface Choice {
    Product with(Recorder recorder);
  }

  private record Product(Sampling sampling, Delivery delivery) {}

  private interface Delivery {
    void of(Path recording, ProfileAnswer answer) throws IOException;
  }

  private interface Reading {
    Order of(Query query) throws BadRequestException;
  }

  Profiler(Context context, Predicate<HttpExchange> clientIsGone) {
    this.context = context;
    this.clientIsGone = clientIsGone;
  }

  /** Answers with a profile of the CPU for {@code pprof}. */
  void profile(HttpExchange exchange) throws IOException {
    answer(exchange, query -> new Order(seconds(query, 30), it -> pprof(it.cpu(), "-cpu")));
  }

  /** Answers with a profile of allocations for {@code pprof}. */
  void allocs(HttpExchange exchange) throws IOException {
    answer(
        exchange,
        query -> new Order(seconds(query, 30), it -> pprof(Sampling.ALLOCATION, "-alloc")));
  }

  /** Answers with a page that draws a flame graph, of the CPU or of allocations. */
  void flamegraph(HttpExchange exchange) throws IOException {
    answer(
        exchange,
        query -> {
          boolean cpu = query.oneOf("event", List.of("cpu", "alloc")).equals("cpu");
          return new Order(
              seconds(query, 10), it -> flameGraph(cpu ? it.cpu() : Sampling.ALLOCATION));
        });
  }

  /** Answers with a whole recording for JDK Mission Control. */
  void jfr(HttpExchange exchange) throws IOException {
    answer(
        exchange,
        query ->
            new Order(
                seconds(query, 30),
                it ->
                    new Product(
                        Sampling.EVERYTHING, (file, answer) -> answer.download(file, ".jfr"))));
  }

  private static int seconds(Query query, int other) throws BadRequestException {
    return query.number("seconds", other, 1, LONGEST);
  }

  private static Product pprof(Sampling sampling, String what) {
    Conversion conversion = new Conversion(sampling);
    return new Product(
        sampling,
        (recording, answer) -> answer.download(conversion.pprof(recording), what + ".pb.gz"));
  }

  private static Product flameGraph(Sampling sampling) {
    Conversion conversion = new Conversion(sampling);
    String what = sampling == Sampling.ALLOCATION ? " allocations, bytes" : " CPU, samples";
    return new Product(
        sampling,
        (recording, answer) -> answer.page(conversion.flameGraph(recording, answer.name() + what)));
  }

  private void answer(HttpExchange exchange, Reading reading) throws IOException {
    try {
      Order order = reading.of(Query.of(exchange));
      ProfileTurn.Holder mine =
          ProfileTurn.Holder.of(exchange.getRequestURI().getPath(), order.seconds());
      if (takesTurn(exchange, mine)) {
        try {
          make(exchange, order, mine);
        } finally {
          turn.giveBack(mine);
        }
      }
    } catch (BadRequestException e) {
      refuse(exchange, 400, e.getMessage());
    } catch (NoProfileException e) {
      refuse(exchange, e.status(), e.getMessage());
    } catch (InterruptedException e) {
      refuse(exchange, 503, "the server closes"); // an interrupted thread could not write it
      Thread.currentThread().interrupt();
    } catch (LinkageError e) {
      refuse(exchange, 501, missing(e));
    }
  }

  private boolean takesTurn(HttpExchange exchange, ProfileTurn.Holder mine) throws IOException {
    ProfileTurn.Holder other = turn.take(mine);
    if (other == null) {
      return true;
    }
    long left = other.secondsLeft();
    exchange.getResponseHeaders().set("Retry-After", String.valueOf(left));
    refuse(
        exchange, 429, "one profile at a time: %s takes %d s more".formatted(other.path(), left));
    return false;
  }

  private void make(HttpExchange exchange, Order order, ProfileTurn.Holder mine)
      throws IOException, InterruptedException, NoProfileException {
    Recorder recorder = new Recorder();
    Product product = order.choice().with(recorder);
    try (TemporaryRecording file =
        TemporaryRecording.withRoomFor(product.sampling().neededBytes())) {
      context
          .logger()
          .log(
              Level.INFO,
              "profile for {0} s begins: {1}, asked for by {2}",
              order.seconds(),
              exchange.getRequestURI().getPath(),
              exchange.getRemoteAddress());
      ProfileAnswer answer = new ProfileAnswer(exchange, context.runner().status().program());
      recorder.record(
          product.sampling(), file.path(), () -> await(order.seconds(), exchange, file));
      turn.giveBack(mine); // whoever has read the answer may ask for the next
      product.delivery().of(file.path(), answer);
    }
  }

  private void await(int seconds, HttpExchange exchange, TemporaryRecording file)
      throws IOException, InterruptedException, NoProfileException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      if (closed.await(Math.min(left, POLL_NANOS), TimeUnit.NANOSECONDS)) {
        throw new NoProfileException(NoProfileException.NOT_NOW, "the program is stopping");
      }
      if (clientIsGone.test(exchange)) {
        throw new NoProfileException(NoProfileException.NOT_NOW, "the client is gone");
      }
      file.checkRoom();
    }
  }

  private static String missing(LinkageError e) {
    String what =
        String.valueOf(e.getMessage()).contains("jdk/jfr/")
            ? "add the module jdk.jfr to the Java runtime"
            : "add tools.profiler:jfr-converter to the class path";
    return "to profile, %s (%s)".formatted(what, e);
  }

  private static void refuse(HttpExchange exchange, int status, @Nullable String why)
      throws IOException {
    Answers.text(exchange, status, why + "\n");
  }

  /** Ends the profile that is being made, and makes no more. */
  @Override
  public void close() {
    closed.countDown();
  }
}
