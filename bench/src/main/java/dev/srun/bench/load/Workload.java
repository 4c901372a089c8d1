package dev.srun.bench.load;

import java.io.IOException;
import java.net.InetSocketAddress;

/** What is asked of the server, and what must have come of it. */
interface Workload {

  /** Makes ready what the requests need. Called once, before the load. */
  void prepare(InetSocketAddress server) throws IOException;

  /** Returns the request of that place in the schedule. Called by the load, once for each. */
  Request request(long number, Kind kind);

  /** Hears how a request ended. Called by the load, once for each request that was made. */
  default void ended(long number, Outcome outcome) {}

  /**
   * Compares what the server has with what it said. Called once, after the load.
   *
   * @return what was found, for the report
   * @throws LostException if the server does not have what it must
   */
  String verify(InetSocketAddress server) throws IOException, LostException;

  /** What the server acknowledged is not there, or is there twice. */
  final class LostException extends Exception {
    private static final long serialVersionUID = 1;

    LostException(String message) {
      super(message);
    }
  }
}
