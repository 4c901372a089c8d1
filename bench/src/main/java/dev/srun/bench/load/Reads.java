package dev.srun.bench.load;

import java.io.IOException;
import java.net.InetSocketAddress;

/** Reads one account whose balance is known. */
final class Reads implements Workload {
  private static final String ACCOUNT = "{\"account\":\"reader\",\"balance\":7}";

  @Override
  public void prepare(InetSocketAddress server) throws IOException {
    try (Client client = new Client(server)) {
      client.expect("POST", "/accounts", ACCOUNT, 201);
    }
  }

  @Override
  public Request request(long number, Kind kind) {
    return Request.get(number, kind, "/accounts/reader", 200, ACCOUNT + "\n");
  }

  @Override
  public String verify(InetSocketAddress server) {
    return "each answer was compared as it came";
  }
}
