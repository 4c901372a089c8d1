package dev.srun.process;

import dev.srun.Context;
import dev.srun.Service;
import dev.srun.Work;
import dev.srun.http.HttpListener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** A service without a stop that has something in flight when the program stops. */
final class Unfinished implements Service {
  static final String NAME = "unfinished";

  /** How long what is in flight goes on when the stop has begun. */
  static final Duration TAKES = Duration.ofMillis(100);

  private static final String LISTENS = NAME + " listens on port ";

  static final String WORK_IS_DONE = NAME + " finished its work";

  private final CountDownLatch asked = new CountDownLatch(1);

  /** Where a program listens that has such a service. */
  static InetSocketAddress listener(ProgramUnderTest program) throws InterruptedException {
    program.awaitLine(LISTENS);
    String line =
        program.stdout().stream()
            .filter(each -> each.startsWith(LISTENS))
            .findFirst()
            .orElseThrow();
    int port = Integer.parseInt(line.substring(LISTENS.length()));
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** Counted work that a loop does not begin anew. */
  @SuppressWarnings("try") // the work is what goes on inside
  static void work(Context ctx) throws InterruptedException {
    try (Work work = ctx.work()) {
      ctx.ready();
      while (!ctx.isStopping()) {
        Thread.sleep(Duration.ofMillis(5));
      }
      Thread.sleep(TAKES);
      System.out.println(WORK_IS_DONE);
    }
  }

  /** Is ready when its one request is in flight, so that all that follows has that beside it. */
  @Override
  public void run(Context ctx) throws IOException, InterruptedException {
    HttpListener http = ctx.http(NAME, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    http.handle(
        "/",
        exchange -> {
          asked.countDown();
          while (!HttpListener.isLast(exchange)) {
            Thread.sleep(Duration.ofMillis(5));
          }
          Thread.sleep(TAKES);
          HttpListener.respond(exchange, 200, "text/plain", "done");
        });
    http.open();
    System.out.println(LISTENS + http.address().getPort());
    asked.await();
    ctx.ready();
  }
}
