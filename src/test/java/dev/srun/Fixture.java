package dev.srun;

/**
 * A service that notes every call into it and runs until it is stopped. A test overrides the phase
 * it is about.
 */
class Fixture implements Service {
  private final String name;
  private final FakeHost.Door stopped;
  final FakeHost host;
  final Journal journal;

  Fixture(String name, FakeHost host, Journal journal) {
    this.name = name;
    this.host = host;
    this.journal = journal;
    this.stopped = host.new Door();
  }

  final void note(String verb) {
    journal.note(verb + " " + name);
  }

  final void runUntilStopped(Context ctx) throws InterruptedException {
    ctx.ready();
    stopped.await();
  }

  final void letRunReturn() {
    stopped.open();
  }

  @Override
  public void init(Context ctx) throws Exception {
    note("init");
  }

  @Override
  public void run(Context ctx) throws Exception {
    note("run");
    runUntilStopped(ctx);
  }

  @Override
  public void stop(Context ctx) throws Exception {
    note("stop");
    letRunReturn();
  }
}
