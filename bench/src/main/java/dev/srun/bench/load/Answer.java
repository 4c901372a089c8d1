package dev.srun.bench.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/** An answer while it comes in. Read strictly: what is not understood is the server's fault. */
final class Answer {
  private static final int USUAL = 8 * 1024;
  private static final int LONGEST = 1024 * 1024;
  private static final String STATUS_LINE = "HTTP/1\\.1 [1-5][0-9]{2} .*";
  private static final int STATUS_AT = "HTTP/1.1 ".length();
  private static final int STATUS_DIGITS = 3;

  /** What came is no answer. */
  static final class MalformedException extends Exception {
    private static final long serialVersionUID = 1;

    MalformedException(String message) {
      super(message);
    }
  }

  private ByteBuffer in = ByteBuffer.allocate(USUAL);
  private int searched;
  private int headEnd;
  private int status;
  private int length;
  private boolean last;

  void clear() {
    in.clear();
    searched = 0;
    headEnd = 0;
    length = -1;
    last = false;
  }

  /** Takes what has come; returns how much, or -1 at the end of the connection. */
  int readFrom(ReadableByteChannel channel) throws IOException, MalformedException {
    if (!in.hasRemaining()) {
      if (in.capacity() == LONGEST) {
        throw new MalformedException("more than " + LONGEST + " bytes");
      }
      in = ByteBuffer.allocate(2 * in.capacity()).put(in.flip());
    }
    return channel.read(in);
  }

  boolean hasBegun() {
    return in.position() > 0;
  }

  /** Returns whether all of it has come. */
  boolean isWhole() throws MalformedException {
    if (headEnd == 0 && !findHead()) {
      return false;
    }
    int missing = headEnd + length - in.position();
    if (missing < 0) {
      throw new MalformedException(-missing + " bytes more than its Content-Length");
    }
    return missing == 0;
  }

  /** Returns how much of it has come, as evidence. */
  String progress() {
    return headEnd == 0
        ? in.position() + " bytes of the head"
        : "%d of %d bytes of the body".formatted(in.position() - headEnd, length);
  }

  int status() {
    return status;
  }

  boolean isBody(byte[] expected) {
    return expected == Request.ANY
        || Arrays.equals(in.array(), headEnd, headEnd + length, expected, 0, expected.length);
  }

  String body() {
    return new String(in.array(), headEnd, length, StandardCharsets.UTF_8);
  }

  /** Returns whether the server closes the connection after it. */
  boolean isLast() {
    return last;
  }

  private boolean findHead() throws MalformedException {
    byte[] bytes = in.array();
    for (int i = searched; i + 4 <= in.position(); i++) {
      if (bytes[i] == '\r'
          && bytes[i + 1] == '\n'
          && bytes[i + 2] == '\r'
          && bytes[i + 3] == '\n') {
        headEnd = i + 4;
        read(new String(bytes, 0, i, StandardCharsets.ISO_8859_1).split("\r\n"));
        return true;
      }
      searched = i + 1;
    }
    return false;
  }

  private void read(String[] lines) throws MalformedException {
    if (!lines[0].matches(STATUS_LINE)) {
      throw new MalformedException("status line '" + lines[0] + "'");
    }
    status = Integer.parseInt(lines[0], STATUS_AT, STATUS_AT + STATUS_DIGITS, 10);
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      if (colon < 1) {
        throw new MalformedException("header '" + lines[i] + "'");
      }
      header(lines[i].substring(0, colon).toLowerCase(Locale.ROOT), lines[i].substring(colon + 1));
    }
    if (length < 0) {
      throw new MalformedException("no Content-Length");
    }
  }

  private void header(String name, String text) throws MalformedException {
    String value = text.strip();
    switch (name) {
      case "content-length" -> {
        if (length >= 0 || !value.matches("[0-9]{1,6}")) {
          throw new MalformedException("Content-Length '" + value + "'");
        }
        length = Integer.parseInt(value);
      }
      case "connection" -> last = value.equalsIgnoreCase("close");
      case "transfer-encoding" -> throw new MalformedException("Transfer-Encoding " + value);
      default -> {}
    }
  }
}
