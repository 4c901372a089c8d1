package dev.srun.admin;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import one.convert.Arguments;
import one.convert.JfrToFlame;
import one.convert.JfrToPprof;
import one.jfr.JfrReader;

/**
 * Makes a profile of a recording. The one class that names the converter, a library that a program
 * may leave out.
 */
final class Conversion {

  /** Samples of native code tell nothing of these, which mostly wait. */
  private static final Pattern WAITING =
      Pattern.compile(
          "sun\\.nio\\.ch\\.(EPoll|KQueue|WEPoll)\\.(wait|poll)"
              + "|sun\\.nio\\.ch\\.(Net|UnixDomainSockets)\\.(accept|poll)0?"
              + "|java\\.lang\\.ProcessHandleImpl\\.waitForProcessExit0");

  private final Arguments arguments = new Arguments();

  Conversion(Sampling sampling) {
    arguments.dot = true;
    arguments.norm = true; // one name for all the classes of one lambda
    switch (sampling) {
      case CPU_TIME -> arguments.cpuTime = true;
      case EXECUTION -> arguments.exclude = WAITING;
      case ALLOCATION -> {
        arguments.alloc = true;
        arguments.total = true; // bytes
      }
      case EVERYTHING -> throw new IllegalArgumentException("no profile of " + sampling);
    }
  }

  /** The profile as {@code pprof} reads it: protobuf in gzip. */
  byte[] pprof(Path recording) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JfrReader reader = new JfrReader(recording.toString());
        OutputStream gzip = new GZIPOutputStream(bytes)) {
      JfrToPprof converter = new JfrToPprof(reader, arguments);
      converter.convert();
      converter.dump(gzip);
    }
    return bytes.toByteArray();
  }

  /** The profile as a page that draws a flame graph; the title is not escaped. */
  byte[] flameGraph(Path recording, String title) throws IOException {
    arguments.title = title;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JfrReader reader = new JfrReader(recording.toString())) {
      JfrToFlame converter = new JfrToFlame(reader, arguments);
      converter.convert();
      converter.dump(bytes);
    }
    return bytes.toByteArray();
  }
}
