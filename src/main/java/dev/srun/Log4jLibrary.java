package dev.srun;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Log4j 2. Its hook stops its contexts: what is logged after that is lost, and what waits in an
 * asynchronous appender is written before. So srun stops them instead, after the last line.
 */
final class Log4jLibrary implements LoggingLibrary {
  private static final String CORE = "org.apache.logging.log4j.core.";
  private static final String FACTORY = CORE + "impl.Log4jContextFactory";
  private static final String REGISTRY = CORE + "util.DefaultShutdownCallbackRegistry";

  /**
   * A context in which the JDK's last line is seen.
   *
   * @param level what its logger had before; null if there was no such logger
   */
  private record Watched(
      Object context,
      Object configuration,
      Object loggerConfig,
      Object filter,
      @Nullable Object level) {}

  private final Object factory;
  private final List<Watched> watched = new ArrayList<>();
  private volatile boolean isHeld;

  private Log4jLibrary(Object factory) {
    this.factory = factory;
  }

  /** Null if the program does not log by it. */
  static @Nullable LoggingLibrary find() throws ReflectiveOperationException {
    LibraryType core = LibraryType.find(FACTORY);
    LibraryType api = LibraryType.find("org.apache.logging.log4j.LogManager");
    if (core == null || api == null) {
      return null;
    }
    Object factory = api.get(null, "getFactory");
    return core.type().isInstance(factory) ? new Log4jLibrary(factory) : null;
  }

  private static LibraryType core(String name) throws ClassNotFoundException {
    return LibraryType.of(CORE + name);
  }

  private Iterable<?> contexts() throws ReflectiveOperationException {
    Object selector = LibraryType.of(FACTORY).get(factory, "getSelector");
    return (Iterable<?>) core("selector.ContextSelector").get(selector, "getLoggerContexts");
  }

  @Override
  public void watch(Consumer<String> onExit) throws ReflectiveOperationException {
    for (Object context : contexts()) {
      watched.add(watch(context, onExit));
    }
  }

  private static Watched watch(Object context, Consumer<String> onExit)
      throws ReflectiveOperationException {
    LibraryType level = LibraryType.of("org.apache.logging.log4j.Level");
    Object debug = level.get(null, "valueOf", "DEBUG");
    Object configuration = core("LoggerContext").get(context, "getConfiguration");
    LibraryType configurations = core("config.Configuration");
    Object above = configurations.get(configuration, "getLoggerConfig", ExitCall.LOGGER);
    LibraryType loggerConfig = core("config.LoggerConfig");
    boolean isLogged = level.is(loggerConfig.get(above, "getLevel"), "isLessSpecificThan", debug);
    Object own = above;
    Object levelBefore = loggerConfig.call(above, "getLevel");
    if (!loggerConfig.get(above, "getName").equals(ExitCall.LOGGER)) {
      levelBefore = null;
      own =
          loggerConfig
              .type()
              .getConstructor(String.class, level.type(), boolean.class)
              .newInstance(ExitCall.LOGGER, debug, true);
      configurations.call(configuration, "addLogger", ExitCall.LOGGER, own);
    } else if (!isLogged) {
      loggerConfig.call(own, "setLevel", debug);
    }
    Object filter = filter(onExit, isLogged);
    loggerConfig.call(own, "addFilter", filter);
    core("LoggerContext").call(context, "updateLoggers");
    return new Watched(context, configuration, own, filter, levelBefore);
  }

  private static Object filter(Consumer<String> onExit, boolean isLogged)
      throws ReflectiveOperationException {
    LibraryType type = core("Filter");
    LibraryType result = core("Filter$Result");
    Object neutral = result.get(null, "valueOf", "NEUTRAL");
    Object deny = result.get(null, "valueOf", "DENY");
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          if (method.getName().equals("filter") && arguments != null && arguments.length == 1) {
            onExit.accept(message(arguments[0]));
            return isLogged ? neutral : deny;
          }
          return method.getReturnType() == result.type()
              ? neutral
              : answer(proxy, method, arguments);
        };
    return Proxy.newProxyInstance(
        type.type().getClassLoader(), new Class<?>[] {type.type()}, handler);
  }

  private static String message(Object event) throws ReflectiveOperationException {
    Object message = core("LogEvent").get(event, "getMessage");
    LibraryType type = LibraryType.of("org.apache.logging.log4j.message.Message");
    return String.valueOf(type.call(message, "getFormattedMessage"));
  }

  /** What a proxy answers to a question that says nothing about what is logged. */
  static @Nullable Object answer(Object proxy, Method method, Object @Nullable [] arguments) {
    return switch (method.getName()) {
      case "equals" -> arguments != null && isSame(proxy, arguments[0]);
      case "hashCode" -> System.identityHashCode(proxy);
      case "toString", "getName" -> "srun";
      default -> method.getReturnType() == boolean.class ? true : null;
    };
  }

  @SuppressWarnings("ReferenceEquality") // a proxy is equal to itself alone
  private static boolean isSame(Object proxy, @Nullable Object other) {
    return proxy == other;
  }

  @Override
  public void unwatch() throws ReflectiveOperationException {
    for (Watched each : watched) {
      if (each.level == null) {
        core("config.Configuration").call(each.configuration, "removeLogger", ExitCall.LOGGER);
      } else {
        core("config.LoggerConfig").call(each.loggerConfig, "removeFilter", each.filter);
        core("config.LoggerConfig").call(each.loggerConfig, "setLevel", each.level);
      }
      core("LoggerContext").call(each.context, "updateLoggers");
    }
    watched.clear();
  }

  /** One that is turned off has not started; of one that is the program's own nothing is known. */
  @Override
  public void hold() throws ReflectiveOperationException {
    Object registry = LibraryType.of(FACTORY).get(factory, "getShutdownCallbackRegistry");
    LibraryType type = LibraryType.of(REGISTRY);
    if (registry.getClass() == type.type() && type.is(registry, "isStarted")) {
      type.call(registry, "stop");
      isHeld = true;
    }
  }

  @Override
  public void end() throws ReflectiveOperationException {
    if (isHeld) {
      LibraryType configurations = core("config.Configuration");
      for (Object context : contexts()) {
        Object configuration = core("LoggerContext").get(context, "getConfiguration");
        if (configurations.is(configuration, "isShutdownHookEnabled")) {
          Object millis = configurations.get(configuration, "getShutdownTimeoutMillis");
          core("LoggerContext").call(context, "stop", millis, TimeUnit.MILLISECONDS);
        }
      }
    }
  }
}
