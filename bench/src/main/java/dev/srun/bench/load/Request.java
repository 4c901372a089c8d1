package dev.srun.bench.load;

import java.nio.charset.StandardCharsets;

/**
 * A request and the one answer that is right.
 *
 * @param number its place in the schedule, from 0
 * @param bytes all that is sent
 * @param status the expected status
 * @param body the expected body
 */
record Request(long number, byte[] bytes, int status, byte[] body) {

  /** The body of an answer that is another one each time. */
  static final byte[] ANY = new byte[0];

  /** Whose answer may say anything. */
  static Request get(long number, Kind kind, String path, int status) {
    Request request = get(number, kind, path, status, "");
    return new Request(number, request.bytes, status, ANY);
  }

  static Request get(long number, Kind kind, String path, int status, String body) {
    return of(number, "GET " + path, kind, "", status, body);
  }

  static Request post(long number, Kind kind, String path, String json, int status, String body) {
    return of(number, "POST " + path, kind, json, status, body);
  }

  private static Request of(
      long number, String line, Kind kind, String json, int status, String body) {
    String length = json.isEmpty() ? "" : "Content-Length: " + json.length() + "\r\n";
    String close = kind == Kind.FRESH ? "Connection: close\r\n" : "";
    String text = line + " HTTP/1.1\r\nHost: bench\r\n" + length + close + "\r\n" + json;
    return new Request(number, ascii(text), status, ascii(body));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
