package dev.srun.examples.wallet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.MisconfiguredException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SettingsTest {

  @Test
  void nothingIsNeeded() {
    Settings settings = Settings.from(Map.of("WALLET_DATA", " "));
    assertEquals("/127.0.0.1:8080", settings.address().toString());
    assertEquals(
        "jdbc:sqlite:" + Path.of("wallet.db").toAbsolutePath(), settings.store().toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1:0", "localhost:8081", "0.0.0.0:65535", "[::1]:80"})
  void anAddressIsAHostAndAPort(String text) {
    Settings settings = Settings.from(Map.of("WALLET_ADDRESS", text));
    assertTrue(text.endsWith(":" + settings.address().getPort()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "8080",
        ":8080",
        "localhost",
        "localhost:",
        "localhost:http",
        "localhost:65536",
        "localhost:-1",
        "a@localhost:80",
        "localhost:80/",
        "no such host:80",
        "host.invalid:80"
      })
  void anythingElseIsNoAddress(String text) {
    assertRefused("WALLET_ADDRESS", text, "host:port of this machine, such as 127.0.0.1:8080");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/no/such/directory/wallet.db"})
  void theDataIsAFileInADirectoryThatExists(String text) {
    assertRefused("WALLET_DATA", text, "a file in a directory that exists");
  }

  @ParameterizedTest
  @CsvSource({
    "postgres://ann:secret@db:5433/books,           jdbc:postgresql://db:5433/books",
    "postgresql://db/books,                         jdbc:postgresql://db/books",
    "postgres://db:db@db/books?sslmode=require,     jdbc:postgresql://db/books?sslmode=require",
    "jdbc:postgresql://db/books?password=secret,    jdbc:postgresql://db/books?password=secret",
    "'jdbc:postgresql://db1:5432,db2:5432/books',   'jdbc:postgresql://db1:5432,db2:5432/books'"
  })
  void aDatabaseHasAUrlInEitherForm(String text, String url) {
    Store store = Settings.from(Map.of("DATABASE_URL", text)).store();
    assertEquals(url, store.url());
    assertFalse(store.toString().contains("secret"), store.toString());
  }

  @Test
  void whoLogsInIsTakenFromTheUrl() {
    Store store = Settings.from(Map.of("DATABASE_URL", "postgres://ann:a%40b:c@db/books")).store();
    assertEquals("ann", store.options().get("user"));
    assertEquals("a@b:c", store.options().get("password"));
  }

  @ParameterizedTest
  @CsvSource({
    "books,                              books",
    "mysql://ann:secret@db/books,        mysql://***@db/books",
    "postgres://ann:secret@,             postgres://***@",
    "postgres://ann:secret@db:no/books,  postgres://***@db:no/books",
    "jdbc:mysql://db/books?password=x,   jdbc:mysql://db/books?***"
  })
  void anotherUrlIsRefusedWithoutItsPassword(String text, String shown) {
    MisconfiguredException refused = refused("DATABASE_URL", text);
    assertTrue(
        refused.getMessage().startsWith("DATABASE_URL is '" + shown + "': expected postgres://"),
        refused.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"on, true", "off, false", "' ', false"})
  void theStubbornServiceIsOnOrOff(String text, boolean on) {
    assertEquals(on, Settings.from(Map.of("WALLET_STUBBORN", text)).stubborn());
  }

  @Test
  void anythingElseIsNeitherOnNorOff() {
    assertRefused("WALLET_STUBBORN", "yes", "on or off");
  }

  private static void assertRefused(String variable, String value, String expected) {
    assertEquals(
        "%s is '%s': expected %s".formatted(variable, value, expected),
        refused(variable, value).getMessage());
  }

  private static MisconfiguredException refused(String variable, String value) {
    return assertThrows(MisconfiguredException.class, () -> Settings.from(Map.of(variable, value)));
  }
}
