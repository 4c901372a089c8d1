package dev.srun.upgrade;

import dev.srun.ListeningSocket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;

/** The gate of a program that takes another one's place, for tests of what stands behind it. */
public final class GateUnderTest {
  private final FakeKernel kernel = new FakeKernel(new FakeKernel.World(1));
  private final ListenerTable table = new ListenerTable();

  /** Makes one that is closed, with one socket that was handed over. */
  public GateUnderTest(String name, SocketAddress address) {
    table.close();
    List<Inherited> sockets = List.of(new Inherited(name, address, address, false));
    table.inherit(sockets);
    try {
      table.arrived(kernel, sockets, List.of(kernel.add(address)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Claims what was handed over, or another. */
  public ListeningSocket claim(String name, SocketAddress address) throws IOException {
    return table.claim("t", name, address);
  }

  /** Opens it. */
  public void letIn() throws IOException {
    table.letIn();
  }

  /** The other program is gone. */
  public void isLeftAlone() {
    table.isLeftAlone();
  }

  /** Another program takes over in its turn. */
  public void letGo() throws IOException {
    table.letGo(kernel, table.bound(), Duration.ZERO, System.getLogger("t"));
  }

  /** How many sockets of those that were handed over are open and in nobody's place. */
  public int open() {
    return kernel.open().size();
  }
}
