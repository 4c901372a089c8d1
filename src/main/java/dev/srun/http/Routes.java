package dev.srun.http;

import dev.srun.http.HttpListener.Handler;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Which handler answers which request. Paths are compared as the client sent them, decoded. */
final class Routes {
  private static final Pattern FORM = Pattern.compile("(?:([A-Z]+) )?(/[^*]*)(\\*)?");

  /** What matched: exactly one of a handler or the methods that would have. */
  sealed interface Match {
    record Found(String pattern, @Nullable Duration limit, Handler handler) implements Match {}

    record OtherMethod(String allowed) implements Match {}

    record Nothing() implements Match {}
  }

  private record Route(String method, String path, boolean below, Match.Found found) {
    boolean matchesPath(String asked) {
      return below ? asked.startsWith(path) && asked.length() > path.length() : asked.equals(path);
    }

    /** GET serves HEAD too. */
    boolean matchesMethod(String asked) {
      return method.isEmpty()
          || method.equals(asked)
          || (method.equals("GET") && asked.equals("HEAD"));
    }
  }

  /** The most specific first. */
  private static final Comparator<Route> SPECIFIC =
      Comparator.comparing(Route::below)
          .thenComparingInt(route -> -route.path().length())
          .thenComparing(route -> route.method().isEmpty())
          .thenComparing(route -> !route.method().equals("HEAD"));

  private final ReentrantLock adding = new ReentrantLock();
  private volatile List<Route> routes = List.of();

  void add(String pattern, Handler handler) {
    add(pattern, null, handler);
  }

  void add(String pattern, @Nullable Duration limit, Handler handler) {
    Matcher form = FORM.matcher(pattern);
    if (!form.matches() || (form.group(3) != null && !form.group(2).endsWith("/"))) {
      throw new IllegalArgumentException(
          "pattern '"
              + pattern
              + "': expected /path or /path/*, with or without a method before it");
    }
    String method = form.group(1) == null ? "" : form.group(1);
    Route added =
        new Route(
            method, form.group(2), form.group(3) != null, new Match.Found(pattern, limit, handler));
    adding.lock();
    try {
      add(pattern, added);
    } finally {
      adding.unlock();
    }
  }

  private void add(String pattern, Route added) {
    for (Route route : routes) {
      if (route.method.equals(added.method)
          && route.path.equals(added.path)
          && route.below == added.below) {
        throw new IllegalArgumentException("pattern '" + pattern + "' has a handler already");
      }
    }
    routes = Stream.concat(routes.stream(), Stream.of(added)).sorted(SPECIFIC).toList();
  }

  Match match(String method, String path) {
    TreeSet<String> allowed = new TreeSet<>();
    for (Route route : routes) {
      if (route.matchesPath(path)) {
        if (route.matchesMethod(method)) {
          return route.found;
        }
        allowed.add(route.method);
      }
    }
    return allowed.isEmpty()
        ? new Match.Nothing()
        : new Match.OtherMethod(String.join(", ", allowed));
  }
}
