package dev.srun.examples.wallet;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the page of the admin server shows of the wallet in each of its states, in a browser. */
@Tag("slow")
@Timeout(180)
final class PageInBrowserTest {
  private static final Path PICTURES = Path.of("target", "screenshots");
  private static final Pattern PID = Pattern.compile("pid (\\d+)");

  @TempDir Path directory;

  private final Map<String, String> environment =
      new HashMap<>(
          Map.of(
              "WALLET_ADDRESS", "127.0.0.1:0",
              "SRUN_HEALTH_INTERVAL", "500ms",
              "SRUN_HEALTH_TIMEOUT", "1s",
              "SRUN_UPGRADE", "on",
              "SRUN_UPGRADE_SLOW_START", "1s",
              "SRUN_UPGRADE_PROBATION", "2s",
              "SRUN_WARM_UP", "off",
              "SRUN_ADMIN_ADDRESS", "127.0.0.1:0"));

  @Test
  void thePageTellsEachStateAsItIsAndKeepsTheLastPicture() throws Exception {
    try (BreakablePostgres postgres = new BreakablePostgres(directory.resolve("postgres"));
        Browser browser = Browser.start(directory.resolve("browser"), PICTURES)) {
      environment.put("DATABASE_URL", postgres.url());
      browser.look(1100, 1250, false);
      URI page;
      postgres.freeze();
      try (WalletProcess wallet = WalletProcess.start(environment)) {
        page = wallet.awaitAdmin().resolve("/");
        browser.open(page);
        starting(browser);
        postgres.thaw();
        healthy(browser);
        postgres.freeze();
        unhealthy(browser);
        postgres.thaw();
        browser.awaitText(".state", "HEALTHY ready");
        if (canBeUpgraded()) {
          upgraded(browser, wallet);
        } else {
          wallet.upgrade();
          browser.awaitText("pre", "upgrade refused: ");
        }
        connectionLost(browser);
      }
      environment.put("SRUN_ADMIN_ADDRESS", page.getAuthority());
      try (WalletProcess wallet = WalletProcess.start(environment)) {
        stopped(browser, wallet);
      }
      assertEquals(List.of(), browser.complaints());
      assertEquals(
          List.of(), browser.requests().stream().filter(url -> !isOwn(url, page)).toList());
    }
  }

  private static boolean isOwn(String url, URI page) {
    return url.startsWith(page.toString()) || url.startsWith("data:") || url.equals("about:blank");
  }

  private static void starting(Browser browser) throws IOException {
    browser.awaitText(".trouble.quiet", "Starting");
    browser.awaitText(".trouble.quiet", "database INITIATING");
    browser.awaitText("main", "init for "); // the bar of what goes on
    browser.picture("starting");
  }

  private static void healthy(Browser browser) throws IOException {
    browser.awaitText(".state", "HEALTHY ready");
    browser.awaitText("#live", "live");
    assertEquals("", browser.text(".trouble"));
    assertTrue(browser.evaluate("document.title").startsWith("● wallet"));
    browser.picture("healthy");

    String place = "document.querySelector('table').getBoundingClientRect().top";
    String top = browser.evaluate(place);
    browser.evaluate(
        "document.querySelector('.tools a[href=\"/metrics\"]').focus({preventScroll:1})");
    String checked = browser.text("td[data-label=Checked] time");
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> !browser.text("td[data-label=Checked] time").equals(checked));
    assertEquals(top, browser.evaluate(place), "nothing moves");
    assertEquals("/metrics", browser.evaluate("document.activeElement.getAttribute('href')"));
  }

  private static void unhealthy(Browser browser) throws IOException {
    browser.awaitText(".trouble.loud h2", "database is UNHEALTHY: no answer to SELECT 1");
    browser.awaitText(".trouble.loud h2", "2 services follow");
    assertTrue(
        Integer.parseInt(browser.evaluate("document.querySelectorAll('.edge.cause').length")) > 0);
    browser.picture("unhealthy");
    browser.look(390, 844, true);
    String page = "document.documentElement";
    assertEquals("true", browser.evaluate(page + ".scrollWidth <= " + page + ".clientWidth"));
    browser.picture("phone-dark");
    browser.look(1100, 1250, false);
  }

  /** JDK 21 has what it takes as a preview only. */
  private static boolean canBeUpgraded() {
    return Runtime.version().feature() > 21 || WalletProcess.previewIsOn();
  }

  private static void upgraded(Browser browser, WalletProcess wallet) throws Exception {
    wallet.upgrade();
    browser.awaitText(".state", "ready, upgrading");
    browser.awaitText("main", "its services start");
    browser.picture("upgrading");
    browser.awaitText(".facts", "generation 2");
    browser.awaitText("main", "beside pid ");
    browser.awaitText("#live", "live");
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> !browser.text(".state").contains("upgrading"));
    browser.picture("upgraded");
  }

  private static void connectionLost(Browser browser) throws IOException {
    Matcher pid = PID.matcher(browser.text(".facts"));
    assertTrue(pid.find());
    ProcessHandle second = ProcessHandle.of(Long.parseLong(pid.group(1))).orElseThrow();
    second.destroyForcibly();
    second.onExit().orTimeout(10, TimeUnit.SECONDS).join();
    browser.awaitText("#live.lost", "Connection lost at ");
    browser.awaitText("table", "database");
    browser.picture("connection-lost");
  }

  /** The page comes back by itself with the next wallet, and stays when that has stopped. */
  private static void stopped(Browser browser, WalletProcess wallet) throws Exception {
    URI api = wallet.awaitApi();
    browser.awaitText("#live", "live");
    browser.awaitText(".facts", "generation 1");
    try (Socket slow = new Socket(api.getHost(), api.getPort())) {
      slow.getOutputStream()
          .write(
              "POST /transfers HTTP/1.1\r\nHost: wallet\r\nContent-Length: 100\r\n\r\n{"
                  .getBytes(StandardCharsets.US_ASCII));
      browser.awaitText(".state", "HEALTHY ready");
      wallet.terminate();
      browser.awaitText(".trouble.quiet", "Stopping: signal TERM");
      browser.awaitText(".trouble.quiet", "waiting for wallet-api");
      browser.awaitText("main", "wallet-api: stop for ");
      browser.picture("draining");
    }
    browser.awaitText("#live.ended", "The program has stopped at ");
    browser.awaitText("table", "STOPPED");
    browser.picture("stopped");
    assertEquals(0, wallet.awaitExit(), wallet::log);
  }
}
