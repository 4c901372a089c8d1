package dev.srun.http;

import dev.srun.http.HttpListener.Handler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Which handler answers which request. Paths are compared as the client sent them, decoded.
 *
 * <p>On the way of every start: neither patterns nor streams, which would take longer to load than
 * all routes of a program to add.
 */
final class Routes {

  private static final int LONGEST = 200;

  /** A handler, by the pattern and with the limit that it was added with. */
  record Found(String pattern, @Nullable Duration limit, Handler handler) {}

  private record Route(String method, String path, boolean below, Found found) {

    boolean matchesPath(String asked) {
      return below ? asked.startsWith(path) && asked.length() > path.length() : asked.equals(path);
    }

    /** GET serves HEAD too. */
    boolean matchesMethod(String asked) {
      return method.isEmpty()
          || method.equals(asked)
          || (method.equals("GET") && asked.equals("HEAD"));
    }

    boolean matchesTheSameAs(Route other) {
      return method.equals(other.method) && path.equals(other.path) && below == other.below;
    }

    /** An exact path, a longer one, one with a method, and HEAD where GET would serve it. */
    boolean isMoreSpecificThan(Route other) {
      if (below != other.below) {
        return other.below;
      }
      if (path.length() != other.path.length()) {
        return path.length() > other.path.length();
      }
      if (method.isEmpty() != other.method.isEmpty()) {
        return other.method.isEmpty();
      }
      return method.equals("HEAD") && !other.method.equals("HEAD");
    }
  }

  private final ReentrantLock adding = new ReentrantLock();
  private volatile List<Route> routes = List.of(); // the most specific first

  void add(String pattern, Handler handler) {
    add(pattern, null, handler);
  }

  /** As it stands in an error message, in one line of a sensible length. */
  static String quoted(String text) {
    String cut = text.length() <= LONGEST ? text : text.substring(0, LONGEST - 1) + "…";
    return "'" + cut.replaceAll("\\p{Cntrl}", "?") + "'";
  }

  void add(String pattern, @Nullable Duration limit, Handler handler) {
    Objects.requireNonNull(pattern, "the pattern of a handler is null");
    if (handler == null) {
      throw new NullPointerException("the handler of " + quoted(pattern) + " is null");
    }
    Route added = route(new Found(pattern, limit, handler));
    adding.lock();
    try {
      add(added);
    } finally {
      adding.unlock();
    }
  }

  private static Route route(Found found) {
    String pattern = found.pattern();
    int space = pattern.startsWith("/") ? -1 : pattern.indexOf(' ');
    String method = space < 0 ? "" : pattern.substring(0, space);
    String path = pattern.substring(space + 1);
    boolean below = path.endsWith("/*");
    if (below) {
      path = path.substring(0, path.length() - 1);
    }
    if (!path.startsWith("/") || path.indexOf('*') >= 0 || !(space < 0 || isMethod(method))) {
      throw new IllegalArgumentException(
          "pattern "
              + quoted(pattern)
              + ": expected /path or /path/*, with or without a method before it");
    }
    return new Route(method, path, below, found);
  }

  private static boolean isMethod(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < 'A' || text.charAt(i) > 'Z') {
        return false;
      }
    }
    return !text.isEmpty();
  }

  private void add(Route added) {
    List<Route> all = new ArrayList<>(routes);
    int place = all.size();
    for (int i = all.size() - 1; i >= 0; i--) {
      Route route = all.get(i);
      if (added.matchesTheSameAs(route)) {
        throw new IllegalArgumentException(
            "pattern '" + added.found.pattern() + "' has a handler already");
      }
      if (added.isMoreSpecificThan(route)) {
        place = i;
      }
    }
    all.add(place, added);
    routes = List.copyOf(all);
  }

  /** The handler of a request; null if there is none for its path and its method. */
  @Nullable Found find(String method, String path) {
    for (Route route : routes) {
      if (route.matchesPath(path) && route.matchesMethod(method)) {
        return route.found;
      }
    }
    return null;
  }

  /** The methods that are served at a path, in order; empty if none is. */
  String methods(String path) {
    TreeSet<String> served = new TreeSet<>();
    for (Route route : routes) {
      if (route.matchesPath(path)) {
        served.add(route.method);
      }
    }
    return String.join(", ", served);
  }
}
