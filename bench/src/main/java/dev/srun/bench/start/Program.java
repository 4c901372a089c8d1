package dev.srun.bench.start;

import java.util.ArrayList;
import java.util.List;

/**
 * A program whose start is measured.
 *
 * @param name for the table
 * @param main its class
 * @param serves whether it is up when its probe answers; otherwise it has done all when it exits
 * @param floor the name of the program that it is compared with
 * @param flags for the JVM
 */
record Program(String name, Class<?> main, boolean serves, String floor, List<String> flags) {

  static List<Program> all(List<String> flags) {
    return List.of(
        new Program("bare main", BareMain.class, false, "bare main", flags),
        new Program("srun, one task", SrunMain.class, false, "bare main", flags),
        new Program("bare jdk.httpserver", BareHttp.class, true, "bare jdk.httpserver", flags),
        new Program("srun, one service", SrunHttp.class, true, "bare jdk.httpserver", flags));
  }

  Program with(String what, String flag) {
    List<String> more = new ArrayList<>(flags);
    more.add(flag);
    return new Program(name + ", " + what, main, serves, floor, List.copyOf(more));
  }

  List<String> command(String java, String jar, int port) {
    List<String> command = new ArrayList<>();
    command.add(java);
    command.addAll(flags);
    command.addAll(List.of("-cp", jar, main.getName(), String.valueOf(port)));
    return command;
  }
}
