package dev.srun.process;

import dev.srun.Context;
import dev.srun.Phase;
import dev.srun.Registration;
import dev.srun.Service;
import dev.srun.Srun;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A service that says which phases it enters and leaves, and may have a fault in one of them; and a
 * program of three services, one of which has.
 */
final class Faulty implements Service {

  static final List<String> NAMES = List.of("first", "middle", "last");

  /** How a phase can go wrong. */
  enum Fault {
    THROWS,
    THROWS_AN_ERROR,
    OVERFLOWS_THE_STACK,
    FILLS_THE_HEAP,
    THROWS_WITHOUT_TEXT,
    THROWS_AN_INTERRUPT_WITHOUT_TEXT,
    EXITS,
    HANGS,
    RETURNS_LATE,
    OUTLIVES_THE_GRACE,
    HANGS_AND_SWALLOWS_INTERRUPTS,
    SPINS,
    OPENS_A_FIFO,
    THROWS_WITH_ENDLESS_TEXT
  }

  /** When it does. */
  enum When {
    AT_ONCE,
    /** In run: as soon as every service is running. */
    UP,
    INTERRUPTED
  }

  /** What is in flight when the program stops, in a service that has no stop. */
  enum Beside {
    NOTHING,
    COUNTED_WORK,
    REQUEST
  }

  /**
   * What the program is to do, handed over as its arguments.
   *
   * @param service the one with the fault
   * @param asks whether the program asks itself to stop once it is up
   * @param limitMillis how long the phase of this service may take; 0 for the limits of all others
   * @param fifo what nobody writes to; empty where it is not needed
   */
  record Plan(
      String service,
      Phase phase,
      Fault fault,
      When when,
      boolean asks,
      int limitMillis,
      String fifo,
      Beside beside) {

    private static Plan from(String[] args) {
      return new Plan(
          args[0],
          Phase.valueOf(args[1]),
          Fault.valueOf(args[2]),
          When.valueOf(args[3]),
          Boolean.parseBoolean(args[4]),
          Integer.parseInt(args[5]),
          args[6],
          Beside.valueOf(args[7]));
    }

    String[] arguments() {
      return new String[] {
        service,
        phase.name(),
        fault.name(),
        when.name(),
        String.valueOf(asks),
        String.valueOf(limitMillis),
        fifo,
        beside.name()
      };
    }
  }

  /** Half way between the limit that belongs to it, of 200 ms, and when a service is given up. */
  private static final Duration LATE = Duration.ofMillis(450);

  /** After a grace of half a second, and before the overtime ends. */
  private static final Duration AFTER_THE_GRACE = Duration.ofMillis(550);

  private final Plan plan;

  private Faulty(Plan plan) {
    this.plan = plan;
  }

  public static void main(String[] args) {
    Plan plan = Plan.from(args);
    Srun.runOrExit(
        "faulty",
        app -> {
          switch (plan.beside()) {
            case NOTHING -> {}
            case COUNTED_WORK -> app.service(Unfinished.NAME, Unfinished::work);
            case REQUEST -> app.service(Unfinished.NAME, new Unfinished());
          }
          NAMES.forEach(name -> {
            Registration registration = app.service(name, new Faulty(plan));
            if (plan.limitMillis() > 0 && plan.service().equals(name)) {
              limit(registration, plan.phase(), Duration.ofMillis(plan.limitMillis()));
            }
          });
        });
  }

  private static void limit(Registration registration, Phase phase, Duration limit) {
    switch (phase) {
      case INIT -> registration.initTimeout(limit);
      case READY -> registration.readyTimeout(limit);
      default -> registration.stopTimeout(limit);
    }
  }

  @Override
  public void init(Context ctx) throws Exception {
    ctx.own(() -> in(Phase.CLOSE, ctx));
    in(Phase.INIT, ctx);
  }

  @Override
  public void run(Context ctx) throws Exception {
    ctx.ready();
    if (plan.asks() && ctx.name().equals(NAMES.getLast())) {
      Thread.ofVirtual().start(() -> askWhenUp(ctx));
    }
    in(Phase.RUN, ctx);
  }

  @Override
  public void ready(Context ctx) throws Exception {
    ctx.awaitReady();
    in(Phase.READY, ctx);
  }

  @Override
  public void stop(Context ctx) throws Exception {
    in(Phase.STOP, ctx);
    ctx.interruptRun();
  }

  private void in(Phase phase, Context ctx) throws Exception {
    Spoken.say(ctx, phase.toString());
    try {
      if (plan.phase() == phase && plan.service().equals(ctx.name())) {
        await(plan.when(), ctx);
        strike();
      }
    } finally {
      Spoken.say(ctx, "leaves " + phase);
    }
  }

  private static void await(When when, Context ctx) throws InterruptedException {
    switch (when) {
      case AT_ONCE -> {}
      case UP -> awaitUp(ctx);
      case INTERRUPTED -> awaitInterrupt();
    }
  }

  private static void awaitInterrupt() {
    try {
      Thread.sleep(Duration.ofMinutes(1));
    } catch (InterruptedException e) {
      // Now.
    }
  }

  private static void awaitUp(Context ctx) throws InterruptedException {
    while (!ctx.runner().status().ready()) {
      Thread.sleep(Duration.ofMillis(5));
    }
  }

  private static void askWhenUp(Context ctx) {
    try {
      awaitUp(ctx);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    ctx.runner().stop("enough");
  }

  private void strike() throws Exception {
    switch (plan.fault()) {
      case THROWS -> throw new IOException("the disk is gone");
      case THROWS_AN_ERROR -> throw new AssertionError("this cannot be");
      case OVERFLOWS_THE_STACK -> System.out.println(depth(1));
      case FILLS_THE_HEAP -> fillTheHeap();
      case THROWS_WITHOUT_TEXT -> throw new WithoutText();
      case THROWS_AN_INTERRUPT_WITHOUT_TEXT -> throw new InterruptWithoutText();
      case EXITS -> System.exit(7);
      case HANGS -> Thread.sleep(Duration.ofMinutes(1));
      case RETURNS_LATE -> hang(LATE);
      case OUTLIVES_THE_GRACE -> hang(AFTER_THE_GRACE);
      case HANGS_AND_SWALLOWS_INTERRUPTS -> hang(Duration.ofMinutes(1));
      case SPINS -> spin();
      case OPENS_A_FIFO -> open(Path.of(plan.fifo()));
      case THROWS_WITH_ENDLESS_TEXT -> throw new WithEndlessText();
    }
  }

  private static int depth(int above) {
    return above == 0 ? 0 : 1 + depth(above + 1);
  }

  private static void fillTheHeap() {
    List<byte[]> all = new ArrayList<>();
    while (!all.contains(null)) {
      all.add(new byte[1 << 22]);
    }
  }

  /** Whoever interrupts it. */
  private static void hang(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
      try {
        Thread.sleep(Duration.ofNanos(left));
      } catch (InterruptedException e) {
        // So what?
      }
    }
  }

  private static void spin() {
    while (true) {}
  }

  /** Waits in the system until somebody opens the other end. */
  private static void open(Path fifo) throws IOException {
    new FileInputStream(fifo.toFile()).close();
  }

  @SuppressWarnings("OverrideThrowableToString")
  private static final class WithoutText extends Exception {
    private static final long serialVersionUID = 1L;

    @Override
    public String toString() {
      throw new IllegalStateException("no text");
    }
  }

  @SuppressWarnings("OverrideThrowableToString")
  private static final class InterruptWithoutText extends InterruptedException {
    private static final long serialVersionUID = 1L;

    @Override
    public String toString() {
      throw new IllegalStateException("no text");
    }
  }

  @SuppressWarnings("OverrideThrowableToString")
  private static final class WithEndlessText extends Exception {
    private static final long serialVersionUID = 1L;

    @Override
    public String toString() {
      hang(Duration.ofMinutes(1));
      return "an end after all";
    }
  }
}
