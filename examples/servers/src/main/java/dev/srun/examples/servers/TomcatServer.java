package dev.srun.examples.servers;

import dev.srun.Context;
import dev.srun.ListeningSocket;
import dev.srun.Service;
import dev.srun.Srun;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.AbstractProtocol;
import org.apache.coyote.http11.Http11NioProtocol;

/** Tomcat: init binds, and start, in begin, accepts. */
public final class TomcatServer implements Service, ListeningSocket.Acceptor {
  private static final long OTHERS_MILLIS = 2_000;

  private final Tomcat tomcat = new Tomcat();
  private final AbstractProtocol<?> protocol = new Http11NioProtocol();
  private ListeningSocket socket;

  private TomcatServer() {}

  public static void main(String[] args) {
    Srun.runOrExit("tomcat", app -> app.service("api", new TomcatServer()));
  }

  @Override
  public void init(Context ctx) throws IOException, LifecycleException {
    socket = ctx.socket("api", Answer.address());
    InetSocketAddress place = (InetSocketAddress) socket.bindTo();
    Path directory = Files.createTempDirectory("tomcat");
    ctx.own(() -> delete(directory));
    tomcat.setBaseDir(directory.toString());
    var application = tomcat.addContext("", null);
    Tomcat.addServlet(application, "pid", new Pid()).addMapping("/");
    protocol.setAddress(place.getAddress());
    Connector connector = new Connector(protocol);
    connector.setPort(place.getPort());
    tomcat.setConnector(connector);
    tomcat.init(); // binds, and accepts nothing
    socket.bound(new InetSocketAddress(place.getAddress(), connector.getLocalPort()));
    ctx.describe("at", socket.address());
  }

  private static void delete(Path directory) throws IOException {
    try (var files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Override
  public void run(Context ctx) throws IOException {
    socket.open(this);
  }

  @Override
  public void begin() throws IOException {
    try {
      tomcat.start();
    } catch (LifecycleException e) {
      throw new IOException("Tomcat cannot be started", e);
    }
  }

  @Override
  public void stop(Context ctx) throws Exception {
    socket.close();
    protocol.pause();
    protocol.closeServerSocketGraceful();
    protocol.awaitConnectionsClose(Math.min(OTHERS_MILLIS, ctx.remaining().toMillis()));
    tomcat.stop();
    tomcat.destroy();
  }

  private final class Pid extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      if (socket.shouldClose(
          InetSocketAddress.createUnresolved(request.getRemoteAddr(), request.getRemotePort()))) {
        response.setHeader("Connection", "close");
      }
      String text = Answer.text();
      response.setContentLength(text.length());
      response.getWriter().print(text);
    }
  }
}
