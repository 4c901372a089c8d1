package dev.srun.admin;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.GZIPOutputStream;
import javax.management.JMException;
import javax.management.ObjectName;

/** What fills the heap: a histogram by class, and all of it where that is allowed. */
final class HeapPages {
  private final boolean dumpsAllowed;
  private final AtomicBoolean busy = new AtomicBoolean();

  HeapPages(boolean dumpsAllowed) {
    this.dumpsAllowed = dumpsAllowed;
  }

  /**
   * Instances and bytes by class; {@code ?live=true} collects garbage first, which stops the JVM.
   */
  void histogram(HttpExchange exchange) throws IOException, BadRequestException, JMException {
    boolean live = Query.of(exchange).oneOf("live", List.of("false", "true")).equals("true");
    String[] arguments = live ? new String[0] : new String[] {"-all"};
    Object text =
        ManagementFactory.getPlatformMBeanServer()
            .invoke(
                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                "gcClassHistogram",
                new Object[] {arguments},
                new String[] {String[].class.getName()});
    Answers.text(exchange, 200, String.valueOf(text));
  }

  /** The live objects in HPROF format, compressed, for VisualVM, Eclipse MAT and the like. */
  void dump(HttpExchange exchange) throws IOException {
    if (!dumpsAllowed) {
      Answers.text(
          exchange,
          403,
          "heap dumps are off, since they hold all secrets: SRUN_ADMIN_HEAP_DUMP=on allows them\n");
    } else if (!busy.compareAndSet(false, true)) {
      exchange.getResponseHeaders().set("Retry-After", "10");
      Answers.text(exchange, 429, "a heap dump is being made already\n");
    } else {
      try (ScratchFile file = new ScratchFile("heap.hprof")) {
        long used = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        long free = Files.getFileStore(file.path().getParent()).getUsableSpace();
        if (free < 2 * used) {
          Answers.text(
              exchange,
              507,
              "a heap of %,d bytes does not fit into the temporary directory, which has %,d\n"
                  .formatted(used, free));
          return;
        }
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
            .dumpHeap(file.path().toString(), true);
        send(exchange, file.path());
      } finally {
        busy.set(false);
      }
    }
  }

  private static void send(HttpExchange exchange, Path dump) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/gzip");
    exchange
        .getResponseHeaders()
        .set("Content-Disposition", "attachment; filename=\"heap.hprof.gz\"");
    exchange.sendResponseHeaders(200, 0);
    try (OutputStream out = new GZIPOutputStream(exchange.getResponseBody(), 1 << 16)) {
      Files.copy(dump, out);
    }
  }
}
