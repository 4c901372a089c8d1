package dev.srun.admin;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import dev.srun.Runner;
import dev.srun.ThreadSnapshot;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * All threads of the process but the one that looks, virtual ones included, by the service they
 * belong to.
 *
 * @param groups the threads by service: the program's own in start order, those that srun has
 *     added, srun's own threads, and those of nobody
 * @param left how many more there were than can be shown
 */
record ThreadDump(Map<String, List<Seen>> groups, int left) {
  private static final String OURS = "srun";
  private static final String NOBODYS = "no service";

  /** More than these nobody reads, and they take memory. */
  private static final int MOST = 10_000;

  /** How the JDK writes a thread: 21 without a state, later ones with it and the time. */
  private static final Pattern HEAD =
      Pattern.compile("#(\\d+) \"(.*)\"( virtual)?(?: ([A-Z_]+) \\S+)?");

  /** One thread. */
  record Seen(long id, String name, boolean virtual, String state, List<String> stack) {
    boolean isOurs() {
      return name.startsWith("srun-");
    }

    Seen inState(String other) {
      return new Seen(id, name, virtual, other, stack);
    }
  }

  /**
   * Looks.
   *
   * @throws IOException if the JDK can write no dump to the temporary directory
   */
  static ThreadDump of(Runner runner) throws IOException {
    Map<Long, String> states = statesOfPlatformThreads();
    Map<Long, String> services = new HashMap<>();
    Map<String, List<Seen>> groups = new LinkedHashMap<>();
    Map<String, List<Seen>> added = new LinkedHashMap<>();
    runner
        .threads()
        .forEach((service, threads) -> {
          (service.startsWith("(") ? added : groups).put(service, new ArrayList<>());
          for (ThreadSnapshot thread : threads) {
            services.put(thread.id(), service);
            states.put(thread.id(), thread.state());
          }
        });
    groups.putAll(added);
    groups.put(OURS, new ArrayList<>());
    List<Seen> nobodys = new ArrayList<>();
    groups.put(NOBODYS, nobodys);
    int left = 0;
    try (ScratchFile file = new ScratchFile("threads.txt")) {
      ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
          .dumpThreads(file.path().toString(), ThreadDumpFormat.TEXT_PLAIN);
      try (BufferedReader lines = Files.newBufferedReader(file.path())) {
        int shown = 0;
        for (Seen seen = next(lines); seen != null; seen = next(lines)) {
          if (seen.id == Thread.currentThread().threadId()) {
            continue;
          }
          String group = services.getOrDefault(seen.id, seen.isOurs() ? OURS : NOBODYS);
          if (shown < MOST) {
            groups.getOrDefault(group, nobodys).add(withState(seen, states));
            shown++;
          } else {
            left++;
          }
        }
      }
    }
    groups.values().removeIf(List::isEmpty);
    return new ThreadDump(groups, left);
  }

  private static Seen withState(Seen seen, Map<Long, String> states) {
    return seen.inState(states.getOrDefault(seen.id, seen.state));
  }

  private static Map<Long, String> statesOfPlatformThreads() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    Map<Long, String> states = new HashMap<>();
    for (ThreadInfo info : threads.getThreadInfo(threads.getAllThreadIds())) {
      if (info != null) {
        states.put(info.getThreadId(), info.getThreadState().toString());
      }
    }
    return states;
  }

  /** The next thread of a dump: its head, and its frames up to an empty line; null at the end. */
  private static @Nullable Seen next(BufferedReader lines) throws IOException {
    String line = lines.readLine();
    while (line != null) {
      Matcher head = HEAD.matcher(line);
      if (head.matches()) {
        return new Seen(
            Long.parseLong(head.group(1)),
            head.group(2),
            head.group(3) != null,
            head.group(4) == null ? "" : head.group(4),
            frames(lines));
      }
      line = lines.readLine();
    }
    return null;
  }

  private static List<String> frames(BufferedReader lines) throws IOException {
    List<String> frames = new ArrayList<>();
    String line = lines.readLine();
    while (line != null && !line.isBlank()) {
      String frame = line.strip();
      frames.add(frame.startsWith("at ") ? frame.substring(3) : frame);
      line = lines.readLine();
    }
    return frames;
  }
}
