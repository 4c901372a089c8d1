package dev.srun.http;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A request with which a listener is {@linkplain HttpListener#rehearse rehearsed}.
 *
 * @param method such as {@code GET}
 * @param path as it is sent, a query included
 * @param headers what is sent besides {@code Host} and {@code Content-Length}
 * @param body empty for none, at most {@value #LONGEST_BODY} characters; sent as UTF-8
 */
public record SampleRequest(String method, String path, Map<String, String> headers, String body) {
  /** What the buffers of a socket take, so that sending waits for nobody. */
  private static final int LONGEST_BODY = 16 * 1024;

  private static final Pattern LINE = Pattern.compile("([A-Z]+) (/[!-~]*)");

  /** Checks that it can be sent as it is. */
  public SampleRequest {
    String line = method + " " + path;
    Objects.requireNonNull(headers, "the headers of a sample request are null");
    Objects.requireNonNull(body, "the body of a sample request is null");
    headers.forEach((name, value) ->
        HeaderSyntax.require(name, value, "sample request " + Routes.quoted(line)));
    headers = Map.copyOf(headers);
    if (!LINE.matcher(line).matches()) {
      throw refused(line, "expected a method and a path, such as GET /accounts/1");
    }
    if (body.length() > LONGEST_BODY) {
      throw refused(line, "expected a body of at most " + LONGEST_BODY + " characters");
    }
  }

  private static IllegalArgumentException refused(String line, String why) {
    return new IllegalArgumentException("sample request " + Routes.quoted(line) + ": " + why);
  }

  /**
   * Returns a request without a body.
   *
   * @param line its method and path, such as {@code GET /accounts/1}
   * @return the request
   * @throws IllegalArgumentException if the line is not of that form
   */
  public static SampleRequest of(String line) {
    Objects.requireNonNull(line, "the line of a sample request is null");
    Matcher form = LINE.matcher(line);
    if (!form.matches()) {
      throw refused(line, "expected a method and a path, such as GET /accounts/1");
    }
    return new SampleRequest(form.group(1), form.group(2), Map.of(), "");
  }

  /**
   * Returns the same request with a body.
   *
   * @param text the body
   * @return the request
   */
  public SampleRequest withBody(String text) {
    return new SampleRequest(method, path, headers, text);
  }

  /**
   * Returns the same request with one more header.
   *
   * @param name its name
   * @param value its value
   * @return the request
   */
  public SampleRequest withHeader(String name, String value) {
    Map<String, String> all = new LinkedHashMap<>(headers);
    all.put(name, value);
    return new SampleRequest(method, path, all, body);
  }

  byte[] toBytes() {
    byte[] content = body.getBytes(StandardCharsets.UTF_8);
    StringBuilder head = new StringBuilder();
    head.append(method).append(' ').append(path).append(" HTTP/1.1\r\nHost: localhost\r\n");
    headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    if (content.length > 0) {
      head.append("Content-Length: ").append(content.length).append("\r\n");
    }
    byte[] first = head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
    byte[] all = new byte[first.length + content.length];
    System.arraycopy(first, 0, all, 0, first.length);
    System.arraycopy(content, 0, all, first.length, content.length);
    return all;
  }
}
