package dev.srun.telemetry;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.Compressor;
import io.opentelemetry.sdk.common.export.HttpResponse;
import io.opentelemetry.sdk.common.export.HttpSender;
import io.opentelemetry.sdk.common.export.HttpSenderConfig;
import io.opentelemetry.sdk.common.export.HttpSenderProvider;
import io.opentelemetry.sdk.common.export.MessageWriter;
import io.opentelemetry.sdk.common.export.RetryPolicy;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The way out to a collector, over the HTTP client of the JDK. The SDK's own senders hold up its
 * shutdown until what they have begun is over; here that can be cut short.
 *
 * <p>A request is made on the thread that exports, which is one of the SDK's and waits for it
 * anyway.
 */
final class Outlet implements HttpSenderProvider {

  /** What OTLP says is worth another attempt. */
  private static final Set<Integer> PASSING = Set.of(429, 502, 503, 504);

  private final List<Sender> senders = new CopyOnWriteArrayList<>();
  private final CountDownLatch hurried = new CountDownLatch(1);
  private volatile boolean closed;

  @Override
  public HttpSender createSender(HttpSenderConfig config) {
    Sender sender = new Sender(config);
    senders.add(sender);
    return sender;
  }

  /** From here on nothing is attempted twice. */
  void hurry() {
    hurried.countDown();
  }

  /** Breaks off what is being sent, and sends no more. */
  void close() {
    closed = true;
    hurry();
    for (Sender sender : senders) {
      sender.shutdown();
    }
  }

  /** What the exporters look at of an answer. */
  private record Answer(int status) implements HttpResponse {
    @Override
    public int getStatusCode() {
      return status;
    }

    @Override
    public String getStatusMessage() {
      return "HTTP " + status;
    }

    @Override
    public byte[] getResponseBody() {
      return new byte[0];
    }
  }

  /** What one exporter sends through. */
  private final class Sender implements HttpSender {
    private final HttpSenderConfig config;
    private final HttpClient client;

    Sender(HttpSenderConfig config) {
      this.config = config;
      HttpClient.Builder builder =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .connectTimeout(config.getConnectTimeout());
      if (config.getSslContext() != null) {
        builder.sslContext(config.getSslContext());
      }
      if (config.getProxyOptions() != null) {
        builder.proxy(config.getProxyOptions().getProxySelector());
      }
      this.client = builder.build();
    }

    @Override
    public void send(
        MessageWriter message, Consumer<HttpResponse> onResponse, Consumer<Throwable> onError) {
      HttpResponse answer;
      try {
        answer = post(body(message));
      } catch (IOException | RuntimeException e) {
        onError.accept(e);
        return;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        onError.accept(e);
        return;
      }
      onResponse.accept(answer);
    }

    private byte[] body(MessageWriter message) throws IOException {
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      Compressor compressor = config.getCompressor();
      if (compressor == null) {
        message.writeMessage(body);
      } else {
        try (OutputStream compressed = compressor.compress(body)) {
          message.writeMessage(compressed);
        }
      }
      return body.toByteArray();
    }

    private HttpRequest request(byte[] body) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(config.getEndpoint()).POST(BodyPublishers.ofByteArray(body));
      Map<String, List<String>> headers = config.getHeadersSupplier().get();
      if (headers != null) {
        headers.forEach((name, values) -> values.forEach(value -> request.header(name, value)));
      }
      request.header("Content-Type", config.getContentType());
      if (config.getCompressor() != null) {
        request.header("Content-Encoding", config.getCompressor().getEncoding());
      }
      return request.build();
    }

    /** Attempts it until the policy or the time is used up, or somebody is in a hurry. */
    private HttpResponse post(byte[] body) throws IOException, InterruptedException {
      HttpRequest request = request(body);
      RetryPolicy policy = config.getRetryPolicy();
      int most = policy == null ? 1 : policy.getMaxAttempts();
      long end = System.nanoTime() + config.getTimeout().toNanos();
      Duration pause = policy == null ? Duration.ZERO : policy.getInitialBackoff();
      for (int attempt = 1; ; attempt++) {
        IOException failure = null;
        HttpResponse answer = null;
        try {
          answer = attempt(request, end - System.nanoTime());
        } catch (IOException e) {
          failure = e;
        }
        if (answer != null && !PASSING.contains(answer.getStatusCode())) {
          return answer;
        }
        long left = end - System.nanoTime();
        boolean last = attempt >= most || left <= pause.toNanos();
        if (last || hurried.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
          if (answer == null) {
            throw new IOException(text(failure), failure);
          }
          return answer;
        }
        pause = longer(pause, policy);
      }
    }

    private HttpResponse attempt(HttpRequest request, long nanos)
        throws IOException, InterruptedException {
      if (closed) {
        throw new IOException("the program ends");
      }
      CompletableFuture<java.net.http.HttpResponse<Void>> answer =
          client.sendAsync(request, BodyHandlers.discarding());
      try {
        return new Answer(answer.get(nanos, TimeUnit.NANOSECONDS).statusCode());
      } catch (TimeoutException e) {
        throw new HttpTimeoutException(
            "no answer within " + config.getTimeout().toMillis() + " ms");
      } catch (ExecutionException e) {
        throw closed
            ? new IOException("no answer when the program ended")
            : new IOException(text(e.getCause()), e.getCause());
      } finally {
        answer.cancel(true);
      }
    }

    /** The JDK's client leaves it to the class to say what it was. */
    private String text(@Nullable Throwable error) {
      if (error == null) {
        return "";
      }
      String message = error.getMessage();
      String kind = error.getClass().getSimpleName();
      return message == null ? kind + ": " + config.getEndpoint() : message;
    }

    @Override
    public CompletableResultCode shutdown() {
      client.shutdownNow();
      return CompletableResultCode.ofSuccess();
    }
  }

  private static Duration longer(Duration pause, @Nullable RetryPolicy policy) {
    if (policy == null) {
      return pause;
    }
    Duration next = Duration.ofNanos((long) (pause.toNanos() * policy.getBackoffMultiplier()));
    return next.compareTo(policy.getMaxBackoff()) > 0 ? policy.getMaxBackoff() : next;
  }
}
