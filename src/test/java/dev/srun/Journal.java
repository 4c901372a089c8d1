package dev.srun;

import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/** What happened, in order: the one thing that tests of order assert. */
final class Journal implements StateListener {
  private final ConcurrentLinkedQueue<String> lines = new ConcurrentLinkedQueue<>();

  void note(String line) {
    lines.add(line);
  }

  @Override
  public void changed(StateChange change) {
    note(change.service() + " " + change.to());
  }

  static String first(String line) {
    return line.substring(0, line.indexOf(' '));
  }

  static String last(String line) {
    return line.substring(line.lastIndexOf(' ') + 1);
  }

  List<String> lines() {
    return List.copyOf(lines);
  }

  /** The lines about one subject or one verb. */
  List<String> lines(String word) {
    return lines.stream().filter(line -> (" " + line + " ").contains(" " + word + " ")).toList();
  }
}
