package dev.srun;

import java.time.Duration;
import java.util.List;

/**
 * What was registered under one name, with its options resolved.
 *
 * @param readyPause after which ready is tried again; zero where it is not
 */
record Definition(
    String name,
    Kind kind,
    Service service,
    Implemented implemented,
    List<String> dependsOn,
    boolean onPlatformThread,
    boolean exclusive,
    Duration initTimeout,
    Duration readyTimeout,
    Duration readyPause,
    Duration stopTimeout,
    Duration stopReserve,
    HealthOptions health) {

  enum Kind {
    SERVICE,
    TASK,
    MAIN,
    INIT;

    /** A task is ready when entered, and is completed when it returns. */
    boolean isTask() {
      return this == TASK || this == MAIN;
    }
  }

  /** A task as a service without anything but a run. */
  record TaskService(Task task) implements Service {
    @Override
    public void run(Context ctx) throws Exception {
      task.run(ctx);
    }
  }

  /** Code that has a start and a stop of its own. */
  record StartedService(Task start, Task stop) implements Service {
    @Override
    public void run(Context ctx) throws Exception {
      start.run(ctx);
    }

    @Override
    public void stop(Context ctx) throws Exception {
      stop.run(ctx);
    }
  }

  /** An init-only registration as a service whose run has nothing to do. */
  record InitService(Task init) implements Service {
    @Override
    public void init(Context ctx) throws Exception {
      init.run(ctx);
    }

    @Override
    public void run(Context ctx) {}
  }

  /** Which of the optional phases a service's class implements; the others need no thread. */
  record Implemented(boolean ready, boolean stop, boolean warmUp, boolean check) {

    static Implemented by(Class<? extends Service> type) {
      return new Implemented(
          overrides(type, "ready"),
          overrides(type, "stop"),
          WarmedUp.class.isAssignableFrom(type),
          HealthChecked.class.isAssignableFrom(type));
    }

    private static boolean overrides(Class<? extends Service> type, String method) {
      try {
        return type.getMethod(method, Context.class).getDeclaringClass() != Service.class;
      } catch (NoSuchMethodException e) {
        throw new LinkageError(type + " implements Service without " + method, e);
      }
    }
  }
}
