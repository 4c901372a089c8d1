package dev.srun;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/** The system's signals, and shutdown by a hook. */
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
      SystemSignals.Former former = SystemSignals.find().handle(name, receiver::onSignal);
      if (former.wasIgnored()) {
        say.accept("signal " + name + " is ignored by this process (nohup?) and stays so");
      }
      undo.push(former.restore());
    } catch (RuntimeException | LinkageError e) {
      say.accept(
          "signal " + name + " cannot be handled (" + e + "); a shutdown hook serves instead");
    }
  }
}
