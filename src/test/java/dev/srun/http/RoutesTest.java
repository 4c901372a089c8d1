package dev.srun.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.http.HttpListener.Handler;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which pattern answers which request. */
final class RoutesTest {
  private final Routes routes = new Routes();
  private final Map<Handler, String> patterns = new HashMap<>();

  private void add(String... added) {
    for (String pattern : added) {
      Handler handler =
          new Handler() {
            @Override
            public void handle(com.sun.net.httpserver.HttpExchange exchange) {}
          };
      patterns.put(handler, pattern);
      routes.add(pattern, handler);
    }
  }

  /** The pattern that matches; else the allowed methods in brackets, or a dash for none. */
  private String match(String method, String path) {
    Routes.Found found = routes.find(method, path);
    if (found != null) {
      return String.valueOf(patterns.get(found.handler()));
    }
    String allowed = routes.methods(path);
    return allowed.isEmpty() ? "-" : "[" + allowed + "]";
  }

  @ParameterizedTest
  @CsvSource({
    "/ok, /ok",
    "/okay, -",
    "/o, -",
    "/ok/, -",
    "/ok/x, -",
    "/OK, -",
    "/x/ok, -",
    "//ok, -",
    "/./ok, -",
    "'', -",
    "*, -",
  })
  void aPathMatchesExactly(String path, String expected) {
    add("/ok");

    assertEquals(expected, match("GET", path));
  }

  @ParameterizedTest
  @CsvSource({
    "/below/x, /below/*",
    "/below/x/y, /below/*",
    "/below//, /below/*",
    "/below/, -",
    "/below, -",
    "/belowx, -",
    "/x/below/y, -",
  })
  void aStarIsAllBelowAndNotThePathItself(String path, String expected) {
    add("/below/*");

    assertEquals(expected, match("GET", path));
  }

  @Test
  void theRootIsAPathLikeOthers() {
    add("/");

    assertEquals("/", match("GET", "/"));
    assertEquals("-", match("GET", "/x"));
    add("/*");
    assertEquals("/", match("GET", "/"));
    assertEquals("/*", match("GET", "/x"));
  }

  @Test
  void theMostSpecificGoesFirstInWhateverOrderTheyWereAdded() {
    List<String> all = List.of("/*", "/a/*", "/a/b/*", "/a/b", "GET /a/b");
    for (List<String> order : List.of(all, all.reversed())) {
      Routes fresh = new Routes();
      Map<Handler, String> names = new HashMap<>();
      for (String pattern : order) {
        Handler handler = exchange -> assertTrue(pattern.isEmpty());
        names.put(handler, pattern);
        fresh.add(pattern, handler);
      }

      assertFound(fresh, names, "GET", "/a/b", "GET /a/b");
      assertFound(fresh, names, "PUT", "/a/b", "/a/b");
      assertFound(fresh, names, "GET", "/a/b/c", "/a/b/*");
      assertFound(fresh, names, "GET", "/a/x", "/a/*");
      assertFound(fresh, names, "GET", "/x", "/*");
    }
  }

  private static void assertFound(
      Routes routes, Map<Handler, String> names, String method, String path, String expected) {
    Routes.Found found = Objects.requireNonNull(routes.find(method, path));
    assertEquals(expected, names.get(found.handler()), method + " " + path);
  }

  @Test
  void eachMethodMayHaveItsHandler() {
    add("GET /t", "POST /t");

    assertEquals("GET /t", match("GET", "/t"));
    assertEquals("POST /t", match("POST", "/t"));
  }

  @Test
  void headIsAnsweredByGetUnlessItHasAHandlerOfItsOwn() {
    add("GET /t");
    assertEquals("GET /t", match("HEAD", "/t"));

    add("HEAD /t");
    assertEquals("HEAD /t", match("HEAD", "/t"));
    assertEquals("GET /t", match("GET", "/t"));
  }

  @Test
  void headIsAnsweredByTheExactPathOfGetBeforeAStar() {
    add("GET /t", "/*");

    assertEquals("GET /t", match("HEAD", "/t"));
    assertEquals("/*", match("PUT", "/t"));
  }

  @Test
  void anotherMethodIsToldWhichAreAllowed() {
    add("POST /t", "GET /t", "DELETE /t/*");

    assertEquals("[GET, POST]", match("PUT", "/t").replace("HEAD, ", ""));
    assertEquals("[DELETE]", match("GET", "/t/1"));
    assertEquals("-", match("GET", "/u"));
  }

  @Test
  void aMethodThatOnlyTheStarServesIsServedByTheStar() {
    add("POST /a/b", "/a/*");

    assertEquals("/a/*", match("GET", "/a/b"));
  }

  @Test
  void methodsAreComparedAsTheyAreWritten() {
    add("GET /t");

    assertEquals("[GET]", match("get", "/t").replace(", HEAD", ""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "t",
        "*",
        "/t*",
        "/t/*/u",
        "/*/",
        "/**",
        "get /t",
        "GET  /t",
        "GET t",
        "GET",
        " /t",
        "GET /t /u*"
      })
  void aPatternOfAnotherFormIsRefused(String pattern) {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> add(pattern));

    assertTrue(
        String.valueOf(refused.getMessage()).contains("'" + pattern + "'"), refused::toString);
    assertTrue(String.valueOf(refused.getMessage()).contains("expected /path"), refused::toString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/t", "/t/*", "GET /t", "GET /t/*"})
  void aPatternIsTakenOnce(String pattern) {
    add(pattern);
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> add(pattern));

    assertTrue(
        String.valueOf(refused.getMessage()).contains("'" + pattern + "'"), refused::toString);
  }

  @Test
  void theFirstHandlerOfATakenPatternStays() {
    Handler first = exchange -> assertTrue(patterns.isEmpty());
    routes.add("/t", first);
    assertThrows(IllegalArgumentException.class, () -> add("/t"));

    assertSame(first, Objects.requireNonNull(routes.find("GET", "/t")).handler());
  }
}
