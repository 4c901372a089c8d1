package dev.srun.upgrade;

import java.io.IOException;

/** A new process, as the old process that started it sees it. */
interface Spawned {

  /** The new process itself: its PID, whether it lives, its exit code, and how to end it. */
  Process process();

  /**
   * Makes the new process a child of whatever supervises the old one, which follows its own
   * children only. Called once, when the new process is to stay. Its exit code is unknown from then
   * on.
   *
   * @throws IOException if the new process has another parent afterwards, with the PIDs
   */
  void leaveToSupervisor() throws IOException;

  /** A child of the old process that nobody else has to know. */
  static Spawned child(Process process) {
    return new Spawned() {
      @Override
      public Process process() {
        return process;
      }

      @Override
      public void leaveToSupervisor() {}
    };
  }
}
