package dev.srun;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Signals by {@code sun.misc.Signal}, called by reflection since naming it warns in a way that no
 * annotation silences, and shutdown by a hook.
 */
final class JvmSignals implements Signals {
  private static final List<String> NAMES = List.of("TERM", "INT", "HUP");

  /**
   * Kept in the JVM's properties because what it guards is the JVM's, whoever loaded this class.
   */
  private static final String OWNER = "dev.srun.signals.owner";

  @Override
  public Attached attach(Receiver receiver, Consumer<String> say) {
    Deque<Runnable> undo = new ArrayDeque<>();
    String self = "runner " + System.identityHashCode(receiver) + " at " + System.nanoTime();
    if (System.getProperties().putIfAbsent(OWNER, self) != null) {
      say.accept("another runner of this JVM has the signals; this one runs without them");
      return () -> {};
    }
    undo.push(() -> System.getProperties().remove(OWNER, self));
    addHook(receiver, undo);
    for (String name : NAMES) {
      handle(name, receiver, say, undo);
    }
    return () -> undo.forEach(each -> undo(each, say));
  }

  private static void undo(Runnable step, Consumer<String> say) {
    try {
      step.run();
    } catch (RuntimeException e) {
      say.accept("signals cannot be given back whole: " + e);
    }
  }

  private static void addHook(Receiver receiver, Deque<Runnable> undo) {
    Runtime runtime = Runtime.getRuntime();
    Thread hook = Thread.ofPlatform().name("srun-shutdown").unstarted(receiver::onShutdown);
    try {
      runtime.addShutdownHook(hook);
    } catch (IllegalStateException shuttingDown) {
      return;
    }
    undo.push(() -> removeHook(runtime, hook));
  }

  private static void removeHook(Runtime runtime, Thread hook) {
    try {
      runtime.removeShutdownHook(hook);
    } catch (IllegalStateException shuttingDown) {
      // The hook has done what it is for.
    }
  }

  private static void handle(
      String name, Receiver receiver, Consumer<String> say, Deque<Runnable> undo) {
    try {
      Class<?> signalType = Class.forName("sun.misc.Signal");
      Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
      Method handle = signalType.getMethod("handle", signalType, handlerType);
      Object signal = signalType.getConstructor(String.class).newInstance(name);
      int number = (int) signalType.getMethod("getNumber").invoke(signal);
      Cause.Signalled cause = new Cause.Signalled(name, number);
      Object previous = handle.invoke(null, signal, handler(handlerType, receiver, cause));
      if (previous.equals(handlerType.getField("SIG_IGN").get(null))) {
        say.accept("signal " + name + " is ignored by this process (nohup?) and stays so");
      }
      undo.push(() -> restore(handle, signal, previous));
    } catch (ReflectiveOperationException | RuntimeException e) {
      Throwable why = e instanceof InvocationTargetException thrown ? thrown.getCause() : e;
      say.accept(
          "signal " + name + " cannot be handled (" + why + "); a shutdown hook serves instead");
    }
  }

  @SuppressWarnings("ReferenceEquality") // what equals of a proxy means
  private static Object handler(Class<?> type, Receiver receiver, Cause.Signalled cause) {
    return Proxy.newProxyInstance(
        type.getClassLoader(),
        new Class<?>[] {type},
        (proxy, method, arguments) ->
            switch (method.getName()) {
              case "handle" -> deliver(receiver, cause);
              case "equals" -> proxy == arguments[0];
              case "hashCode" -> System.identityHashCode(proxy);
              default -> "srun's handler of " + cause;
            });
  }

  private static @Nullable Object deliver(Receiver receiver, Cause.Signalled cause) {
    receiver.onSignal(cause);
    return null;
  }

  private static void restore(Method handle, Object signal, Object previous) {
    try {
      handle.invoke(null, signal, previous);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot restore the handler of " + signal, e);
    }
  }
}
