package dev.srun.bench.services;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.Done;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.CoordinatedShutdown;

/**
 * Pekko's CoordinatedShutdown: a phase for each service, each of which depends on the one before
 * it. Every phase has a limit; one that fails or is late is passed over. It knows no start: the
 * virtual threads of the services are simply started. The system is made before and terminated
 * after, which is not timed; the dozen phases that it brings, which are empty, are passed through
 * as well. A phase ends with the future of its task, without a thread that waits.
 */
final class PekkoShutdown implements Sequence {
  /** Pekko sorts phases by a recursion that goes as deep as they depend on each other. */
  private static final long STACK_BYTES = 512L << 20;

  private final List<Worker> workers;
  private final ActorSystem system;
  private final CoordinatedShutdown shutdown;

  PekkoShutdown(List<Worker> workers) {
    this.workers = workers;
    this.system = ActorSystem.create("bench", settings(workers.size()));
    FutureTask<CoordinatedShutdown> sorting =
        new FutureTask<>(() -> CoordinatedShutdown.get(system));
    new Thread(null, sorting, "sorting", STACK_BYTES).start();
    try {
      this.shutdown = sorting.get();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Config settings(int services) {
    Map<String, Object> phases = new LinkedHashMap<>();
    for (int i = services - 1; i >= 0; i--) {
      List<String> before = new ArrayList<>();
      if (i < services - 1) {
        before.add("s" + (i + 1));
      }
      phases.put("s" + i, Map.of("depends-on", before));
    }
    return ConfigFactory.parseMap(
            Map.of(
                "pekko.loglevel", "WARNING",
                "pekko.coordinated-shutdown.terminate-actor-system", "off",
                "pekko.coordinated-shutdown.run-by-actor-system-terminate", "off",
                "pekko.coordinated-shutdown.run-by-jvm-shutdown-hook", "off",
                "pekko.coordinated-shutdown.phases", phases))
        .withFallback(ConfigFactory.load());
  }

  @Override
  public void start() {
    for (int i = 0; i < workers.size(); i++) {
      Worker worker = workers.get(i);
      CompletableFuture<Done> over = new CompletableFuture<>();
      Thread.ofVirtual()
          .start(() -> {
            worker.run();
            over.complete(Done.done());
          });
      shutdown.addTask(
          "s" + i,
          "stop",
          () -> {
            worker.stop();
            return over;
          });
    }
  }

  @Override
  public void stop() {
    shutdown.runAll(CoordinatedShutdown.unknownReason()).toCompletableFuture().join();
  }

  @Override
  public void close() {
    system.terminate();
    system.getWhenTerminated().toCompletableFuture().orTimeout(1, TimeUnit.MINUTES).join();
  }
}
