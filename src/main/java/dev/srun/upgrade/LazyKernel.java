package dev.srun.upgrade;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * The system's calls, sought once: by who needs them first, or ahead of that by a thread that does
 * nothing else, since it takes some hundred milliseconds.
 */
final class LazyKernel implements Connection.KernelSource {
  private final Supplier<Kernel.Found> finder;
  private final AtomicBoolean isSought = new AtomicBoolean();
  private final CompletableFuture<Kernel.Found> found = new CompletableFuture<>();

  LazyKernel(Supplier<Kernel.Found> finder) {
    this.finder = finder;
  }

  void seek() {
    if (isSought.compareAndSet(false, true)) {
      try {
        found.complete(finder.get());
      } catch (RuntimeException | Error e) {
        found.complete(new Kernel.Found(null, "this JVM cannot call the system: " + e));
      }
    }
  }

  /**
   * Waits for whoever seeks them already.
   *
   * @throws IOException if there are none, and why
   */
  @Override
  public Kernel get() throws IOException {
    seek();
    Kernel.Found its = found.join();
    Kernel kernel = its.kernel();
    if (kernel == null) {
      throw new IOException(its.whyNot());
    }
    return kernel;
  }
}
