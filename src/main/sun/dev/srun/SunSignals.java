package dev.srun;

import sun.misc.Signal;
import sun.misc.SignalHandler;

/** {@code sun.misc.Signal}, which exists wherever the module jdk.unsupported does. */
final class SunSignals implements SystemSignals {

  @Override
  public Former handle(String name, Signals.Receiver receiver) {
    Signal signal = new Signal(name);
    Cause.Signalled cause = new Cause.Signalled(name, signal.getNumber());
    return new Handled(signal, Signal.handle(signal, new Raised(receiver, cause)));
  }

  private record Raised(Signals.Receiver receiver, Cause.Signalled cause) implements SignalHandler {
    @Override
    public void handle(Signal raised) {
      receiver.onSignal(cause);
    }
  }

  private record Handled(Signal signal, SignalHandler before) implements Former {
    @Override
    public boolean wasIgnored() {
      return before.equals(SignalHandler.SIG_IGN);
    }

    @Override
    public void restore() {
      Signal.handle(signal, before);
    }

    @Override
    public void raise() {
      Signal.raise(signal);
    }
  }
}
