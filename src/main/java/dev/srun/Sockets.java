package dev.srun;

import java.io.IOException;
import java.net.SocketAddress;

/** Where services claim what they listen on. */
@FunctionalInterface
interface Sockets {

  /** Claims one, for good or until it is closed. */
  ListeningSocket claim(String owner, String name, SocketAddress address) throws IOException;
}
