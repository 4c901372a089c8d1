package dev.srun.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How often something took how long, in bars. */
final class HistogramSvgTest {

  private static List<String> bars(Duration... happened) {
    return HistogramSvg.buckets(
            limit -> Arrays.stream(happened).filter(one -> one.compareTo(limit) <= 0).count())
        .stream()
        .map(bar ->
            TimelineSvg.time(bar.from()) + ".." + TimelineSvg.time(bar.to()) + " " + bar.count())
        .toList();
  }

  @Test
  void barsReachFromTheShortestToTheLongestAndLeaveNoneOut() {
    assertEquals(
        List.of("100 µs..200 µs 2", "200 µs..500 µs 0", "500 µs..1 ms 1", "1 ms..2 ms 1"),
        bars(
            Duration.ofNanos(150_000),
            Duration.ofNanos(200_000),
            Duration.ofMillis(1),
            Duration.ofNanos(1_000_001)));
  }

  @Test
  void theShortestAndTheLongestThatAreCountedHaveTheirBars() {
    assertEquals(List.of("0..1 µs 1"), bars(Duration.ZERO));
    assertEquals(List.of("33m20s..1h23m 1"), bars(Duration.ofHours(1)));
  }

  @Test
  void whatNeverHappenedHasNoBar() {
    assertEquals(List.of(), bars());
  }
}
