package dev.srun.program;

import dev.srun.Context;
import dev.srun.Registrar;
import java.util.concurrent.ThreadFactory;

/**
 * What a program does with its context, in a package that is neither the JDK's nor srun's: reports
 * name lines of this file.
 */
public final class Handover {
  private Handover() {}

  /** What a close does. */
  @FunctionalInterface
  public interface Closing {
    /** Does it. */
    void close();
  }

  /** What a thread does. */
  @FunctionalInterface
  public interface Body {
    /** Does it. */
    void run();
  }

  /** A connection, say. */
  public static final class Connection implements AutoCloseable {
    private final Closing closing;

    /** Makes one that closes as it is told. */
    public Connection(Closing closing) {
      this.closing = closing;
    }

    @Override
    public void close() {
      closing.close();
    }
  }

  /** Has the service own a connection. */
  public static void connect(Context ctx, Closing closing) {
    ctx.own(new Connection(closing));
  }

  /** Has the program own a connection. */
  public static void connect(Registrar app, Closing closing) {
    app.own(new Connection(closing));
  }

  /** Starts a thread of the service's own. */
  public static Thread startWorker(Context ctx, String name, Body body) {
    return ctx.threads().start(name, own -> work(body));
  }

  /** Asks for a factory of such threads. */
  public static ThreadFactory workers(Context ctx, String name) {
    return ctx.threads().virtual(name);
  }

  /** Starts a thread that no service knows. */
  public static Thread startStray(String name, boolean daemon, Body body) {
    return Thread.ofPlatform().name(name).daemon(daemon).start(() -> work(body));
  }

  /** Where a thread stands that works. */
  public static void work(Body body) {
    body.run();
  }
}
