package dev.srun.examples.wallet;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.io.JsonStringEncoder;
import tools.jackson.core.json.JsonFactory;

/**
 * A real browser without a window, with one page, driven by the protocol of its developer tools.
 * One command at a time.
 */
final class Browser implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Pattern LISTENS = Pattern.compile("DevTools listening on ws://([^/]+)/");
  private static final Pattern PAGE =
      Pattern.compile("\"webSocketDebuggerUrl\":\\s*\"(ws://[^\"]+/page/[^\"]+)\"");
  private static final JsonFactory JSON = new JsonFactory();

  private final Process process;
  private final Path pictures;
  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
  private final List<String> complaints = new CopyOnWriteArrayList<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final WebSocket line;
  private int commands;

  private Browser(Process process, Path pictures) throws Exception {
    this.process = process;
    this.pictures = pictures;
    HttpClient client = HttpClient.newHttpClient();
    String where = address(process);
    String pages =
        client
            .send(
                HttpRequest.newBuilder(URI.create("http://" + where + "/json/list")).build(),
                BodyHandlers.ofString())
            .body();
    Matcher page = PAGE.matcher(pages);
    if (!page.find()) {
      throw new AssertionError("the browser has no page: " + pages);
    }
    line =
        client
            .newWebSocketBuilder()
            .buildAsync(URI.create(page.group(1)), new Listener())
            .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
      command(domain + ".enable", "{}");
    }
  }

  /** Debian's, or another of its kind; without one, no test. */
  static Browser start(Path directory, Path pictures) throws Exception {
    Path program =
        Stream.of("chromium", "chromium-headless-shell", "chromium-browser", "google-chrome")
            .flatMap(name ->
                Stream.of(System.getenv("PATH").split(":", -1)).map(at -> Path.of(at, name)))
            .filter(Files::isExecutable)
            .findFirst()
            .orElse(null);
    assumeTrue(program != null, "not tested: there is no chromium here (Debian has one)");
    Files.createDirectories(pictures);
    Process process =
        new ProcessBuilder(
                String.valueOf(program),
                "--headless",
                "--no-sandbox", // which is not to be had as root; it sees pages of our own only
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--remote-debugging-port=0",
                "--user-data-dir=" + directory,
                "about:blank")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      return new Browser(process, pictures);
    } catch (Exception | Error e) {
      end(process);
      throw e;
    }
  }

  private static String address(Process process) throws Exception {
    CompletableFuture<String> address = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try (BufferedReader stderr = process.errorReader()) {
            for (String line = stderr.readLine(); line != null; line = stderr.readLine()) {
              Matcher listens = LISTENS.matcher(line);
              if (listens.find()) {
                address.complete(listens.group(1));
              }
            }
          } catch (IOException e) {
            address.completeExceptionally(e);
          }
        });
    return address.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  /** Tells answers from what it was not asked for. */
  private final class Listener implements WebSocket.Listener {
    private final StringBuilder message = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean isLast) {
      message.append(part);
      if (isLast) {
        take(message.toString());
        message.setLength(0);
      }
      socket.request(1);
      return CompletableFuture.completedStage(null);
    }

    private void take(String text) {
      if (text.startsWith("{\"id\":")) {
        answers.add(text);
      } else if (text.contains("\"Network.requestWillBeSent\"")) {
        requests.add(value(text, "url"));
      } else if (text.contains("\"Runtime.exceptionThrown\"")
          || text.contains("\"Log.entryAdded\"")
          || text.contains("\"Runtime.consoleAPICalled\"")) {
        complaints.add(text);
      }
    }
  }

  private String command(String method, String parameters) {
    commands++;
    line.sendText(
            "{\"id\":%d,\"method\":\"%s\",\"params\":%s}".formatted(commands, method, parameters),
            true)
        .join();
    try {
      String answer = answers.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      assertFalse(answer == null, () -> method + ": no answer");
      assertEquals(
          -1,
          Math.max(answer.indexOf("\"error\":"), answer.indexOf("\"exceptionDetails\":")),
          answer);
      return answer;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** The first text of that name. */
  private static String value(String json, String name) {
    try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token == JsonToken.PROPERTY_NAME && parser.currentName().equals(name)) {
          if (parser.nextToken() == JsonToken.VALUE_STRING) {
            return parser.getString();
          }
        }
      }
    }
    throw new AssertionError("no " + name + " in " + json);
  }

  private static String quoted(String text) {
    return '"' + new String(JsonStringEncoder.getInstance().quoteAsCharArray(text)) + '"';
  }

  void open(URI page) {
    command("Page.navigate", "{\"url\":" + quoted(page.toString()) + "}");
    await().atMost(PATIENCE).until(() -> evaluate("document.readyState").equals("complete"));
  }

  /** What an expression is, as text. */
  String evaluate(String expression) {
    String answer =
        command(
            "Runtime.evaluate", "{\"expression\":" + quoted("String(" + expression + ")") + "}");
    return value(answer, "value");
  }

  /** The text of the first element that a selector finds; empty if there is none. */
  String text(String selector) {
    return evaluate(
        "(document.querySelector(%s)||{textContent:''}).textContent".formatted(quoted(selector)));
  }

  /** Waits until the element says that. */
  void awaitText(String selector, String part) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          String text = text(selector);
          assertFalse(
              !text.contains(part), () -> "no '%s' in %s: '%s'".formatted(part, selector, text));
        });
  }

  void look(int width, int height, boolean dark) {
    command(
        "Emulation.setDeviceMetricsOverride",
        "{\"width\":%d,\"height\":%d,\"deviceScaleFactor\":1,\"mobile\":false}"
            .formatted(width, height));
    command(
        "Emulation.setEmulatedMedia",
        "{\"features\":[{\"name\":\"prefers-color-scheme\",\"value\":\"%s\"}]}"
            .formatted(dark ? "dark" : "light"));
  }

  void allowScripts(boolean are) {
    command("Emulation.setScriptExecutionDisabled", "{\"value\":" + !are + "}");
  }

  /** Keeps a picture of what is seen, for people. */
  void picture(String name) throws IOException {
    String answer = command("Page.captureScreenshot", "{\"format\":\"png\"}");
    Files.write(
        pictures.resolve(name.toLowerCase(Locale.ROOT) + ".png"),
        Base64.getDecoder().decode(value(answer, "data")));
  }

  /** What the browser has complained of, but for servers that are gone. */
  List<String> complaints() {
    return complaints.stream().filter(one -> !one.contains("net::ERR_")).toList();
  }

  /** The addresses that were asked. */
  List<String> requests() {
    return List.copyOf(requests);
  }

  private static void end(Process process) {
    List<ProcessHandle> all =
        Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
    all.forEach(ProcessHandle::destroyForcibly);
    all.forEach(each -> each.onExit().orTimeout(10, TimeUnit.SECONDS).join());
  }

  @Override
  public void close() {
    line.abort();
    end(process);
  }
}
