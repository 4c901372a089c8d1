package dev.srun.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.srun.process.ListenerUnderTest.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Probes an admin server as the kubelet of Kubernetes does, only more often, and keeps a journal of
 * what it would do: the startup probe until it succeeds, from then on the liveness and the
 * readiness probe side by side, each probe on a connection of its own. What does not answer in time
 * has failed, and so has whatever is not 200 to 399; a verdict changes after so many of the same in
 * a row. A program that it would restart is not asked any more whether it is live.
 */
final class Kubelet implements AutoCloseable {

  /** 10 s in a cluster. */
  private static final Duration PERIOD = Duration.ofMillis(100);

  private static final Duration TIMEOUT = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int SUCCESS_THRESHOLD = 1;

  /** What one probe has led to. */
  private enum Verdict {
    NONE,
    SUCCESS,
    FAILURE
  }

  private final ListenerUnderTest admin;
  private final List<String> journal = new CopyOnWriteArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);

  private Kubelet(ListenerUnderTest admin) {
    this.admin = admin;
  }

  /** Begins to probe. */
  static Kubelet of(ListenerUnderTest admin) {
    Kubelet kubelet = new Kubelet(admin);
    kubelet.begin(kubelet.new Startup());
    return kubelet;
  }

  private void begin(Probe probe) {
    Thread.ofPlatform().name("kubelet").daemon().start(probe::goOn);
  }

  /** Enters what somebody else has seen. */
  void note(String seen) {
    journal.add(seen);
  }

  /** Waits until the journal is this; how long something took reads "for a while" there. */
  void awaitJournal(String... expected) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertEquals(String.join("\n", expected), String.join("\n", journal)));
  }

  /** Probes no more. */
  @Override
  public void close() {
    closed.countDown();
  }

  /** One kind of probe. */
  private abstract class Probe {
    private final String path;
    private final int failureThreshold;
    private Verdict verdict;
    private Verdict latest = Verdict.NONE;
    private int inARow;
    private boolean over;

    Probe(String path, int failureThreshold, Verdict initial) {
      this.path = path;
      this.failureThreshold = failureThreshold;
      this.verdict = initial;
    }

    abstract void succeeded(String answer);

    abstract void failed(String answer);

    /** Asks no more. */
    void end() {
      over = true;
    }

    final void goOn() {
      try {
        do {
          probe();
        } while (!over && !closed.await(PERIOD.toMillis(), TimeUnit.MILLISECONDS));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private void probe() {
      boolean success = false;
      String said;
      try {
        Answer answer = admin.get(path, TIMEOUT);
        success = answer.status() >= 200 && answer.status() < 400;
        said = answer.toString().replaceAll("for [0-9.]+[a-zµ]+", "for a while");
      } catch (IOException e) {
        said = String.valueOf(e.getMessage());
      }
      judge(success ? Verdict.SUCCESS : Verdict.FAILURE, said);
    }

    private void judge(Verdict now, String said) {
      inARow = now == latest ? inARow + 1 : 1;
      latest = now;
      int threshold = now == Verdict.SUCCESS ? SUCCESS_THRESHOLD : failureThreshold;
      if (inARow < threshold || now == verdict) {
        return;
      }
      verdict = now;
      if (now == Verdict.SUCCESS) {
        succeeded(said);
      } else {
        failed(said);
      }
    }
  }

  private final class Startup extends Probe {
    Startup() {
      super("/livez", 300, Verdict.NONE);
    }

    @Override
    void succeeded(String answer) {
      journal.add("started: " + answer);
      end();
      begin(new Liveness());
      begin(new Readiness());
    }

    @Override
    void failed(String answer) {
      journal.add("would restart: " + answer);
      end();
    }
  }

  private final class Liveness extends Probe {
    Liveness() {
      super("/livez", 3, Verdict.SUCCESS);
    }

    @Override
    void succeeded(String answer) {}

    @Override
    void failed(String answer) {
      journal.add("would restart: " + answer);
      end();
    }
  }

  private final class Readiness extends Probe {
    Readiness() {
      super("/ready", 3, Verdict.NONE);
    }

    @Override
    void succeeded(String answer) {
      journal.add("ready: " + answer);
    }

    @Override
    void failed(String answer) {
      journal.add("not ready: " + answer);
    }
  }
}
