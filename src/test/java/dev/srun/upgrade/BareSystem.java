package dev.srun.upgrade;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What only tests want of the system. */
record BareSystem(Syscalls syscalls, boolean onArm) {

  /** Empty on a JVM that cannot call it. */
  static Optional<BareSystem> find() {
    if (Kernel.find().kernel() == null) {
      return Optional.empty();
    }
    String adapter = "dev.srun.upgrade.Syscalls" + (Runtime.version().feature() < 25 ? 21 : 25);
    try {
      Syscalls syscalls =
          Class.forName(adapter).asSubclass(Syscalls.class).getDeclaredConstructor().newInstance();
      boolean onArm = System.getProperty("os.arch").equals("aarch64");
      return Optional.of(new BareSystem(syscalls, onArm));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(adapter, e);
    }
  }

  SystemCalls calls() {
    return new SystemCalls(syscalls, onArm);
  }

  void bind(int fd, String path) throws IOException {
    try (Memory name = calls().memory(SocketName.LONGEST)) {
      int length = SocketName.write(path, name.bytes());
      call("bind", onArm ? 200 : 49, fd, name.address(), length);
    }
  }

  /** Makes {@code to} the same as {@code from}, and has it survive exec. */
  void duplicate(int from, int to) throws IOException {
    call("dup3", onArm ? 24 : 292, from, to, 0);
  }

  /** Becomes another program. */
  void exec(List<String> command, Map<String, String> environment) throws IOException {
    List<String> variables = new ArrayList<>();
    environment.forEach((name, value) -> variables.add(name + "=" + value));
    List<Memory> used = new ArrayList<>();
    try {
      long path = string(command.get(0), used);
      long words = strings(command, used);
      call("execve", onArm ? 221 : 59, path, words, strings(variables, used));
    } finally {
      used.forEach(Memory::close);
    }
  }

  private long strings(List<String> strings, List<Memory> used) {
    Memory all = calls().memory((strings.size() + 1) * Long.BYTES);
    used.add(all);
    for (int i = 0; i < strings.size(); i++) {
      all.bytes().putLong(i * Long.BYTES, string(strings.get(i), used));
    }
    return all.address();
  }

  private long string(String string, List<Memory> used) {
    byte[] bytes = string.getBytes(StandardCharsets.UTF_8);
    Memory memory = calls().memory(bytes.length + 1);
    used.add(memory);
    memory.bytes().put(0, bytes);
    return memory.address();
  }

  private void call(String name, long number, long a, long b, long c) throws IOException {
    long result = syscalls.call(number, a, b, c, 0, 0);
    if (result < 0) {
      throw new IOException(name + ": " + Errno.name((int) -result));
    }
  }
}
