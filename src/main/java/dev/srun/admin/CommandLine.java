package dev.srun.admin;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.RuntimeMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The command line of the process, an argument a line, without what looks like a secret. */
final class CommandLine {
  private static final Path PROC = Path.of("/proc/self/cmdline");
  private static final String MASK = "***";

  private static final String SECRET =
      "(?i)[\\w.-]*(?:pass|pwd|secret|token|credential|api-?_?key|access-?_?key|private-?_?key|auth)[\\w.-]*";

  /** {@code -Dname=value}, {@code --name=value}, {@code name:value}: all of it is the value. */
  private static final Pattern NAMED =
      Pattern.compile("^(" + SECRET + "\\s*[=:]\\s*)(?!//).*", Pattern.DOTALL);

  /** The same within an argument, such as a URL that goes on after it. */
  private static final Pattern WITHIN = Pattern.compile("(" + SECRET + "\\s*[=:]\\s*)(?!//)[^&;]*");

  /** {@code --name} whose value is the next argument. */
  private static final Pattern OPTION = Pattern.compile("--?" + SECRET);

  /** {@code scheme://user:password@host}, or {@code scheme://token@host}. */
  private static final Pattern IN_URL =
      Pattern.compile("(://[^/:@\\s]*:)[^@\\s]*@|(://)[^/@\\s]+@");

  private CommandLine() {}

  static void answer(HttpExchange exchange) throws IOException {
    Answers.text(exchange, 200, String.join("\n", masked(arguments())) + "\n");
  }

  private static List<String> arguments() throws IOException {
    if (Files.isReadable(PROC)) {
      String all = new String(Files.readAllBytes(PROC), StandardCharsets.UTF_8);
      return List.of(all.replaceFirst("\0+$", "").split("\0", -1));
    }
    RuntimeMXBean jvm = ManagementFactory.getRuntimeMXBean();
    List<String> arguments = new ArrayList<>(jvm.getInputArguments());
    arguments.add(System.getProperty("sun.java.command", ""));
    return arguments;
  }

  static List<String> masked(List<String> arguments) {
    List<String> masked = new ArrayList<>();
    boolean nextIsSecret = false;
    for (String argument : arguments) {
      if (nextIsSecret && !argument.startsWith("-")) {
        masked.add(MASK);
        nextIsSecret = false;
        continue;
      }
      String named = NAMED.matcher(argument).replaceAll("$1" + MASK);
      String within = WITHIN.matcher(named).replaceAll("$1" + MASK);
      masked.add(IN_URL.matcher(within).replaceAll("$1$2" + MASK + "@"));
      nextIsSecret = OPTION.matcher(argument).matches();
    }
    return masked;
  }
}
