package dev.srun.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** User code finds the same surroundings wherever it is called. */
class SurroundingsTest {
  private static final String SAME = "the-programs, priority 5, inherited null";

  /** The caller's own thread. */
  private static final String SETUP = "Setup.register";

  /** Every place where user code is called. */
  private static final Set<String> PLACES =
      Set.of(
          SETUP,
          "AutoCloseable.close",
          "AutoCloseable.close of the program",
          "Consumer.accept of a metric",
          "Handler.handle of http",
          "Handler.handle of http, rehearsed",
          "Handler.handle of http-platform",
          "HealthChecked.check",
          "HealthFunction.judge of health",
          "HealthFunction.judge of readiness",
          "HealthListener.changed",
          "Runnable.run of a platform thread",
          "Runnable.run of a virtual thread",
          "Service.init",
          "Service.init on a platform thread",
          "Service.ready",
          "Service.run",
          "Service.run on a platform thread",
          "Service.stop",
          "Service.stop of what runs on a platform thread",
          "StateListener.changed",
          "Acceptor.begin",
          "Task.run of a drain",
          "Task.run of a task",
          "Task.run of a thread",
          "Task.run of init",
          "Task.run of the main task",
          "WarmedUp.warmUp");

  /** Those where an upgrade calls it as well. */
  private static final Set<String> PLACES_OF_UPGRADES =
      Set.of("Acceptor.connections", "Acceptor.letGo", "Acceptor.takeBack");

  /** Interfaces that only srun implements. */
  private static final Set<String> OUR_OWN =
      Set.of(
          "dev.srun.Context",
          "dev.srun.Group",
          "dev.srun.HealthChannel",
          "dev.srun.HealthSubscription",
          "dev.srun.ListeningSocket",
          "dev.srun.Registrar",
          "dev.srun.Registration",
          "dev.srun.Runner",
          "dev.srun.Running",
          "dev.srun.ServiceThreads",
          "dev.srun.Work",
          "dev.srun.admin.AdminServer$Metrics",
          "dev.srun.upgrade.Upgrader$Runner");

  @Test
  void allPlacesAreTried() throws Exception {
    Set<String> missing = new TreeSet<>();
    Set<String> ourOwn = new TreeSet<>();
    for (Class<?> type : interfaces()) {
      if (OUR_OWN.contains(type.getName())) {
        ourOwn.add(type.getName());
        continue;
      }
      for (Method method : type.getDeclaredMethods()) {
        String place = type.getSimpleName() + "." + method.getName();
        boolean isTried =
            Stream.concat(PLACES.stream(), PLACES_OF_UPGRADES.stream())
                .anyMatch(each -> (each + " ").startsWith(place + " "));
        if (!Modifier.isStatic(method.getModifiers()) && !method.isSynthetic() && !isTried) {
          missing.add(place);
        }
      }
    }
    assertEquals(Set.of(), missing);
    assertEquals(new TreeSet<>(OUR_OWN), ourOwn);
  }

  /** Those of the public API that anybody may implement. */
  private static List<Class<?>> interfaces() throws IOException, ClassNotFoundException {
    try (InputStream in = SurroundingsTest.class.getResourceAsStream("/public-api.txt")) {
      List<Class<?>> found = new ArrayList<>();
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      for (String line : text.lines().toList()) {
        if (line.startsWith("interface ")) {
          found.add(Class.forName(line.split(" ", -1)[1].replaceAll("([A-Z]\\w*)\\.", "$1\\$")));
        }
      }
      return found;
    }
  }

  @Test
  void theyAreTheSameInEveryPlace() throws Exception {
    boolean upgrades =
        Runtime.version().feature() > 21 || ProgramUnderTest.previewIsOn(); // else refused
    try (var program =
        ProgramUnderTest.of(UserCode.class)
            .withAdmin()
            .jvm("-XX:+UseSerialGC")
            .env("SRUN_LOG_LEVEL", "info") // a program with a main task is quiet
            .env("SRUN_WARM_UP", "always")
            .env("SRUN_UPGRADE", "on")
            .env("SRUN_UPGRADE_SLOW_START", "100ms")
            .start()) {
      program.awaitUp();
      assertEquals(200, program.awaitListener("http").get("/").status());
      assertEquals(200, program.awaitListener("http-platform").get("/").status());
      assertEquals(200, program.awaitListener("admin").get("/metrics").status());
      Set<String> expected = new TreeSet<>(PLACES);
      if (upgrades) {
        expected.addAll(PLACES_OF_UPGRADES);
        program.signal("HUP");
        program.awaitLog("serving again");
        program.awaitLog("has gone: ");
      }
      program.signal("TERM");
      program.assertExit(143); // the main task has not ended

      var told = new TreeMap<String, Set<String>>();
      for (String line : program.stdout()) {
        if (line.startsWith("at ")) {
          String[] parts = line.substring(3).split(": ", 2);
          told.computeIfAbsent(parts[0], place -> new TreeSet<>()).add(parts[1]);
        }
      }
      assertEquals(expected, told.keySet());
      told.remove(SETUP);
      told.values().removeIf(Set.of(SAME)::equals);
      assertEquals("{}", told.toString());
    }
  }
}
