package dev.srun.bench.programs.dropwizard;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.codahale.metrics.health.HealthCheck;
import io.dropwizard.core.Application;
import io.dropwizard.core.Configuration;
import io.dropwizard.core.setup.Bootstrap;
import io.dropwizard.core.setup.Environment;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import java.io.ByteArrayInputStream;

/** Dropwizard with a page, its health at /ready, and its metrics, in JSON, at /admin/metrics. */
public final class DropwizardHttp extends Application<Configuration> {
  private static final String CONFIGURATION =
      """
      server:
        type: simple
        applicationContextPath: /
        adminContextPath: /admin
        connector: {type: http, bindHost: 127.0.0.1, port: %s}
      health:
        healthCheckUrlPaths: [/ready]
        healthChecks: [{name: hello, critical: true}]
      """;

  private DropwizardHttp() {}

  /** Serves until it is told to stop, on the port that is given. */
  public static void main(String[] args) throws Exception {
    new DropwizardHttp().run("server", args[0]); // where the path of the configuration would be
  }

  @Override
  public void initialize(Bootstrap<Configuration> bootstrap) {
    bootstrap.setConfigurationSourceProvider(
        port -> new ByteArrayInputStream(CONFIGURATION.formatted(port).getBytes(UTF_8)));
  }

  @Override
  public void run(Configuration configuration, Environment environment) {
    environment.jersey().register(new Hello());
    environment.healthChecks().register("hello", new Healthy());
  }

  /** The page. */
  @Path("/hello")
  @Produces("text/plain")
  public static final class Hello {
    /** Answers it. */
    @GET
    public String hello() {
      return "hello\n";
    }
  }

  private static final class Healthy extends HealthCheck {
    @Override
    protected Result check() {
      return Result.healthy();
    }
  }
}
