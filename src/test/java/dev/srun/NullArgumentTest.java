package dev.srun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Null is refused where it is given, with the service's name, and nobody else fails by it. */
class NullArgumentTest {
  private static final Config CONFIG =
      Config.named("t").withoutSignals().withoutAdmin().withoutTelemetry();
  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private static Map<String, Executable> calls(Context ctx) {
    Map<String, Executable> calls = new TreeMap<>();
    calls.put("own", () -> ctx.own(null));
    calls.put("onDrain", () -> ctx.onDrain(null));
    calls.put("describe a fact", () -> ctx.describe(null, "v"));
    calls.put("describe a value", () -> ctx.describe("fact", null));
    calls.put("socket without a name", () -> ctx.socket(null, ANY_PORT));
    calls.put("socket without an address", () -> ctx.socket("s", null));
    calls.put("listen without a name", () -> ctx.listen(null, ANY_PORT));
    calls.put("listen without an address", () -> ctx.listen("l", null));
    calls.put("http without a name", () -> ctx.http(null, ANY_PORT));
    calls.put("http without an address", () -> ctx.http("h", null));
    calls.put("start a thread without a name", () -> ctx.threads().start(null, own -> {}));
    calls.put("start a thread that does nothing", () -> ctx.threads().start("t", null));
    calls.put("virtual", () -> ctx.threads().virtual(null));
    calls.put("platform", () -> ctx.threads().platform(null));
    calls.put("newThread", () -> ctx.threads().virtual("v").newThread(null));
    return calls;
  }

  @Test
  void aServiceIsToldAndGoesOn() throws Exception {
    List<String> wrong = new ArrayList<>();
    Running program =
        Srun.start(
            CONFIG,
            app -> {
              app.service(
                  "innocent",
                  new Service() {
                    @Override
                    public void init(Context ctx) throws Exception {
                      ctx.http("api", ANY_PORT);
                    }

                    @Override
                    public void run(Context ctx) {
                      ctx.ready();
                    }
                  });
              app.service(
                  "asks",
                  ctx -> {
                    for (Map.Entry<String, Executable> call : calls(ctx).entrySet()) {
                      String what = refusal(call.getValue());
                      if (!what.startsWith("asks: ") || !what.endsWith(" is null")) {
                        wrong.add(call.getKey() + ": " + what);
                      }
                    }
                  });
            });
    program.close();

    assertEquals(List.of(), wrong);
    assertEquals(Outcome.CLEAN, program.await().outcome());
  }

  private static String refusal(Executable call) {
    try {
      call.execute();
      return "accepted";
    } catch (Throwable e) {
      return String.valueOf(e.getMessage());
    }
  }

  @Test
  void theSetupIsRefused() {
    Exit exit = Srun.run(CONFIG, app -> app.own(null));

    assertEquals(2, exit.code());
    assertTrue(exit.toString().contains("what the program is to own is null"), exit::toString);
  }

  @Test
  void theRunnerRefusesAReasonThatIsNone() {
    Exit exit =
        Srun.run(
            CONFIG,
            app ->
                app.task(
                    "t",
                    ctx -> {
                      assertEquals(
                          "the reason to stop is null", refusal(() -> ctx.runner().stop(null)));
                      assertEquals(
                          "who upgrades the program is null",
                          refusal(() -> ctx.runner().upgrade(null)));
                    }));

    assertEquals(Outcome.CLEAN, exit.outcome());
  }
}
