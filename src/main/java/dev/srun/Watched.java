package dev.srun;

/**
 * What the watchdog sees of a program, and what it can do about it. What it reads is volatile, and
 * nothing here waits.
 */
interface Watched {

  /** Says that a deadline may have passed. */
  void ring();

  /** Posts a message that needs no more than to be handled. */
  void ping();

  /** How many messages the supervisor has handled. */
  long handled();

  /** Whether a message waits to be handled. */
  boolean hasMessages();

  /** Whether one of those is more than a ping. */
  boolean hasWork();

  /** Whether every service is RUNNING, or was before the program began to stop. */
  boolean isUp();

  boolean isStopping();

  /** Whether the exit is given. What is left of the process then is not the program's. */
  boolean isOver();

  /** Has another thread go on as the supervisor; false if it cannot be now. */
  boolean takeOver();

  /** Takes note of how the program goes on: whether virtual threads make no progress. */
  void lookAtLiveness(long now, boolean stands);

  /** Whether the virtual thread has run that was started when this was asked last. */
  boolean virtualThreadsRun();

  /** When the grace ends, if the program is stopping; else {@link Alarm#NEVER}. */
  long graceEnd();

  /** When the program must have ended, if it is stopping; else {@link Alarm#NEVER}. */
  long endsBy();

  /** Gives the exit to whoever waits for it, from what is known; without effect if it was given. */
  void end();

  /** Has the classes loaded that a stop needs, on another thread. */
  void loadStopClasses();

  /** Does what {@link #end} does but for giving the exit, so that no class is loaded then. */
  void rehearse();

  /** Tells of a failure of the watchdog's own. */
  void failed(Throwable error);

  /** Looks whether the process has file descriptors left. */
  void lookAtDescriptors(long now);

  /** Keeps memory for hard times. */
  void keepMemory();

  /** Whether there was not even enough memory to say that there is none. */
  boolean isOutOfMemory();

  /** Asks to stop for that reason; throws where there still is none. */
  void askForWantOfMemory();

  /** Throws an OutOfMemoryError where no thread can be given memory. */
  void lookAtMemory();

  /** There has been no memory at all for a while, nor will there be: nothing else can be done. */
  void endForWantOfMemory();

  /** Gives the memory kept for hard times back. */
  void releaseMemory();

  /** When the process is halted, if it ends with the program; else {@link Alarm#NEVER}. */
  long haltsBy();

  void halt();
}
