package dev.srun.bench.load;

/** Which connection a request goes over. */
enum Kind {
  /** One that is kept alive, and shared with the requests before and after it. */
  KEPT("kept-alive"),
  /** One of its own, with {@code Connection: close}. */
  FRESH("fresh");

  private final String text;

  Kind(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}
