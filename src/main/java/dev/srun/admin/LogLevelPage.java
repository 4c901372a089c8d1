package dev.srun.admin;

import com.sun.net.httpserver.HttpExchange;
import dev.srun.Runner;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Shows and changes how much is logged while the program runs. */
final class LogLevelPage {
  private static final String DEFAULT = "default";
  private static final List<String> LEVELS =
      List.of(DEFAULT, "trace", "debug", "info", "warning", "error", "off");

  private static final Pattern LOGGER = Pattern.compile("[\\w.$() -]{0,200}");

  private final Runner runner;
  private final Logger logger;

  LogLevelPage(Runner runner, Logger logger) {
    this.runner = runner;
    this.logger = logger;
  }

  void show(HttpExchange exchange) throws IOException, BadRequestException {
    Map<String, Level> levels = runner.logLevels();
    if (Answers.wantsJson(exchange)) {
      Answers.json(exchange, 200, levels);
      return;
    }
    StringBuilder text = new StringBuilder();
    levels.forEach((scope, level) ->
        text.append(level)
            .append(' ')
            .append(scope.isEmpty() ? "(all others)" : scope)
            .append('\n'));
    Answers.text(exchange, 200, text.isEmpty() ? "the log is not srun's\n" : text.toString());
  }

  /** {@code ?level=debug}, for one logger and those below it {@code &logger=wallet.ledger}. */
  void change(HttpExchange exchange) throws IOException, BadRequestException {
    Query query = Query.of(exchange);
    String scope = query.text("logger", "");
    if (query.text("level", "").isEmpty()) {
      throw new BadRequestException(
          "level is missing: expected one of " + String.join(", ", LEVELS));
    }
    if (!LOGGER.matcher(scope).matches()) {
      throw new BadRequestException("logger is not the name of one: expected wallet.ledger, say");
    }
    String word = query.oneOf("level", LEVELS);
    Level level = word.equals(DEFAULT) ? null : Level.valueOf(word.toUpperCase(Locale.ROOT));
    if (!runner.logLevel(scope, level)) {
      Answers.text(
          exchange, 409, "the program configured a logging of its own: change the level there\n");
      return;
    }
    String whose = scope.isEmpty() ? "all loggers" : scope;
    logger.log(Level.INFO, "log level of " + whose + " set to " + word);
    show(exchange);
  }
}
