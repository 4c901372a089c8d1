package dev.srun;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Logback. It has a hook only where its configuration asks for one; that one is then run after the
 * last line.
 */
final class LogbackLibrary implements LoggingLibrary {
  private static final String CONTEXT = "ch.qos.logback.classic.LoggerContext";

  /** The name by which a context knows its hook. */
  private static final String HOOK = "SHUTDOWN_HOOK";

  /** The logger that the JDK's last line goes to, as it was before. */
  private record Watched(Object logger, Object appender, @Nullable Object level, Object additive) {}

  private final LibraryType contexts;
  private final Object context;
  private volatile @Nullable Thread hook;
  private @Nullable Watched watched;

  private LogbackLibrary(LibraryType contexts, Object context) {
    this.contexts = contexts;
    this.context = context;
  }

  /** Null if the program does not log by it. */
  static @Nullable LoggingLibrary find() throws ReflectiveOperationException {
    LibraryType contexts = LibraryType.find(CONTEXT);
    LibraryType slf4j = LibraryType.find("org.slf4j.LoggerFactory");
    if (contexts == null || slf4j == null) {
      return null;
    }
    Object factory = slf4j.get(null, "getILoggerFactory");
    return contexts.type().isInstance(factory) ? new LogbackLibrary(contexts, factory) : null;
  }

  @Override
  public void watch(Consumer<String> onExit) throws ReflectiveOperationException {
    LibraryType loggers = LibraryType.of("ch.qos.logback.classic.Logger");
    LibraryType level = LibraryType.of("ch.qos.logback.classic.Level");
    Object debug = level.get(null, "toLevel", "DEBUG");
    Object logger = contexts.get(context, "getLogger", ExitCall.LOGGER);
    boolean isLogged =
        level.is(debug, "isGreaterOrEqual", loggers.get(logger, "getEffectiveLevel"));
    Object appender = appender(onExit);
    watched =
        new Watched(
            logger, appender, loggers.call(logger, "getLevel"), loggers.get(logger, "isAdditive"));
    if (!isLogged) {
      loggers.call(logger, "setLevel", debug);
      loggers.call(logger, "setAdditive", false);
    }
    loggers.call(logger, "addAppender", appender);
  }

  private static Object appender(Consumer<String> onExit) throws ReflectiveOperationException {
    LibraryType type = LibraryType.of("ch.qos.logback.core.Appender");
    LibraryType event = LibraryType.of("ch.qos.logback.classic.spi.ILoggingEvent");
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          if (method.getName().equals("doAppend") && arguments != null) {
            onExit.accept(String.valueOf(event.call(arguments[0], "getFormattedMessage")));
            return null;
          }
          return Log4jLibrary.answer(proxy, method, arguments);
        };
    return Proxy.newProxyInstance(
        type.type().getClassLoader(), new Class<?>[] {type.type()}, handler);
  }

  @Override
  public void unwatch() throws ReflectiveOperationException {
    Watched before = watched;
    if (before != null) {
      LibraryType loggers = LibraryType.of("ch.qos.logback.classic.Logger");
      loggers.call(before.logger, "detachAppender", before.appender);
      loggers.call(before.logger, "setLevel", before.level);
      loggers.call(before.logger, "setAdditive", before.additive);
    }
  }

  @Override
  public void hold() throws ReflectiveOperationException {
    if (contexts.call(context, "getObject", HOOK) instanceof Thread thread
        && Runtime.getRuntime().removeShutdownHook(thread)) {
      hook = thread;
    }
  }

  @Override
  public void end() throws InterruptedException {
    Thread held = hook;
    if (held != null) {
      held.start();
      held.join();
    }
  }
}
