package dev.srun.examples.wallet;

import com.sun.net.httpserver.HttpExchange;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.List;

/**
 * What is told of requests, as OpenTelemetry's semantic conventions have it: a span for each, and
 * how long they took by route and status.
 */
final class Requests {
  private static final AttributeKey<String> METHOD = AttributeKey.stringKey("http.request.method");
  private static final AttributeKey<String> SCHEME = AttributeKey.stringKey("url.scheme");
  private static final AttributeKey<String> PATH = AttributeKey.stringKey("url.path");
  private static final AttributeKey<String> ROUTE = AttributeKey.stringKey("http.route");
  private static final AttributeKey<Long> STATUS =
      AttributeKey.longKey("http.response.status_code");
  private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");
  private static final int FIRST_ERROR = 500;

  /** Those of the convention. */
  private static final List<Double> BOUNDARIES =
      List.of(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0);

  private static final TextMapGetter<HttpExchange> HEADERS =
      new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(HttpExchange exchange) {
          return exchange.getRequestHeaders().keySet();
        }

        @Override
        public String get(HttpExchange exchange, String name) {
          return exchange.getRequestHeaders().getFirst(name);
        }
      };

  private final Tracer tracer;
  private final DoubleHistogram durations;

  Requests(Tracer tracer, Meter meter) {
    this.tracer = tracer;
    this.durations =
        meter
            .histogramBuilder("http.server.request.duration")
            .setUnit("s")
            .setDescription("Duration of HTTP server requests.")
            .setExplicitBucketBoundariesAdvice(BOUNDARIES)
            .build();
  }

  /** Of which nothing is told. */
  static Requests untold() {
    OpenTelemetry nothing = OpenTelemetry.noop();
    return new Requests(nothing.getTracer(""), nothing.getMeter(""));
  }

  /** To be closed by the same thread, whose span it is until then. */
  Request begin(HttpExchange exchange, String route) {
    return new Request(exchange, route);
  }

  /** A request from when its handler is called to when it returns or throws. */
  final class Request implements AutoCloseable {
    private final long since = System.nanoTime();
    private final HttpExchange exchange;
    private final AttributesBuilder attributes;
    private final Span span;
    private final Scope scope;

    private Request(HttpExchange exchange, String route) {
      this.exchange = exchange;
      String method = exchange.getRequestMethod();
      attributes = Attributes.builder().put(METHOD, method).put(SCHEME, "http").put(ROUTE, route);
      Context caller =
          W3CTraceContextPropagator.getInstance().extract(Context.current(), exchange, HEADERS);
      span =
          tracer
              .spanBuilder(method + " " + route)
              .setSpanKind(SpanKind.SERVER)
              .setParent(caller)
              .setAllAttributes(attributes.build())
              .setAttribute(PATH, exchange.getRequestURI().getPath())
              .startSpan();
      scope = span.makeCurrent();
    }

    void answered(int status) {
      end(status, status < FIRST_ERROR ? "" : String.valueOf(status));
    }

    void failed(Throwable error) {
      span.recordException(error);
      int sent = exchange.getResponseCode();
      end(sent > 0 ? sent : FIRST_ERROR, error.getClass().getName()); // the listener answers 500
    }

    private void end(int status, String error) {
      attributes.put(STATUS, (long) status);
      if (!error.isEmpty()) {
        attributes.put(ERROR, error);
        span.setStatus(StatusCode.ERROR);
      }
    }

    @Override
    public void close() {
      Attributes all = attributes.build();
      durations.record((System.nanoTime() - since) / 1e9, all);
      scope.close();
      span.setAllAttributes(all).end();
    }
  }
}
