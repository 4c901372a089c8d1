package dev.srun.bench.programs.springboot;

import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Spring Boot with a page, its readiness at /ready and its metrics at /actuator/prometheus. */
@SpringBootApplication
@RestController
public class SpringBootHttp {

  /** Serves until it is told to stop, on the port that is given. */
  public static void main(String[] args) {
    SpringApplication app = new SpringApplication(SpringBootHttp.class);
    app.setDefaultProperties(
        Map.of(
            "server.address", "127.0.0.1",
            "server.port", args[0],
            "management.endpoints.web.exposure.include", "health,prometheus",
            "management.endpoint.health.group.ready.include", "readinessState",
            "management.endpoint.health.group.ready.additional-path", "server:/ready"));
    app.run();
  }

  /** Answers the page. */
  @GetMapping("/hello")
  public String hello() {
    return "hello\n";
  }
}
