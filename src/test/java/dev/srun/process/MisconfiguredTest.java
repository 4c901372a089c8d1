package dev.srun.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.MisconfiguredException;
import dev.srun.Service;
import dev.srun.Srun;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Exit code 2: nothing was started, and one line says what is wrong and what is accepted. */
class MisconfiguredTest {

  @ParameterizedTest
  @CsvSource({
    "SRUN_INIT_TIMEOUT,     soon,  a duration such as 1m30s",
    "SRUN_READY_TIMEOUT,    0s,    longer than zero",
    "SRUN_GRACEFUL_TIMEOUT, -1s,   a duration such as 1m30s",
    "SRUN_DRAIN,            1m,    at most the grace",
    "SRUN_DEADLINE_TIMEOUT, 12,    a duration such as 1m30s",
    "SRUN_LOG_FORMAT,       xml,   text or json",
    "SRUN_LOG_LEVEL,        loud,  'debug, info, warning or error'",
    "SRUN_ADMIN_ADDRESS,    8778,  'off, :PORT or HOST:PORT, such as :8778'",
    "SRUN_ADMIN_DEBUG,      all,   'off, loopback or token'",
    "SRUN_ADMIN_DEBUG,      token, SRUN_ADMIN_TOKEN_FILE to name the file that holds it",
    "SRUN_ADMIN_HEAP_DUMP,  yes,   on or off",
  })
  void aBadVariableIsNamedWithItsValueAndWhatIsAccepted(
      String variable, String value, String accepted) throws Exception {
    try (var program = ProgramUnderTest.of(ThreeServices.class).env(variable, value).start()) {
      program.assertExit(2);
      assertEquals(List.of(), program.stdout());
      assertEquals(1, program.stderr().size(), program.stderr()::toString);
      String line = program.stderr().getFirst();
      assertTrue(line.contains(variable), line);
      assertTrue(line.contains(value), line);
      assertTrue(line.contains("expected " + accepted), line);
    }
  }

  @Test
  void oneStartNamesEveryBadVariable() throws Exception {
    try (var program =
        ProgramUnderTest.of(ThreeServices.class)
            .env("SRUN_INIT_TIMEOUT", "soon")
            .env("SRUN_LOG_LEVEL", "loud")
            .start()) {
      program.assertExit(2);
      program.assertLogged("SRUN_INIT_TIMEOUT is 'soon'");
      program.assertLogged("SRUN_LOG_LEVEL is 'loud'");
    }
  }

  static final class BadRegistration {
    public static void main(String[] args) {
      Service service = new Spoken();
      Srun.runOrExit(
          "bad",
          app -> {
            app.service("database", service);
            switch (args[0]) {
              case "duplicate" -> app.service("database", new Spoken());
              case "blank" -> app.service(" ", new Spoken());
              case "null" -> app.service("cache", null);
              case "same" -> app.service("cache", service);
              case "unknown" -> app.service("cache", new Spoken()).dependsOn("ledger");
              default -> throw new IllegalArgumentException(args[0]);
            }
          });
    }
  }

  @ParameterizedTest
  @CsvSource({
    "duplicate, service 'database': the name is taken",
    "blank,     service name ' '",
    "null,      service 'cache' is null",
    "same,      service 'cache' is the same instance as 'database'",
    "unknown,   depends on 'ledger'",
  })
  void aBadRegistrationIsRefusedByName(String what, String message) throws Exception {
    try (var program = ProgramUnderTest.of(BadRegistration.class, what).start()) {
      program.assertExit(2);
      assertEquals(List.of(), program.stdout());
      program.assertLogged(message);
    }
  }

  static final class Refuses {
    public static void main(String[] args) {
      Srun.runOrExit(
          "wallet",
          app -> {
            app.service("database", new Spoken());
            if (args[0].equals("setup")) {
              refuse();
            }
            app.init("rates", ctx -> refuse());
          });
    }

    private static void refuse() {
      throw new MisconfiguredException("WALLET_LIMIT is 'many': expected a number");
    }
  }

  @Test
  void aSetupThatRefusesAValueExitsWithTwoBeforeAnythingStarts() throws Exception {
    try (var program = ProgramUnderTest.of(Refuses.class, "setup").start()) {
      program.assertExit(2);
      assertEquals(List.of(), program.stdout());
      program.assertLogged("misconfigured: WALLET_LIMIT is 'many': expected a number");
    }
  }

  @Test
  void anInitThatRefusesAValueExitsWithTwoAfterTheRollback() throws Exception {
    try (var program = ProgramUnderTest.of(Refuses.class, "init").start()) {
      program.assertExit(2);
      assertEquals(List.of("database init", "database run", "database stop"), program.stdout());
      program.assertLogged("misconfigured: WALLET_LIMIT is 'many': expected a number");
    }
  }
}
