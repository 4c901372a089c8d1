package dev.srun.upgrade;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which JVMs and machines have a kernel, and what is said to the others. */
final class FindKernelTest {
  private static final int RELEASE = Runtime.version().feature();
  private static final String OPEN = "--enable-native-access=ALL-UNNAMED";

  /** Says what it finds. */
  static final class Finder {
    private Finder() {}

    @SuppressWarnings("SystemOut")
    public static void main(String[] arguments) {
      Kernel.Found found = Kernel.find();
      System.out.println((found.kernel() == null ? "none: " : "found") + found.whyNot());
    }
  }

  @Test
  void previewIsNeededOn21OnlyAndNoFlagIsNeededOnNewerOnes() {
    Kernel.Found found = Kernel.find();

    if (ThisKernel.isThere()) {
      assertNotNull(found.kernel(), found.whyNot());
      assertEquals("", found.whyNot());
    } else {
      assertNull(found.kernel());
      assertEquals("JDK 21 needs --enable-preview for it", found.whyNot());
    }
  }

  @Test
  void withThePermissionToCallTheSystemNoWordIsSaid() throws Exception {
    assertEquals(List.of("found"), found("--enable-preview", OPEN));
    assertEquals(
        List.of(RELEASE == 21 ? "none: JDK 21 needs --enable-preview for it" : "found"),
        found(OPEN));
  }

  @Test
  void withoutThePermissionItIsSaidWhatGivesIt() throws Exception {
    String forbidden =
        RELEASE == 21 ? "--enable-native-access=java.base" : "--illegal-native-access=deny";

    assertEquals(
        List.of("none: this JVM needs " + OPEN + " for it"), found("--enable-preview", forbidden));
  }

  private static List<String> found(String... flags) throws IOException, InterruptedException {
    try (ChildJvm jvm = ChildJvm.start(Finder.class, List.of(flags))) {
      return jvm.output();
    }
  }

  @ParameterizedTest
  @CsvSource({"Mac OS X,aarch64", "Linux,riscv64", "Windows 11,amd64", "Linux,i386"})
  void onOtherMachinesThereIsNone(String os, String machine) {
    Kernel.Found found = LinuxKernel.find(os, machine, 25);

    assertNull(found.kernel());
    assertEquals(
        "it works on Linux on x86_64 and aarch64, and this is " + os + " on " + machine,
        found.whyNot());
  }

  @ParameterizedTest
  @CsvSource({"20", "22", "24"})
  void releasesWithoutAnAdapterAreTold(int release) {
    Kernel.Found found = LinuxKernel.find("Linux", "amd64", release);

    assertNull(found.kernel());
    assertTrue(found.whyNot().contains("JDK " + release + ", only for 21 and from 25 on"));
  }

  @Test
  void anAdapterThatIsNotForThisReleaseIsNoFailure() {
    Kernel.Found found = LinuxKernel.find("Linux", "amd64", RELEASE == 21 ? 25 : 21);

    assertNull(found.kernel());
    assertTrue(
        found.whyNot().matches("JDK 21 needs --enable-preview for it|this JVM cannot load .*"),
        found.whyNot());
  }
}
