package dev.srun.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.srun.Context;
import dev.srun.Srun;
import java.io.IOException;
import java.lang.System.Logger.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is logged can be changed while a program runs, and changed back. */
class LogLevelTest {

  /** Logs whatever it is told, and that it heard it. */
  static final class Repeats {
    public static void main(String[] args) {
      Srun.runOrExit(
          "wallet",
          app -> {
            app.service("database", new Spoken());
            app.service("api", Repeats::repeat);
          });
    }

    private static void repeat(Context ctx) throws IOException {
      System.Logger ledger = System.getLogger("bank.ledger");
      System.Logger audit = System.getLogger("bank.ledger.audit");
      System.Logger mail = System.getLogger("bank.mail");
      ctx.ready();
      for (String told = Told.line(); !told.isEmpty(); told = Told.line()) {
        ledger.log(Level.DEBUG, "ledger: " + told);
        audit.log(Level.DEBUG, "audit: " + told);
        mail.log(Level.DEBUG, "mail: " + told);
        ctx.logger().log(Level.INFO, "heard " + told);
      }
    }
  }

  @Test
  void theLevelOfOneLoggerCountsForItAndThoseBelowIt() throws Exception {
    try (var program = ProgramUnderTest.of(Repeats.class).withAdmin().start()) {
      ListenerUnderTest admin = program.awaitListener("admin");
      program.awaitUp();
      tell(program, "before");
      program.assertNotLogged(": before");

      assertEquals(
          "200 INFO (all others)\nDEBUG bank.ledger", put(admin, "level=debug&logger=bank.ledger"));
      tell(program, "one logger");
      program.assertLogged("DEBUG   logger_scope=bank.ledger ledger: one logger");
      program.assertLogged("DEBUG   logger_scope=bank.ledger.audit audit: one logger");
      program.assertNotLogged("mail: one logger");

      assertEquals("200 INFO (all others)", put(admin, "level=default&logger=bank.ledger"));
      tell(program, "after");
      program.assertNotLogged(": after");
    }
  }

  @Test
  void theLevelOfAllCountsForTheProgramsLoggers() throws Exception {
    try (var program = ProgramUnderTest.of(Repeats.class).withAdmin().start()) {
      ListenerUnderTest admin = program.awaitListener("admin");
      program.awaitUp();

      assertEquals("200 DEBUG (all others)", put(admin, "level=debug"));
      tell(program, "all");
      program.assertLogged("ledger: all");
      program.assertLogged("audit: all");
      program.assertLogged("mail: all");

      assertEquals(
          "200 DEBUG (all others)\nWARNING bank.ledger",
          put(admin, "level=warning&logger=bank.ledger"));
      tell(program, "all but one");
      program.assertNotLogged("ledger: all but one");
      program.assertNotLogged("audit: all but one");
      program.assertLogged("mail: all but one");

      put(admin, "level=default");
      tell(program, "after");
      program.assertNotLogged(": after");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "level=debug,                                         true,  true",
    "level=debug&logger=wallet.api,                       true,  false",
    "level=debug&logger=wallet,                           true,  true",
    "level=debug level=default,                           false, false",
    "level=debug&logger=wallet level=default&logger=wallet, false, false",
  })
  void theLevelCountsForSrunsOwnLines(String changes, boolean ofApi, boolean ofDatabase)
      throws Exception {
    try (var program = ProgramUnderTest.of(Repeats.class).withAdmin().start()) {
      ListenerUnderTest admin = program.awaitListener("admin");
      program.awaitUp();
      for (String change : changes.split(" ", -1)) {
        put(admin, change);
      }
      program.tell("");
      program.signal("TERM");
      program.assertExit(0);
      assertEquals(ofApi, isLogged(program, "logger_scope=wallet.api SHUTTING_DOWN"));
      assertEquals(ofDatabase, isLogged(program, "logger_scope=wallet.database SHUTTING_DOWN"));
    }
  }

  @Test
  void theLevelThatWasConfiguredIsTheOneThatComesBack() throws Exception {
    try (var program =
        ProgramUnderTest.of(Repeats.class).withAdmin().env("SRUN_LOG_LEVEL", "debug").start()) {
      ListenerUnderTest admin = program.awaitListener("admin");
      program.awaitUp();
      assertEquals("200 ERROR (all others)", put(admin, "level=error"));
      assertEquals("200 DEBUG (all others)", put(admin, "level=default"));
      tell(program, "after");
      program.assertLogged("mail: after");
      program.assertLogged("log level of all loggers set to default");
    }
  }

  private static String put(ListenerUnderTest admin, String query) throws IOException {
    return admin.put("/debug/log-level?" + query).toString();
  }

  /** The line that it was heard comes after all that it led to. */
  private static void tell(ProgramUnderTest program, String what)
      throws IOException, InterruptedException {
    program.tell(what);
    program.awaitLog("heard " + what);
  }

  private static boolean isLogged(ProgramUnderTest program, String text) {
    return program.stderr().stream().anyMatch(line -> line.contains(text));
  }
}
