package dev.srun.admin;

import java.io.IOException;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import jdk.jfr.Configuration;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;

/**
 * Records with the Flight Recorder of the JVM. The one class that names it: a runtime may lack it,
 * and before this class is used nothing of it is loaded.
 */
final class Recorder {
  private static final String CPU_TIME = "jdk.CPUTimeSample";
  private static final Duration PERIOD = Duration.ofMillis(10);

  private final FlightRecorder recorder;

  /** Says when enough was recorded. */
  @FunctionalInterface
  interface Wait {
    void await() throws InterruptedException, NoProfileException, IOException;
  }

  Recorder() throws NoProfileException {
    if (!FlightRecorder.isAvailable()) {
      throw new NoProfileException(
          NoProfileException.NEVER, "this JVM runs without its Flight Recorder");
    }
    try {
      recorder = FlightRecorder.getFlightRecorder();
    } catch (IllegalStateException e) {
      throw new NoProfileException(NoProfileException.NOT_NOW, "cannot record: " + e);
    }
  }

  /** How this JVM samples what uses the CPU. */
  Sampling cpu() {
    boolean knowsCpuTime =
        recorder.getEventTypes().stream().anyMatch(type -> type.getName().equals(CPU_TIME));
    return knowsCpuTime ? Sampling.CPU_TIME : Sampling.EXECUTION;
  }

  /** Records until the wait is over. Whatever ends it, the recorder keeps nothing of it. */
  void record(Sampling sampling, Path file, Wait wait)
      throws InterruptedException, NoProfileException {
    try (Recording recording = recording(sampling)) {
      recording.setMaxSize(sampling.keptBytes());
      recording.start();
      wait.await();
      recording.stop();
      recording.dump(file);
    } catch (IOException | IllegalStateException e) {
      throw new NoProfileException(NoProfileException.NOT_NOW, "cannot record: " + e);
    }
  }

  private static Recording recording(Sampling sampling) throws IOException {
    return switch (sampling) {
      case CPU_TIME -> {
        Recording recording = new Recording();
        recording.enable(CPU_TIME).with("throttle", PERIOD.toMillis() + "ms");
        yield recording;
      }
      case EXECUTION -> {
        Recording recording = new Recording();
        recording.enable("jdk.ExecutionSample").withPeriod(PERIOD);
        recording.enable("jdk.NativeMethodSample").withPeriod(PERIOD);
        yield recording;
      }
      case ALLOCATION -> {
        Recording recording = new Recording();
        recording.enable("jdk.ObjectAllocationSample").with("throttle", "300/s");
        yield recording;
      }
      case EVERYTHING -> profileOfTheJdk();
    };
  }

  private static Recording profileOfTheJdk() throws IOException {
    try {
      return new Recording(Configuration.getConfiguration("profile"));
    } catch (ParseException e) {
      throw new IOException("the JDK's own settings", e);
    }
  }
}
