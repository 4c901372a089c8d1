package dev.srun.bench.load;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** Asks one thing after the other, before and after a load, over one connection. */
final class Client implements AutoCloseable {
  private final InetSocketAddress server;
  private final Answer answer = new Answer();
  private SocketChannel channel;

  Client(InetSocketAddress server) throws IOException {
    this.server = server;
    this.channel = SocketChannel.open(server);
  }

  void expect(String method, String path, String json, int status) throws IOException {
    Answer got = send(method, path, json);
    if (got.status() != status) {
      throw new IOException(method + " " + path + ": " + got.status() + " " + got.body());
    }
  }

  String get(String path) throws IOException {
    expect("GET", path, "", 200);
    return answer.body();
  }

  Answer send(String method, String path, String json) throws IOException {
    if (answer.isLast()) {
      channel.close();
      channel = SocketChannel.open(server);
    }
    answer.clear();
    Request request =
        method.equals("GET")
            ? Request.get(0, Kind.KEPT, path, 200, "")
            : Request.post(0, Kind.KEPT, path, json, 200, "");
    channel.write(ByteBuffer.wrap(request.bytes()));
    try {
      do {
        if (answer.readFrom(channel) < 0) {
          throw new IOException(method + " " + path + ": end after " + answer.progress());
        }
      } while (!answer.isWhole());
    } catch (Answer.MalformedException e) {
      throw new IOException(method + " " + path, e);
    }
    return answer;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
