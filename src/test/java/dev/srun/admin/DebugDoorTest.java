package dev.srun.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.DebugAccess;
import dev.srun.StartFailedException;
import dev.srun.http.Wire;
import dev.srun.http.Wire.Answer;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may use the debug tools. */
@Timeout(60)
final class DebugDoorTest {
  private static final String TOKEN = "correct-horse-battery";
  private static final String TOOL = "/debug/cmdline";

  @TempDir Path directory;

  private Path token(String content) throws IOException {
    return Files.writeString(directory.resolve("token"), content);
  }

  private static AdminUnderTest with(DebugAccess access) {
    return AdminUnderTest.with(access, false, app -> {});
  }

  // Loopback

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "localhost:8778", "127.0.0.1:1", "127.1.2.3", "[::1]:8778"})
  void aCallerOnTheSameMachineMayByEveryNameOfIt(String host) throws IOException {
    try (AdminUnderTest admin = with(new DebugAccess.Loopback())) {
      assertEquals(200, admin.get(TOOL, "Host: " + host).status());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example:8778",
        "10.0.0.1",
        "[::2]",
        "localhost:8778@evil.example",
        "",
      })
  void aPageThatWasReboundToThisMachineMayNot(String host) throws IOException {
    try (AdminUnderTest admin = with(new DebugAccess.Loopback())) {
      Answer answer = admin.get(TOOL, "Host: " + host);

      assertEquals(403, answer.status());
      assertTrue(answer.body().startsWith("Host is '" + host + "': expected"), answer::body);
    }
  }

  @Test
  void aRequestOfTwoHostsOrNoneMayNot() throws IOException {
    try (AdminUnderTest admin = with(new DebugAccess.Loopback())) {
      assertRefused(admin.get(TOOL, "Host: localhost", "Host: evil.example"));
      try (Wire wire = new Wire(admin.address())) {
        assertRefused(wire.request("GET", TOOL, List.of("X: y")).answer());
      }
    }
  }

  /** By the door, or before by a jdk.httpserver that is as strict. */
  private static void assertRefused(Answer answer) {
    assertTrue(Set.of(400, 403).contains(answer.status()), answer::toString);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Origin: http://evil.example",
        "Origin: null",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site",
        "Referer: http://evil.example/page",
        "Referer: http://localhost.evil.example/",
      })
  void aPageOfAnotherSiteMayNot(String header) throws IOException {
    try (AdminUnderTest admin = with(new DebugAccess.Loopback())) {
      assertEquals(403, admin.get(TOOL, header).status());
      assertEquals(403, admin.ask("PUT", "/debug/log-level?level=off", header).status());
    }
  }

  @Test
  void theAdminServersOwnPagesMay() throws IOException {
    try (AdminUnderTest admin = with(new DebugAccess.Loopback())) {
      String host = "localhost:" + admin.address().getPort();
      assertEquals(
          200,
          admin
              .get(
                  TOOL,
                  "Host: " + host,
                  "Origin: http://" + host,
                  "Referer: http://" + host + "/x",
                  "Sec-Fetch-Site: same-origin")
              .status());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Forwarded-For: 10.0.0.1",
        "X-Real-IP: 10.0.0.1",
        "X-Forwarded-Host: debug",
        "Forwarded: for=10.0.0.1",
        "Via: 1.1 proxy"
      })
  void whoComesByAProxyMayNot(String header) throws IOException {
    try (AdminUnderTest admin = with(new DebugAccess.Loopback())) {
      assertEquals(403, admin.get(TOOL, header).status());
    }
  }

  @Test
  void aCallerFromElsewhereMayNotWhateverItClaims() throws IOException {
    Optional<InetAddress> outside = anAddressOfThisMachineThatIsNotLoopback();
    org.junit.jupiter.api.Assumptions.assumeTrue(outside.isPresent(), "only loopback here");
    InetSocketAddress any = new InetSocketAddress(0);
    var options = new AdminServer.Options(any, true, new DebugAccess.Loopback(), false);
    try (var app =
        dev.srun.Srun.start(
            AdminUnderTest.CONFIG,
            it -> it.service("admin", new AdminServer(options, AdminServer.Metrics.NONE)))) {
      int port = AdminUnderTest.address(app).getPort();
      try (Wire wire = new Wire(new InetSocketAddress(outside.get(), port))) {
        Answer answer = wire.request("GET", TOOL, List.of("Host: localhost:" + port)).answer();
        assertEquals(403, answer.status());
        assertTrue(answer.body().contains("on the same machine"), answer::body);
        assertEquals(
            200, wire.request("GET", "/health", List.of("Host: anything")).answer().status());
      }
    }
  }

  private static Optional<InetAddress> anAddressOfThisMachineThatIsNotLoopback()
      throws IOException {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
        .findFirst();
  }

  // Token

  @Test
  void whoShowsTheTokenMayFromAnywhereUnderAnyName() throws IOException {
    try (AdminUnderTest admin = with(new DebugAccess.Token(token(TOKEN + "\n")))) {
      assertEquals(
          200, admin.get(TOOL, "Host: wallet.internal", "Authorization: Bearer " + TOKEN).status());
      assertEquals(200, admin.get(TOOL, "Authorization: bearer " + TOKEN).status());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Authorization: Bearer correct-horse-batterx",
        "Authorization: Bearer correct-horse-batter",
        "Authorization: Bearer correct-horse-battery2",
        "Authorization: Bearer ",
        "Authorization: correct-horse-battery",
        "Authorization: Basic Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5",
        "X: y",
      })
  void whoShowsAnotherTokenOrNoneIsAskedForIt(String header) throws IOException {
    try (AdminUnderTest admin = with(new DebugAccess.Token(token(TOKEN)))) {
      Answer answer = admin.get(TOOL, header);

      assertEquals(401, answer.status());
      assertEquals("Bearer realm=\"debug\"", answer.header("WWW-Authenticate"));
      assertFalse(answer.body().contains(TOKEN), answer::body);
    }
  }

  @Test
  void anotherTokenCountsAsSoonAsItStandsInTheFile() throws IOException {
    Path file = token(TOKEN);
    try (AdminUnderTest admin = with(new DebugAccess.Token(file))) {
      Files.writeString(file, "another-horse-battery");

      assertEquals(401, admin.get(TOOL, "Authorization: Bearer " + TOKEN).status());
      assertEquals(200, admin.get(TOOL, "Authorization: Bearer another-horse-battery").status());
    }
  }

  @Test
  void whereTheFileIsGoneNobodyMay() throws IOException {
    Path file = token(TOKEN);
    try (AdminUnderTest admin = with(new DebugAccess.Token(file))) {
      Files.delete(file);

      assertEquals(503, admin.get(TOOL, "Authorization: Bearer " + TOKEN).status());
      assertEquals(200, admin.get("/health").status());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"größer-als-sechzehn", "two words of a token"})
  void aStartFailsWhereTheTokenFitsNoHeader(String content) throws IOException {
    DebugAccess access = new DebugAccess.Token(token(content));

    StartFailedException error =
        assertThrows(StartFailedException.class, () -> with(access).close());
    String text = error.exit().failures().getFirst().error().getMessage();
    assertTrue(text.contains("expected printable ASCII"), text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "  \n", "short"})
  void aStartFailsWhereTheTokenIsTooShort(String content) throws IOException {
    DebugAccess access = new DebugAccess.Token(token(content));

    StartFailedException error =
        assertThrows(StartFailedException.class, () -> with(access).close());
    String text = error.exit().failures().getFirst().error().getMessage();
    assertTrue(text.contains("characters: expected 16 at least"), text);
    assertTrue(text.contains(directory.toString()), text);
    assertTrue(content.isBlank() || !text.contains(content), text);
  }

  @Test
  void aStartFailsWhereTheTokenIsLongerThanIsRead() throws IOException {
    DebugAccess access = new DebugAccess.Token(token("t".repeat(4_097)));

    StartFailedException error =
        assertThrows(StartFailedException.class, () -> with(access).close());
    String text = error.exit().failures().getFirst().error().getMessage();
    assertTrue(text.endsWith("is longer than 4096 bytes"), text);
  }

  @Test
  void aStartFailsWhereThereIsNoFile() {
    DebugAccess access = new DebugAccess.Token(directory.resolve("none"));

    StartFailedException error =
        assertThrows(StartFailedException.class, () -> with(access).close());
    String text = error.exit().failures().getFirst().error().getMessage();
    assertTrue(text.contains(directory.resolve("none").toString()), text);
  }

  // Off

  @Test
  void nobodyMayWhereTheyAreOff() throws IOException {
    try (AdminUnderTest admin = with(new DebugAccess.Off())) {
      for (String path : List.of("/debug/", TOOL, "/debug/heap/dump", "/debug/nothing")) {
        assertEquals(404, admin.get(path).status(), path);
      }
      assertEquals(404, admin.ask("PUT", "/debug/log-level?level=debug").status());
      assertEquals(200, admin.get("/health").status());
    }
  }

  @Test
  void everyToolStandsBehindTheDoor() throws IOException {
    List<String> tools;
    try (AdminUnderTest admin = with(new DebugAccess.Loopback())) {
      tools =
          admin
              .get("/debug/")
              .body()
              .lines()
              .map(line -> line.split(" +", 3))
              .map(parts -> parts[0] + " " + parts[1])
              .toList();
    }
    assertTrue(tools.size() >= 10, tools::toString);
    try (AdminUnderTest admin = with(new DebugAccess.Token(token(TOKEN)))) {
      for (String tool : Stream.concat(tools.stream(), Stream.of("GET /debug/")).toList()) {
        String[] parts = tool.split(" ", 2);
        assertEquals(401, admin.ask(parts[0], parts[1]).status(), tool);
      }
    }
  }
}
