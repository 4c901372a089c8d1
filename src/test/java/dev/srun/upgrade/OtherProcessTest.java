package dev.srun.upgrade;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** How old a process is. */
final class OtherProcessTest {

  @Test
  void aProcessIsAsOldAsItsStartSays() {
    OtherProcess process = new OtherProcess(42, "9877");

    assertEquals(Duration.ofMillis(1_230), process.ageAt("100.00 321.05\n"));
    assertEquals(Duration.ZERO, process.ageAt("98.50 321.05\n"));
  }

  @Test
  void thisProcessIsAsOldAsItsJvmAndLittleMore() {
    Duration jvm = Duration.ofMillis(ManagementFactory.getRuntimeMXBean().getUptime());
    Duration age = OtherProcess.of(ProcessHandle.current().pid()).age().orElseThrow();

    assertTrue(age.plusMillis(30).compareTo(jvm) >= 0, age + " of " + jvm);
    assertTrue(age.compareTo(jvm.plusSeconds(20)) < 0, age + " of " + jvm);
  }

  @Test
  void nobodyKnowsTheAgeOfAProcessThatIsNot() {
    assertEquals(Optional.empty(), OtherProcess.of(Long.MAX_VALUE).age());
  }
}
