package dev.srun;

import java.lang.System.Logger.Level;
import java.util.List;

/**
 * The program's own logging, by way of System.Logger. Its backend is foreign code: whether a level
 * is logged is asked when the sink is made and with each line written, and remembered for those who
 * may not wait.
 */
final class SystemLoggerSink implements LogSink {
  private static final List<Level> LEVELS =
      List.of(Level.TRACE, Level.DEBUG, Level.INFO, Level.WARNING, Level.ERROR);

  private final System.Logger runner = System.getLogger("srun");
  private volatile Level asked = Level.ALL;
  private volatile Level lowest = ask();

  private Level ask() {
    int least = asked.getSeverity();
    return LEVELS.stream()
        .filter(level -> level.getSeverity() >= least && runner.isLoggable(level))
        .findFirst()
        .orElse(Level.OFF);
  }

  @Override
  public void ignoreBelow(Level level) {
    asked = level;
    lowest = ask();
  }

  @Override
  public boolean isLoggable(Level level) {
    return level.getSeverity() >= lowest.getSeverity();
  }

  @Override
  public void write(LogLine line) {
    String below = line.detail() == null ? "" : line.detail().text();
    String text = withService(line) + (below.isEmpty() ? "" : System.lineSeparator() + below);
    System.getLogger(line.scope()).log(line.level(), text);
    lowest = ask();
  }

  /**
   * The service stands in the text as well, since many a format does not show the logger's name.
   */
  private static String withService(LogLine line) {
    int dot = line.scope().indexOf('.');
    return dot < 0 ? line.message() : line.scope().substring(dot + 1) + ": " + line.message();
  }
}
