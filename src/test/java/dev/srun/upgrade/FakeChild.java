package dev.srun.upgrade;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A process that is a thread of this JVM. Its number is this one's, so that the hello is true. */
final class FakeChild extends Process {

  /** What it does, and with which code it exits. An interrupt is a TERM. */
  interface Life {
    int live(Rendezvous.Place place, FakeKernel kernel) throws Exception;
  }

  static final int TERMINATED = 143;
  static final int KILLED = 137;
  private static final int THREW = 1;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final FakeKernel kernel;
  private final CompletableFuture<Integer> exit = new CompletableFuture<>();
  private final Thread thread;
  private volatile boolean terminated;

  FakeChild(FakeKernel kernel, Map<String, String> environment, Life life) {
    this.kernel = kernel;
    this.thread = Thread.ofPlatform().daemon().unstarted(() -> live(environment, life));
    thread.start();
  }

  private void live(Map<String, String> environment, Life life) {
    String[] words = environment.get(Rendezvous.VARIABLE).split(":", 2);
    var place = new Rendezvous.Place(Long.parseLong(words[0]), Path.of(words[1]));
    try {
      end(life.live(place, kernel));
    } catch (Exception e) {
      end(terminated ? TERMINATED : THREW);
    }
  }

  private void end(int code) {
    try {
      kernel.endProcess();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } finally {
      exit.complete(code);
    }
  }

  /** Leaves nothing of it behind that others in this JVM could see. */
  void end() {
    destroyForcibly();
    try {
      thread.join(PATIENCE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  FakeKernel kernel() {
    return kernel;
  }

  @Override
  public long pid() {
    return ProcessHandle.current().pid();
  }

  @Override
  public boolean isAlive() {
    return !exit.isDone();
  }

  @Override
  public int waitFor() throws InterruptedException {
    try {
      return exit.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public boolean waitFor(long timeout, TimeUnit unit) throws InterruptedException {
    try {
      exit.get(timeout, unit);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public int exitValue() {
    if (!exit.isDone()) {
      throw new IllegalThreadStateException("it lives");
    }
    return exit.join();
  }

  @Override
  public void destroy() {
    terminated = true;
    thread.interrupt();
  }

  @Override
  public Process destroyForcibly() {
    end(KILLED);
    thread.interrupt();
    return this;
  }

  @Override
  public OutputStream getOutputStream() {
    return OutputStream.nullOutputStream();
  }

  @Override
  public InputStream getInputStream() {
    return InputStream.nullInputStream();
  }

  @Override
  public InputStream getErrorStream() {
    return InputStream.nullInputStream();
  }
}
