package dev.srun.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.srun.Running;
import dev.srun.Srun;
import dev.srun.http.HttpListener;
import dev.srun.http.Wire;
import dev.srun.http.Wire.Answer;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Debug tools leave threads to probes. */
final class SeatsTest {

  @Test
  void whoFindsNoneFreeIsToldToComeAgain() throws Exception {
    Seats seats = new Seats(2);
    CountDownLatch taken = new CountDownLatch(2);
    CountDownLatch release = new CountDownLatch(1);
    try (Running app =
        Srun.start(
            AdminUnderTest.CONFIG,
            it ->
                it.service(
                    "admin",
                    context -> {
                      HttpListener http = context.http("admin", AdminUnderTest.anyPort());
                      http.handle(
                          "/tool",
                          seats.seated(exchange -> {
                            taken.countDown();
                            release.await();
                            throw new IllegalStateException("broken");
                          }));
                      http.open();
                    }))) {
      InetSocketAddress address = AdminUnderTest.address(app);
      try (Wire one = new Wire(address);
          Wire two = new Wire(address);
          Wire three = new Wire(address)) {
        one.request("GET", "/tool");
        two.request("GET", "/tool");
        assertTrue(taken.await(20, TimeUnit.SECONDS));

        Answer refused = three.request("GET", "/tool").answer();
        assertEquals(429, refused.status());
        assertEquals("1", refused.header("Retry-After"));
        assertEquals("2 requests use the debug tools already\n", refused.body());

        release.countDown();
        assertEquals(500, one.answer().status());
        assertEquals(500, two.answer().status());
      }
    }
  }

  @Test
  void aToolThatThrowsLeavesItsSeat() throws Exception {
    try (AdminUnderTest admin = AdminUnderTest.with(app -> {})) {
      for (int i = 0; i <= DebugTools.SEATS; i++) {
        assertEquals(400, admin.get("/debug/threads?format=none").status());
      }
      assertEquals(200, admin.get("/debug/threads").status());
    }
  }
}
