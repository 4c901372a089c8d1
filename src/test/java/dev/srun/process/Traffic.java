package dev.srun.process;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** Clients that ask a program all the time, and note what they are told. */
final class Traffic implements AutoCloseable {

  /** What one asks, on a connection of its own or not. */
  interface Client {

    /** Asks once and returns the answer. */
    String ask() throws IOException;
  }

  private final CountDownLatch over = new CountDownLatch(1);
  private final List<Thread> clients = new ArrayList<>();
  private final Map<String, LongAdder> answers = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<IOException> failures = new ConcurrentLinkedQueue<>();
  private Duration pause = Duration.ofMillis(2);

  /** The clients that come from here on wait so long after each answer: 2 ms otherwise. */
  Traffic pausing(Duration time) {
    pause = time;
    return this;
  }

  /** Has one more client ask all the time. */
  Traffic with(Client client) {
    Duration its = pause;
    clients.add(Thread.ofPlatform().daemon().start(() -> ask(client, its)));
    return this;
  }

  /** Has one ask on a connection that it keeps as long as the server does. */
  Traffic keptAlive(ListenerUnderTest listener, String path) {
    return with(new KeptAlive(listener, path));
  }

  private void ask(Client client, Duration pause) {
    try {
      while (!over.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
        try {
          answers.computeIfAbsent(client.ask(), answer -> new LongAdder()).increment();
        } catch (IOException e) {
          failures.add(e);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The different answers so far. */
  List<String> answers() {
    return answers.keySet().stream().sorted().toList();
  }

  /** How often there was an answer that contains the text. */
  long count(String text) {
    return answers.entrySet().stream()
        .filter(entry -> entry.getKey().contains(text))
        .mapToLong(entry -> entry.getValue().sum())
        .sum();
  }

  /** What was not answered. */
  List<IOException> failures() {
    return List.copyOf(failures);
  }

  /** Has all clients end, and waits for the last answers. */
  void end() {
    over.countDown();
    for (Thread client : clients) {
      try {
        client.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    end();
  }

  private static final class KeptAlive implements Client {
    private final ListenerUnderTest listener;
    private final String path;
    private ListenerUnderTest.Connection connection;

    KeptAlive(ListenerUnderTest listener, String path) {
      this.listener = listener;
      this.path = path;
    }

    @Override
    public String ask() throws IOException {
      ListenerUnderTest.Connection current = connection;
      if (current == null) {
        current = listener.new Connection(ListenerUnderTest.PATIENCE);
        connection = current;
      }
      try {
        ListenerUnderTest.Answer answer = current.ask("GET", path);
        if (answer.last()) {
          forget();
        }
        return answer.toString();
      } catch (IOException e) {
        forget();
        throw e;
      }
    }

    private void forget() throws IOException {
      connection.close();
      connection = null;
    }
  }
}
