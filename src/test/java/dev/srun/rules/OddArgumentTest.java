package dev.srun.rules;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import dev.srun.Config;
import dev.srun.Context;
import dev.srun.DebugAccess;
import dev.srun.Exit;
import dev.srun.ExitCodes;
import dev.srun.Group;
import dev.srun.Health;
import dev.srun.HealthChannel;
import dev.srun.HealthChecked;
import dev.srun.HealthFunction;
import dev.srun.HealthListener;
import dev.srun.HealthStatus;
import dev.srun.LatencySnapshot;
import dev.srun.ListeningSocket;
import dev.srun.LogFormat;
import dev.srun.MisconfiguredException;
import dev.srun.Outcome;
import dev.srun.PhaseTime;
import dev.srun.Registrar;
import dev.srun.Registration;
import dev.srun.Runner;
import dev.srun.RunnerStatus;
import dev.srun.Running;
import dev.srun.Service;
import dev.srun.ServiceHealth;
import dev.srun.ServiceState;
import dev.srun.ServiceThreads;
import dev.srun.Setup;
import dev.srun.Srun;
import dev.srun.StateListener;
import dev.srun.Task;
import dev.srun.UpgradeFigures;
import dev.srun.UpgradeStep;
import dev.srun.WarmUp;
import dev.srun.WarmedUp;
import dev.srun.http.HttpListener;
import dev.srun.http.SampleRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Every public method with a parameter, and each parameter with null, empty, negative, too much and
 * what was given before; in a program that runs, from each kind of thread, and in one that has
 * ended. What is null is refused where it is given; what is odd is taken or refused with a message;
 * and the program goes on. {@code target/odd-arguments.txt} lists what was tried.
 */
class OddArgumentTest {
  private static final Config CONFIG =
      Config.named("t").withoutSignals().withoutAdmin().withoutTelemetry();

  private static final Path LIST = Path.of("target", "odd-arguments.txt");

  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  /** Where the types of a running program come from. */
  private static final Map<Class<?>, Source> RUNNING =
      Map.of(
          Context.class, subject -> subject.ctx,
          ServiceThreads.class, subject -> subject.ctx.threads(),
          HealthChannel.class, subject -> subject.ctx.health(),
          Runner.class, subject -> subject.ctx.runner(),
          Running.class, subject -> subject.program,
          ListeningSocket.class, subject -> subject.ctx.socket(name(), ANY_PORT),
          HttpListener.class, subject -> subject.ctx.http(name(), ANY_PORT),
          RunnerStatus.class, subject -> subject.ctx.runner().status(),
          LatencySnapshot.class, subject -> subject.ctx.runner().healthFigures().checks());

  /** Those that need no program, or the setup of one. */
  private static final Map<Class<?>, Object> WITHOUT_PROGRAM =
      Map.of(
          Config.class,
          CONFIG,
          Health.class,
          Health.healthy(),
          SampleRequest.class,
          SampleRequest.of("GET /"),
          ExitCodes.class,
          ExitCodes.DEFAULT,
          HealthStatus.class,
          HealthStatus.HEALTHY);

  private static final List<Class<?>> IN_SETUP =
      List.of(Registrar.class, Group.class, Registration.class);

  private static final AtomicInteger NAMES = new AtomicInteger();

  private final List<String> tried = new ArrayList<>();
  private final List<String> wrong = new ArrayList<>();

  /** A running program and one service of it. */
  private record Subject(Context ctx, Running program) {}

  private interface Source {
    Object from(Subject subject) throws Exception;
  }

  /** What is called: with which receiver, and with which arguments. */
  private interface Call {
    void on(@Nullable Object receiver) throws Exception;
  }

  /** Whose thread calls. */
  private enum From {
    OUTSIDE,
    RUN,
    OWN_THREAD,
    STATE_LISTENER
  }

  /**
   * One value in one place.
   *
   * @param mustBeRefused whether it is a null that nothing allows
   */
  private record Odd(String label, @Nullable Object value, boolean mustBeRefused) {}

  private static String name() {
    return "n" + NAMES.incrementAndGet();
  }

  // Values

  private static Object usual(Class<?> type) {
    Map<Class<?>, Object> known = new LinkedHashMap<>();
    known.put(String.class, name());
    known.put(Duration.class, Duration.ofMillis(50));
    known.put(int.class, 1);
    known.put(double.class, 0.5);
    known.put(SocketAddress.class, ANY_PORT);
    known.put(InetSocketAddress.class, ANY_PORT);
    known.put(Task.class, (Task) ctx -> {});
    known.put(Service.class, (Service) ctx -> {});
    known.put(AutoCloseable.class, (AutoCloseable) () -> {});
    known.put(HealthListener.class, (HealthListener) change -> {});
    known.put(HealthFunction.class, (HealthFunction) status -> Health.healthy());
    known.put(StateListener.class, (StateListener) change -> {});
    known.put(Consumer.class, (Consumer<Group>) group -> {});
    known.put(Collection.class, List.of("s"));
    known.put(Map.class, Map.of());
    known.put(String[].class, new String[0]);
    known.put(SampleRequest[].class, new SampleRequest[] {SampleRequest.of("GET /")});
    known.put(Object.class, "a value");
    known.put(Health.class, Health.healthy());
    known.put(HealthStatus.class, HealthStatus.HEALTHY);
    known.put(System.Logger.Level.class, System.Logger.Level.INFO);
    known.put(LogFormat.class, LogFormat.TEXT);
    known.put(WarmUp.class, WarmUp.OFF);
    known.put(DebugAccess.class, new DebugAccess.Off());
    known.put(ExitCodes.class, ExitCodes.DEFAULT);
    known.put(Path.class, Path.of("target", "odd"));
    known.put(HttpListener.Handler.class, (HttpListener.Handler) exchange -> {});
    known.put(ListeningSocket.Acceptor.class, (ListeningSocket.Acceptor) () -> {});
    if (type == Process.class) {
      return started("true");
    }
    if (type == ExecutorService.class) {
      return Executors.newVirtualThreadPerTaskExecutor();
    }
    Object value = known.get(type);
    if (value == null) {
      throw new AssertionError("no usual value of " + type);
    }
    return value;
  }

  private static Process started(String... command) {
    try {
      return new ProcessBuilder(command).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Odd> odd(Parameter parameter) {
    Class<?> type = parameter.getType();
    List<Odd> values = new ArrayList<>();
    if (!type.isPrimitive()) {
      boolean mayBeNull =
          parameter.isAnnotationPresent(Nullable.class)
              || parameter.getAnnotatedType().isAnnotationPresent(Nullable.class)
              || (type.isArray() && isNullableArray(parameter));
      values.add(new Odd("null", null, !mayBeNull));
    }
    if (type == String.class) {
      values.add(new Odd("empty", "", false));
      values.add(new Odd("blank", " ", false));
      values.add(new Odd("two lines", "a\nb", false));
      values.add(new Odd("too long", "x".repeat(100_000), false));
      values.add(new Odd("taken", "s", false));
    } else if (type == Duration.class) {
      values.add(new Odd("zero", Duration.ZERO, false));
      values.add(new Odd("negative", Duration.ofSeconds(-1), false));
      values.add(new Odd("too long", Duration.ofSeconds(Long.MAX_VALUE), false));
      values.add(new Odd("most negative", Duration.ofSeconds(Long.MIN_VALUE), false));
    } else if (type == int.class) {
      for (int value : new int[] {0, -1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
        values.add(new Odd("" + value, value, false));
      }
    } else if (type == double.class) {
      for (double value : new double[] {0, -1, 2, Double.NaN, Double.POSITIVE_INFINITY}) {
        values.add(new Odd("" + value, value, false));
      }
    } else if (SocketAddress.class.isAssignableFrom(type)) {
      values.add(
          new Odd("unresolved", InetSocketAddress.createUnresolved("none.invalid", 1), false));
      if (type == SocketAddress.class) {
        values.add(
            new Odd("no such folder", UnixDomainSocketAddress.of("target/none/none"), false));
        values.add(new Odd("empty path", UnixDomainSocketAddress.of(""), false));
        values.add(new Odd("of no known kind", new SocketAddress() {}, false));
      }
    } else if (type == String[].class) {
      values.add(new Odd("a null", new String[] {null}, true));
      values.add(new Odd("unknown", new String[] {"nobody"}, false));
      values.add(new Odd("twice the same", new String[] {"before", "before"}, false));
    } else if (type == SampleRequest[].class) {
      values.add(new Odd("a null", new SampleRequest[] {null}, true));
      values.add(new Odd("none", new SampleRequest[0], false));
    } else if (type == Collection.class) {
      values.add(new Odd("a null", Collections.singletonList(null), true));
      values.add(new Odd("none", List.of(), false));
      values.add(new Odd("unknown", List.of("nobody"), false));
    }
    return values;
  }

  private static boolean isNullableArray(Parameter parameter) {
    return parameter.getAnnotatedType().toString().contains("Nullable");
  }

  // Methods

  private static List<Executable> methods(Class<?> type) {
    List<Executable> all = new ArrayList<>();
    for (Method method : type.getMethods()) {
      boolean ofObject =
          method.getDeclaringClass() == Object.class || method.getName().equals("equals");
      boolean about = Arrays.asList(method.getParameterTypes()).contains(HttpExchange.class);
      boolean isInherited = type == Running.class && method.getDeclaringClass() == Runner.class;
      boolean ofEnum = type.isEnum() && !method.getName().equals("worse");
      boolean isWiring = method.getName().equals("bind"); // what Context.http calls
      if (!ofObject
          && !about
          && !isInherited
          && !ofEnum
          && !isWiring
          && method.getParameterCount() > 0) {
        all.add(method);
      }
    }
    if (type.isRecord() && WITHOUT_PROGRAM.containsKey(type)) {
      all.addAll(List.of(type.getConstructors()));
    }
    return all;
  }

  private interface Place {
    void run(String label, Call call, boolean mustBeRefused);
  }

  /** Tries each odd value of each parameter of each method. */
  private void tryAll(Class<?> type, String where, Place place) {
    for (Executable method : methods(type)) {
      Parameter[] parameters = method.getParameters();
      for (int i = 0; i < parameters.length; i++) {
        for (Odd odd : odd(parameters[i])) {
          String label =
              type.getSimpleName()
                  + "."
                  + method.getName()
                  + Arrays.stream(method.getParameterTypes()).map(Class::getSimpleName).toList()
                  + " "
                  + parameters[i].getName()
                  + " = "
                  + odd.label
                  + where;
          int index = i;
          if (label.startsWith("Running.await[Duration]") && odd.label.equals("too long")) {
            continue; // it waits, as it says
          }
          tried.add(label);
          place.run(
              label,
              receiver -> {
                Object[] arguments =
                    Arrays.stream(method.getParameterTypes()).map(OddArgumentTest::usual).toArray();
                arguments[index] = odd.value;
                invoke(method, receiver, arguments);
              },
              odd.mustBeRefused);
        }
      }
    }
  }

  private static void invoke(Executable method, @Nullable Object receiver, Object... arguments)
      throws Exception {
    try {
      if (method instanceof Method its) {
        its.setAccessible(true);
        its.invoke(Modifier.isStatic(its.getModifiers()) ? null : receiver, arguments);
      } else if (method instanceof java.lang.reflect.Constructor<?> its) {
        its.newInstance(arguments);
      }
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof Exception its) {
        throw its;
      }
      throw new AssertionError(e.getCause());
    }
  }

  // Judgement

  private void judge(String label, @Nullable Throwable thrown, boolean mustBeRefused) {
    if (thrown == null) {
      if (mustBeRefused) {
        wrong.add(label + ": accepted");
      }
      return;
    }
    String message = String.valueOf(thrown.getMessage());
    boolean isRefusal =
        thrown instanceof IllegalArgumentException
            || thrown instanceof IllegalStateException
            || thrown instanceof MisconfiguredException
            || thrown instanceof NullPointerException
            || thrown instanceof NoSuchElementException
            || thrown instanceof IOException;
    boolean isAccident =
        thrown.getMessage() == null
            || message.isBlank()
            || message.contains("Cannot invoke")
            || message.contains("because \"")
            || message.contains("\n")
            || message.length() > 1_000;
    boolean namesService = !isOfService(label) || message.startsWith("s: ");
    if (!isRefusal
        || isAccident
        || (mustBeRefused && !(message.contains("null") && namesService))) {
      wrong.add(label + ": " + thrown);
    }
  }

  private static boolean isOfService(String label) {
    return label.startsWith("Context.")
        || label.startsWith("ServiceThreads.")
        || label.startsWith("HealthChannel.");
  }

  private static @Nullable Throwable thrownBy(Call call, @Nullable Object receiver) {
    try {
      call.on(receiver);
      return null;
    } catch (Throwable e) {
      return e;
    }
  }

  // In a running program

  private void inProgram(Class<?> type, From from, String label, Call call, boolean mustBeRefused) {
    CompletableFuture<Running> started = new CompletableFuture<>();
    CompletableFuture<Context> context = new CompletableFuture<>();
    CompletableFuture<@Nullable Throwable> result = new CompletableFuture<>();
    Runnable act =
        () -> {
          try {
            Subject subject = new Subject(context.get(5, SECONDS), started.get(5, SECONDS));
            Source source = RUNNING.get(type);
            Object receiver = source == null ? null : source.from(subject);
            result.complete(thrownBy(call, receiver));
          } catch (Throwable e) {
            result.completeExceptionally(e);
          }
        };
    Running program =
        Srun.start(
            CONFIG,
            app -> {
              app.service("before", ctx -> {});
              app.service(
                  "s",
                  ctx -> {
                    context.complete(ctx);
                    ctx.ready();
                    if (from == From.RUN) {
                      act.run();
                    } else if (from == From.OWN_THREAD) {
                      ctx.threads().start("t", own -> act.run());
                    }
                  });
              if (from == From.STATE_LISTENER) {
                app.onStateChange(change -> {
                  if (change.service().equals("s") && change.to() == ServiceState.RUNNING) {
                    act.run();
                  }
                });
              }
            });
    started.complete(program);
    if (from == From.OUTSIDE) {
      Thread.ofPlatform().daemon().start(act);
    }
    try {
      judge(label, result.get(5, SECONDS), mustBeRefused);
      program.close();
      Exit exit = program.await();
      boolean isCutOff = label.startsWith("Context.cutOff");
      if (exit.outcome() != (isCutOff ? exit.outcome() : Outcome.CLEAN)
          || exit.toString().length() > 1_000) {
        wrong.add(label + ": " + exit);
      }
    } catch (TimeoutException e) {
      wrong.add(label + ": hangs");
      program.close();
    } catch (InterruptedException | ExecutionException e) {
      wrong.add(label + ": " + e);
      program.close();
    }
  }

  @Test
  void aRunningProgramTakesOrRefusesItAndGoesOn() throws IOException {
    for (Class<?> type : RUNNING.keySet()) {
      for (From from : From.values()) {
        tryAll(
            type,
            " from " + from,
            (label, call, mustBeRefused) -> inProgram(type, from, label, call, mustBeRefused));
      }
    }

    finish("running", 500);
  }

  private void finish(String which, int atLeast) throws IOException {
    Files.write(Path.of(LIST + "." + which), tried);
    assertEquals(List.of(), wrong);
    assertTrue(tried.size() >= atLeast, () -> "tried only " + tried.size());
  }

  @Test
  void whatNeedsNoProgramTakesOrRefusesIt() throws IOException {
    for (Map.Entry<Class<?>, Object> each : WITHOUT_PROGRAM.entrySet()) {
      tryAll(
          each.getKey(),
          "",
          (label, call, mustBeRefused) -> {
            boolean isName = label.startsWith("Config.named"); // refused with the other values
            judge(label, thrownBy(call, each.getValue()), mustBeRefused && !isName);
          });
    }

    finish("alone", 100);
  }

  @Test
  void anOddConfigurationStartsOrIsRefusedInOneLine() throws Exception {
    for (Executable each : methods(Config.class)) {
      Method method = (Method) each;
      for (Odd odd : odd(method.getParameters()[0])) {
        if (odd.value != null || method.getName().equals("named")) {
          String label = "Config." + method.getName() + " " + odd.label + ", started";
          tried.add(label);
          Config config = (Config) method.invoke(CONFIG, odd.value);
          Exit exit =
              Srun.run(
                  config.withoutSignals().withoutAdmin().withoutTelemetry(),
                  app -> app.main("m", ctx -> {}));
          boolean refusedInOneLine =
              exit.code() == 2
                  && exit.toString().length() < 1_000
                  && exit.toString().lines().count() == 1;
          if (exit.code() != 0 && !refusedInOneLine) {
            wrong.add(label + ": " + exit);
          }
        }
      }
    }

    finish("started", 50);
  }

  @Test
  void aSetupTakesOrRefusesIt() throws IOException {
    for (Class<?> type : IN_SETUP) {
      tryAll(
          type,
          " in the setup",
          (label, call, mustBeRefused) -> {
            CompletableFuture<@Nullable Throwable> result = new CompletableFuture<>();
            Exit exit =
                Srun.run(
                    CONFIG,
                    app -> {
                      app.service("before", ctx -> {});
                      Registration registration = app.service("s", new Everything());
                      if (type == Registrar.class) {
                        result.complete(thrownBy(call, app));
                      } else if (type == Registration.class) {
                        result.complete(thrownBy(call, registration));
                      } else {
                        app.group(group -> result.complete(thrownBy(call, group)));
                      }
                      app.main("m", ctx -> {});
                    });
            judge(label, result.getNow(new AssertionError("not called")), mustBeRefused);
            boolean ends = exit.outcome() == Outcome.CLEAN;
            if (!ends) {
              wrong.add(label + ": " + exit);
            }
          });
    }

    finish("setup", 80);
  }

  /** Implements what the options of a registration are about. */
  private static final class Everything implements Service, HealthChecked {
    @Override
    public void run(Context ctx) {
      ctx.ready();
    }

    @Override
    public void ready(Context ctx) throws Exception {
      ctx.awaitReady();
    }

    @Override
    public Health check() {
      return Health.healthy();
    }
  }

  @Test
  void aThreadThatIsToDoNothingIsRefused() {
    Call call = ctx -> ((Context) ctx).threads().virtual("v").newThread(null);

    inProgram(Context.class, From.RUN, "Context.threads newThread", call, true);
    assertEquals(List.of(), wrong);
  }

  // After the end

  @Test
  void aProgramThatHasEndedTakesOrRefusesIt() throws Exception {
    CompletableFuture<Context> context = new CompletableFuture<>();
    Map<Class<?>, Object> receivers = new LinkedHashMap<>();
    Running program =
        Srun.start(
            CONFIG,
            app -> {
              app.service("before", ctx -> {});
              app.service("s", context::complete);
            });
    Subject subject = new Subject(context.get(5, SECONDS), program);
    for (Map.Entry<Class<?>, Source> each : RUNNING.entrySet()) {
      receivers.put(each.getKey(), each.getValue().from(subject));
    }
    program.close();
    Exit before = program.await();
    for (Map.Entry<Class<?>, Object> each : receivers.entrySet()) {
      tryAll(
          each.getKey(),
          " after the end",
          (label, call, mustBeRefused) ->
              judge(label, inTime(label, call, each.getValue()), mustBeRefused));
      for (Method method : each.getKey().getMethods()) {
        if (method.getParameterCount() == 0 && method.getDeclaringClass() != Object.class) {
          String label =
              each.getKey().getSimpleName() + "." + method.getName() + "[] after the end";
          tried.add(label);
          judge(label, inTime(label, its -> invoke(method, its), each.getValue()), false);
        }
      }
    }

    assertEquals(before, program.await());
    finish("ended", 200);
  }

  private @Nullable Throwable inTime(String label, Call call, Object receiver) {
    CompletableFuture<@Nullable Throwable> result = new CompletableFuture<>();
    Thread caller =
        Thread.ofPlatform().daemon().start(() -> result.complete(thrownBy(call, receiver)));
    try {
      return result.get(5, SECONDS);
    } catch (TimeoutException e) {
      caller.interrupt();
      return new AssertionError(label + " hangs");
    } catch (InterruptedException | ExecutionException e) {
      return e;
    }
  }

  // That nothing is left out

  /** What programs implement, and srun calls. */
  private static final Set<Class<?>> IMPLEMENTED =
      Set.of(
          Service.class,
          WarmedUp.class,
          HealthFunction.class,
          HealthListener.class,
          StateListener.class,
          Setup.class,
          Task.class,
          ListeningSocket.Acceptor.class,
          HttpListener.Handler.class);

  /** What srun makes, and programs read. */
  private static final Set<Class<?>> READ =
      Set.of(PhaseTime.class, UpgradeFigures.class, UpgradeStep.class, ServiceHealth.class);

  @Test
  void noTypeThatProgramsCallIsLeftOut() {
    Set<String> left = new TreeSet<>();
    for (Class<?> type : Types.all()) {
      boolean isForPrograms =
          PublicApi.isPublic(type)
              && Set.of("dev.srun", "dev.srun.http").contains(type.getPackageName())
              && !IMPLEMENTED.contains(type)
              && !READ.contains(type)
              && !Throwable.class.isAssignableFrom(type);
      boolean takesSomething =
          Arrays.stream(type.getDeclaredMethods())
              .anyMatch(method ->
                  Modifier.isPublic(method.getModifiers())
                      && !method.isSynthetic()
                      && method.getParameterCount() > 0
                      && !Set.of("equals", "valueOf", "canBecome").contains(method.getName()));
      boolean isTried =
          RUNNING.containsKey(type) || WITHOUT_PROGRAM.containsKey(type) || IN_SETUP.contains(type);
      if (isForPrograms && takesSomething && !isTried) {
        left.add(type.getSimpleName());
      }
    }

    assertEquals(Set.of("Srun"), left); // see below
  }

  @Test
  void aProgramWithoutConfigurationOrSetupIsRefused() {
    judge(
        "start without a configuration", thrownBy(its -> Srun.start(null, app -> {}), null), true);
    judge(
        "run without a configuration",
        thrownBy(its -> Srun.run((Config) null, app -> {}), null),
        true);
    Exit exit = Srun.run(CONFIG, null);

    assertEquals(List.of(), wrong);
    assertEquals(2, exit.code(), exit::toString);
    assertTrue(exit.toString().contains("the setup of t is null"), exit::toString);
  }
}
