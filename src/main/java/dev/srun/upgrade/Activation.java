package dev.srun.upgrade;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Sockets that came with the start of the process, as sd_listen_fds(3) has it.
 *
 * @param names of the sockets, from file descriptor 3 on; empty where one has none
 */
record Activation(List<String> names) {
  static final String VARIABLE = "LISTEN_FDS";
  private static final int FIRST = 3;
  private static final int MOST = 1_000;

  /** Empty where there are none, or where they are meant for another process. */
  static Optional<Activation> of(Map<String, String> environment) {
    String pid = environment.getOrDefault("LISTEN_PID", "");
    String count = environment.getOrDefault(VARIABLE, "");
    if (!pid.equals(Long.toString(ProcessHandle.current().pid()))
        || !count.matches("[1-9][0-9]{0,3}")
        || Integer.parseInt(count) > MOST) {
      return Optional.empty();
    }
    String[] known = environment.getOrDefault("LISTEN_FDNAMES", "").split(":", -1);
    List<String> names = new ArrayList<>();
    for (int i = 0; i < Integer.parseInt(count); i++) {
      names.add(i < known.length ? known[i] : "");
    }
    return Optional.of(new Activation(names));
  }

  /** Their numbers. */
  List<Integer> fds() {
    return IntStream.range(FIRST, FIRST + names.size()).boxed().toList();
  }

  /**
   * What they are.
   *
   * @throws IOException if one of them does not listen for streams
   */
  List<Inherited> sockets(Kernel kernel) throws IOException {
    List<Inherited> sockets = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      var address = kernel.addressOf(FIRST + i);
      sockets.add(new Inherited(names.get(i), null, address, true));
    }
    return sockets;
  }
}
