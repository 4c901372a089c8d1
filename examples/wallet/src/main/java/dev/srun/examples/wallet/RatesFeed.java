package dev.srun.examples.wallet;

import dev.srun.Context;
import dev.srun.Service;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Exchange rates as they come: written as many consumers are, so that neither its run nor its stop
 * ever ends, whoever interrupts them. It shows what srun does then.
 */
final class RatesFeed implements Service {

  /** What one unit of a currency costs, in millionths of the wallet's own. */
  private record Rate(String currency, long millionths) {}

  private final Client client = new Client();
  private final Map<String, Rate> latest = new ConcurrentHashMap<>();

  @Override
  public void run(Context ctx) {
    ctx.ready();
    for (Rate rate = client.receive(); rate != null; rate = client.receive()) {
      latest.put(rate.currency(), rate);
    }
    client.ended();
  }

  @Override
  public void stop(Context ctx) {
    client.close();
  }

  /** A client as one finds them: an interrupt is an error to it, after which it tries again. */
  private static final class Client {
    private final BlockingQueue<Rate> received = new LinkedBlockingQueue<>();
    private final CountDownLatch ended = new CountDownLatch(1);

    Rate receive() {
      while (true) {
        try {
          return received.take();
        } catch (InterruptedException e) {
          // Try again.
        }
      }
    }

    void ended() {
      ended.countDown();
    }

    /** Waits for the last rate, which never comes. */
    void close() {
      while (true) {
        try {
          ended.await();
          return;
        } catch (InterruptedException e) {
          // Try again.
        }
      }
    }
  }
}
