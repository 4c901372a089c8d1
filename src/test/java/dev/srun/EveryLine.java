package dev.srun;

import java.util.function.Consumer;

/** A sink that takes every line, whatever its level, and hands it on. */
record EveryLine(Consumer<LogLine> to) implements LogSink {
  @Override
  public boolean isLoggable(System.Logger.Level level) {
    return true;
  }

  @Override
  public void write(LogLine line) {
    to.accept(line);
  }
}
