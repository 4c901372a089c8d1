package dev.srun.upgrade;

import java.io.IOException;

/** The other side has said what nobody says who speaks this version of the protocol. */
final class ProtocolException extends IOException {
  private static final long serialVersionUID = 1L;

  ProtocolException(String what) {
    super(what);
  }
}
