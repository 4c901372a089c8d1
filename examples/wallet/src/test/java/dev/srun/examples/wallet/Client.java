package dev.srun.examples.wallet;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;

/** Somebody who uses a wallet; one for each thread. */
final class Client implements AutoCloseable {

  /** What a wallet answered, the body without its line end. */
  record Answer(int status, String body) {}

  private final HttpClient http = HttpClient.newHttpClient();
  private final URI wallet;

  Client(URI wallet) {
    this.wallet = wallet;
  }

  Answer get(String path) throws IOException, InterruptedException {
    return send(request(path).GET());
  }

  Answer get(String path, String header, String value) throws IOException, InterruptedException {
    return send(request(path).header(header, value).GET());
  }

  /** Returns when to ask again, as the answer says. */
  Optional<String> retryAfter(String path) throws IOException, InterruptedException {
    return exchange(request(path).GET()).headers().firstValue("Retry-After");
  }

  Answer post(String path, String body) throws IOException, InterruptedException {
    return send(request(path).POST(BodyPublishers.ofString(body)));
  }

  Answer open(String account, long balance) throws IOException, InterruptedException {
    return post("/accounts", "{\"account\":\"%s\",\"balance\":%d}".formatted(account, balance));
  }

  Answer transfer(String id, String from, String to, long amount)
      throws IOException, InterruptedException {
    return post(
        "/transfers",
        "{\"id\":\"%s\",\"from\":\"%s\",\"to\":\"%s\",\"amount\":%d}"
            .formatted(id, from, to, amount));
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(wallet.resolve(path)).timeout(Duration.ofSeconds(20));
  }

  private Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
    var response = exchange(request);
    return new Answer(response.statusCode(), response.body().strip());
  }

  private HttpResponse<String> exchange(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return http.send(request.build(), BodyHandlers.ofString());
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
