package dev.srun;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;

/** A stream that takes log lines of one format, from one level on. */
final class StreamSink implements LogSink {

  private record Choice(LogFormat format, LogLevels levels) {}

  private final OutputStream stream;
  private volatile Choice choice;

  StreamSink(OutputStream stream, LogFormat format, Level lowest) {
    this.stream = stream;
    this.choice = new Choice(format, new LogLevels(lowest));
  }

  void configure(LogFormat format, Level lowest) {
    choice = new Choice(format, new LogLevels(lowest));
  }

  /** Changes the levels alone. */
  void levels(LogLevels levels) {
    choice = new Choice(choice.format, levels);
  }

  LogLevels levels() {
    return choice.levels;
  }

  @Override
  public boolean isLoggable(Level level) {
    return choice.levels.isLoggable(level);
  }

  @Override
  public boolean isLoggable(String scope, Level level) {
    return choice.levels.isLoggable(scope, level);
  }

  @Override
  public void write(LogLine line) throws IOException {
    String text =
        switch (choice.format) {
          case TEXT -> LogText.text(line);
          case JSON -> LogText.json(line);
        };
    stream.write(text.getBytes(StandardCharsets.UTF_8));
    stream.flush();
  }
}
