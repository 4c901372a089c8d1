package dev.srun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DurationsTest {

  @ParameterizedTest
  @CsvSource({
    "0, PT0S",
    "0s, PT0S",
    "1ns, PT0.000000001S",
    "2us, PT0.000002S",
    "2µs, PT0.000002S",
    "500ms, PT0.5S",
    "1.5s, PT1.5S",
    "0.1s, PT0.1S",
    "30s, PT30S",
    "1m30s, PT1M30S",
    "1h2m3.004s, PT1H2M3.004S",
    "24h, P1D",
    "90m, PT1H30M",
    "' 5s ', PT5S",
  })
  void readsWhatGoWrites(String text, Duration expected) {
    assertEquals(expected, Durations.parse(text));
  }

  @ParameterizedTest
  @CsvSource({
    "PT30S, PT30S",
    "pt30s, PT30S",
    "PT1M30.5S, PT1M30.5S",
    "P2D, PT48H",
    "' PT1S ', PT1S",
  })
  void readsIso8601(String text, Duration expected) {
    assertEquals(expected, Durations.parse(text));
  }

  @Test
  void aSignIsLeftToTheCallerWhichSaysWhatIsAccepted() {
    assertEquals(Duration.ofSeconds(-5), Durations.parse("PT-5S"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", " ", "5", "s", "-5s", "5 s", "1m 30s", "5sec", "5S", "1d", "five", "1.s", "1,5s", "1s2",
        "P", "PT", "PT5", "P1Y", "NaNs", "1e3s", "0x1s", "٣s",
      })
  void refusesWhatIsNoDuration(String text) {
    assertThrows(IllegalArgumentException.class, () -> Durations.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "9999999999h",
        "10000000000s10000000000s",
        "PT9999999999999999999S",
        "P99999999999999999D"
      })
  void refusesWhatIsTooLongToCountInNanoseconds(String text) {
    assertThrows(IllegalArgumentException.class, () -> Durations.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0s", "1ms", "1.5ms", "9.999ms", "10ms", "12ms", "999ms", "1s", "1.5s", "1.05s", "1.005s",
        "25s", "59.999s", "1m", "1m30s", "1h", "1h1s", "1h2m3s", "49h",
      })
  void whatItWritesReadsAsTheSame(String text) {
    assertEquals(text, Durations.text(Durations.parse(text)));
  }

  @ParameterizedTest
  @CsvSource({
    "PT0S, 0s",
    "PT0.0000009S, 0s",
    "PT0.0000015S, 0.001ms",
    "PT0.012345S, 12ms",
    "PT0.9999999S, 999ms",
    "PT1.2345S, 1.234s",
    "PT1M0.9S, 1m",
    "P1D, 24h",
  })
  void writesNoMoreDigitsThanAReaderWants(Duration duration, String expected) {
    assertEquals(expected, Durations.text(duration));
  }

  @ParameterizedTest
  @CsvSource({
    "PT0S, PT0S",
    "PT25S, PT12.5S",
    "PT0.000000003S, PT0.000000001S",
    "PT876000H, PT438000H"
  })
  void halfIsTheHalfOfIt(Duration whole, Duration half) {
    assertEquals(half, Durations.half(whole));
  }
}
