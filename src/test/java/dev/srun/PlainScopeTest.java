package dev.srun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;

final class PlainScopeTest extends TaskScopeContract {

  @Override
  TaskScope open() {
    return new PlainScope(new ProgramThreads(), "for a test");
  }

  @Test
  void itTellsWhyItIsNotAStructuredOne() {
    assertEquals("plain virtual threads (for a test)", open().description());
  }

  @Test
  void itLetsItsOwnerEndBeforeItsThreads() {
    assertFalse(open().bindsOwner());
  }
}
