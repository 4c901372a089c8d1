package dev.srun.upgrade;

/** The numbers of errors, which are the same on x86_64 and aarch64. */
final class Errno {
  static final int EINTR = 4;
  static final int EAGAIN = 11;
  static final int EINVAL = 22;
  static final int ENOTSOCK = 88;

  private Errno() {}

  /** As errno(3) names it; the number where it is none of those that are likely. */
  static String name(int errno) {
    return switch (errno) {
      case 1 -> "EPERM";
      case 2 -> "ENOENT";
      case EINTR -> "EINTR";
      case 9 -> "EBADF";
      case EAGAIN -> "EAGAIN";
      case 12 -> "ENOMEM";
      case 13 -> "EACCES";
      case 20 -> "ENOTDIR";
      case EINVAL -> "EINVAL";
      case 23 -> "ENFILE";
      case 24 -> "EMFILE";
      case 32 -> "EPIPE";
      case 38 -> "ENOSYS";
      case 40 -> "ELOOP";
      case ENOTSOCK -> "ENOTSOCK";
      case 90 -> "EMSGSIZE";
      case 91 -> "EPROTOTYPE";
      case 104 -> "ECONNRESET";
      case 105 -> "ENOBUFS";
      case 107 -> "ENOTCONN";
      case 109 -> "ETOOMANYREFS";
      case 111 -> "ECONNREFUSED";
      default -> "errno " + errno;
    };
  }
}
