package dev.srun;

import java.util.function.Consumer;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/** {@code sun.misc.Signal}, which exists wherever the module jdk.unsupported does. */
final class SunSignals implements SystemSignals {

  @Override
  public Former handle(String name, Consumer<Cause.Signalled> handler) {
    Signal signal = new Signal(name);
    Cause.Signalled cause = new Cause.Signalled(name, signal.getNumber());
    SignalHandler former = Signal.handle(signal, raised -> handler.accept(cause));
    return new Former(former.equals(SignalHandler.SIG_IGN), () -> Signal.handle(signal, former));
  }
}
