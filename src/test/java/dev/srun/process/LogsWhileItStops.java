package dev.srun.process;

import dev.srun.Context;
import dev.srun.Registrar;
import dev.srun.Service;
import dev.srun.Srun;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.logging.Logger;

/**
 * Logs while it stops, by the APIs that its arguments name after how it runs, and calls System.exit
 * once it is up.
 */
final class LogsWhileItStops implements Service {
  static final int STATUS = 7;
  private static final int PARTS = 5;

  /** How a service may log. */
  enum Api {
    JUL {
      @Override
      void warn(String name, String text) {
        Logger.getLogger(name).warning(text);
      }
    },
    /** Below what is shown where nothing is configured. */
    JUL_FINE {
      @Override
      void warn(String name, String text) {
        Logger.getLogger(name).fine(text);
      }
    },
    SYSTEM {
      @Override
      void warn(String name, String text) {
        System.getLogger(name).log(Level.WARNING, text);
      }
    },
    /** By reflection: it is not on the class path of the tests. */
    SLF4J {
      @Override
      void warn(String name, String text) throws ReflectiveOperationException {
        Object logger =
            Class.forName("org.slf4j.LoggerFactory")
                .getMethod("getLogger", String.class)
                .invoke(null, name);
        Class.forName("org.slf4j.Logger").getMethod("warn", String.class).invoke(logger, text);
      }
    };

    abstract void warn(String name, String text) throws ReflectiveOperationException;
  }

  private final List<Api> apis;

  private LogsWhileItStops(List<Api> apis) {
    this.apis = apis;
  }

  @Override
  public void run(Context ctx) {}

  @Override
  public void stop(Context ctx) throws Exception {
    for (int part = 1; part <= PARTS; part++) {
      for (Api api : apis) {
        api.warn("logs." + ctx.name(), text(ctx.name(), api, part));
      }
      Thread.sleep(Duration.ofMillis(20));
    }
  }

  private static String text(String service, Api api, int part) {
    return service + " flushes part " + part + " by " + api;
  }

  /** All that is logged by these APIs, in order. */
  static List<String> lines(Api... apis) {
    return List.of("api", "database").stream()
        .flatMap(service ->
            java.util.stream.IntStream.rangeClosed(1, PARTS)
                .boxed()
                .flatMap(part -> Arrays.stream(apis).map(api -> text(service, api, part))))
        .toList();
  }

  public static void main(String[] args) throws Exception {
    List<Api> apis = Arrays.stream(args).skip(1).map(Api::valueOf).toList();
    for (Api api : apis) {
      api.warn("logs", "before srun"); // a library begins before srun, as with a logger of main's
    }
    switch (args[0]) {
      case "owned" ->
          Srun.runOrExit(
              "logs",
              app -> {
                register(app, apis);
                app.task("library", ctx -> exitOnceUp(ctx));
              });
      case "embedded" ->
          Srun.run(
              "logs",
              app -> {
                register(app, apis);
                app.task("library", ctx -> exitOnceUp(ctx));
              });
      case "main returns" -> Srun.start(dev.srun.Config.named("logs"), app -> register(app, apis));
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  private static void register(Registrar app, List<Api> apis) {
    app.service("database", new LogsWhileItStops(apis));
    app.service("api", new LogsWhileItStops(apis));
  }

  private static void exitOnceUp(Context ctx) {
    Thread.ofPlatform()
        .name("library")
        .start(() -> {
          try {
            ForeignExitTest.FromAPhase.awaitUp(ctx);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          System.exit(STATUS);
        });
  }
}
