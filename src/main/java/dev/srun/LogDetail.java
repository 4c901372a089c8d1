package dev.srun;

import java.util.stream.Collectors;

/** What stands below a log line, or beside its message where the log has fields. */
sealed interface LogDetail {

  /** An error's stack trace. */
  record Thrown(String stackTrace) implements LogDetail {
    @Override
    public String text() {
      return stackTrace;
    }
  }

  /** Where the threads of a service stand that has outlived its budget. */
  record Stuck(Straggler straggler) implements LogDetail {
    @Override
    public String text() {
      return straggler.threads().stream()
          .map(ThreadSnapshot::ownPart)
          .map(ThreadSnapshot::toString)
          .collect(Collectors.joining("\n"));
    }
  }

  /** What a service left behind, which its line has said already. */
  record LeftBehind(Leak leak) implements LogDetail {
    @Override
    public String text() {
      return "";
    }
  }

  /** The lines below; empty if there are none. */
  String text();
}
