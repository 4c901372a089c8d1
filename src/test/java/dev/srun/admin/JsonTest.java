package dev.srun.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** JSON, and durations for people. */
final class JsonTest {

  @Test
  void everyKindOfValueHasItsForm() {
    Map<String, ?> object =
        Json.object(
            "text",
            "a",
            "none",
            null,
            "number",
            12,
            "long",
            1L << 40,
            "truth",
            true,
            "list",
            List.of(1, "b", List.of()),
            "map",
            Map.of(),
            "took",
            Duration.ofNanos(1_500_000_001),
            "second",
            Duration.ofSeconds(100),
            "nothing",
            Duration.ZERO,
            "at",
            Instant.EPOCH);

    assertEquals(
        "{\"text\":\"a\",\"none\":null,\"number\":12,\"long\":1099511627776,\"truth\":true,"
            + "\"list\":[1,\"b\",[]],\"map\":{},\"took\":1.500000001,\"second\":100,\"nothing\":0,"
            + "\"at\":\"1970-01-01T00:00:00Z\"}\n",
        Json.text(object));
  }

  @Test
  void whatWouldBreakOutOfAStringDoesNot() {
    assertEquals(
        "\"\\\"\\\\\\u000a\\u0000\\u2028é\\ud83d\\ude00\"\n", Json.text("\"\\\n\0\u2028é😀"));
  }

  @ParameterizedTest
  @CsvSource({
    "-PT1S, 0ms",
    "PT0.0129S, 12ms",
    "PT9.9S, 9s",
    "PT59S, 59s",
    "PT60S, 1m0s",
    "PT3599S, 59m59s",
    "PT25H, 1d1h",
    "PT23H59M, 23h59m",
  })
  void anAgeIsToldInTwoUnitsAtMost(Duration age, String text) {
    assertEquals(text, Age.text(age));
  }
}
