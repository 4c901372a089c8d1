package dev.srun;

/** A scope of plain threads, for a JVM without a StructuredTaskScope that srun knows. */
final class PlainScope extends CountedScope {
  private final String reason;

  /** Makes a scope that tells {@code reason}, why it is not a structured one. */
  PlainScope(ProgramThreads threads, String reason) {
    super(threads);
    this.reason = reason;
  }

  @Override
  Thread start(String name, boolean platform, Counted body) {
    return threads().start(name, platform, body);
  }

  @Override
  public boolean bindsOwner() {
    return false;
  }

  @Override
  public String description() {
    return "plain virtual threads (" + reason + ")";
  }
}
