package dev.srun.upgrade;

import java.util.Locale;

/** The system calls that are made, with their numbers as asm/unistd.h of each machine has them. */
enum Call {
  CLOSE(3, 57),
  SOCKET(41, 198),
  CONNECT(42, 203),
  SENDMSG(46, 211),
  RECVMSG(47, 212),
  SHUTDOWN(48, 210),
  GETSOCKNAME(51, 204),
  GETPEERNAME(52, 205),
  GETSOCKOPT(55, 209),
  FCNTL(72, 25),
  PPOLL(271, 73),
  DUP3(292, 24),
  PIPE2(293, 59);

  private final int onX86;
  private final int onArm;

  Call(int onX86, int onArm) {
    this.onX86 = onX86;
    this.onArm = onArm;
  }

  int onX86() {
    return onX86;
  }

  int onArm() {
    return onArm;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
