package dev.srun;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;

/** A stream that takes log lines of one format, from one level on. */
final class StreamSink implements LogSink {

  private record Choice(LogFormat format, Level lowest) {}

  private final OutputStream stream;
  private volatile Choice choice;

  StreamSink(OutputStream stream, LogFormat format, Level lowest) {
    this.stream = stream;
    this.choice = new Choice(format, lowest);
  }

  void configure(LogFormat format, Level lowest) {
    choice = new Choice(format, lowest);
  }

  @Override
  public boolean isLoggable(Level level) {
    return level.getSeverity() >= choice.lowest.getSeverity();
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
