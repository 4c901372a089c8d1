package dev.srun;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** The system's signals, and shutdown by a hook. */
final class JvmSignals implements Signals {
  private static final List<String> NAMES = List.of("TERM", "INT", "HUP");

  /**
   * Kept in the JVM's properties because what it guards is the JVM's, whoever loaded this class.
   */
  private static final String OWNER = "dev.srun.signals.owner";

  @Override
  public Attached attach(Receiver receiver, LogWriter log) {
    String self = "runner " + System.identityHashCode(receiver) + " at " + System.nanoTime();
    if (System.getProperties().putIfAbsent(OWNER, self) != null) {
      log.info("srun", "another runner of this JVM has the signals; this one runs without them");
      return () -> {};
    }
    Owner owner = new Owner(self, log, new ShutdownLog(receiver, log));
    for (String name : NAMES) {
      owner.handle(name, receiver);
    }
    owner.addHook(receiver); // after the signals: to the hook alone one of them is a System.exit
    return owner;
  }

  /** The body of the hook, on a thread of the JVM's. */
  private record Hook(Receiver receiver, ShutdownLog log) implements Runnable {
    @Override
    public void run() {
      receiver.onShutdown(log);
    }
  }

  /** A signal that is handled, and what came of it before. */
  private record Handled(String name, SystemSignals.Former former) {}

  /** Whoever has the signals, and what came of them before. */
  private static final class Owner implements Attached {
    private final String self;
    private final LogWriter log;
    private final ShutdownLog shutdownLog;
    private final List<Handled> handled = new ArrayList<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private @Nullable Thread hook;

    Owner(String self, LogWriter log, ShutdownLog shutdownLog) {
      this.self = self;
      this.log = log;
      this.shutdownLog = shutdownLog;
    }

    void addHook(Receiver receiver) {
      Thread unstarted =
          Thread.ofPlatform().name("srun-shutdown").unstarted(new Hook(receiver, shutdownLog));
      try {
        Runtime.getRuntime().addShutdownHook(unstarted);
        hook = unstarted;
      } catch (IllegalStateException shuttingDown) {
        // There is no stop to be had any more but the one that goes on.
      }
    }

    void handle(String name, Receiver receiver) {
      try {
        SystemSignals.Former former = SystemSignals.find().handle(name, receiver);
        if (former.wasIgnored()) {
          log.info("srun", "signal " + name + " is ignored by this process (nohup?) and stays so");
        }
        handled.add(new Handled(name, former));
      } catch (RuntimeException | LinkageError e) {
        log.info(
            "srun",
            "signal " + name + " cannot be handled (" + e + "); a shutdown hook serves instead");
      }
    }

    @Override
    public void watchExits() {
      shutdownLog.watch();
    }

    @Override
    public void endsProcess() {
      shutdownLog.unwatch();
    }

    @Override
    public void close() {
      if (!closed.compareAndSet(false, true)) {
        return; // another runner may have the signals by now
      }
      for (Handled each : handled.reversed()) {
        try {
          each.former.restore();
        } catch (RuntimeException e) {
          log.info("srun", "signals cannot be given back whole: " + e);
        }
      }
      removeHook();
      shutdownLog.unwatch();
      System.getProperties().remove(OWNER, self);
    }

    /** By raising it, so that no handler of the program's runs on a thread of srun's. */
    @Override
    public void passOn(Cause.Signalled signal) {
      close();
      for (Handled each : handled) {
        if (each.name.equals(signal.signal()) && !each.former.wasIgnored()) {
          each.former.raise();
        }
      }
    }

    private void removeHook() {
      if (hook != null) {
        try {
          Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
          // The hook has done what it is for.
        }
      }
    }
  }
}
