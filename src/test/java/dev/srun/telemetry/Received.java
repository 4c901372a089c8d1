package dev.srun.telemetry;

import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.trace.v1.Span;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a collector was sent, decoded. */
public record Received(Collector collector) {

  /** A log record and the name of its logger. */
  public record Logged(String logger, LogRecord record) {
    /** Its attributes. */
    public Map<String, String> attributes() {
      return Received.attributes(record.getAttributesList());
    }
  }

  /** The spans of the runner and of the program. */
  public List<Span> spans() throws InvalidProtocolBufferException {
    List<Span> spans = new ArrayList<>();
    for (Collector.Request request : collector.requests("traces")) {
      ExportTraceServiceRequest.parseFrom(request.body())
          .getResourceSpansList()
          .forEach(each -> each.getScopeSpansList().forEach(it -> spans.addAll(it.getSpansList())));
    }
    return spans;
  }

  /** The tree below a root of that name, a line for each span, indented, in order of time. */
  public List<String> tree(String root) throws InvalidProtocolBufferException {
    List<Span> spans = spans();
    List<String> lines = new ArrayList<>();
    spans.stream()
        .filter(span -> span.getParentSpanId().isEmpty() && span.getName().equals(root))
        .forEach(span -> add(span, "", spans, lines));
    return lines;
  }

  private static void add(Span span, String indent, List<Span> all, List<String> lines) {
    String status = span.getStatus().getMessage();
    lines.add(indent + span.getName() + (status.isEmpty() ? "" : " ERROR " + status));
    all.stream()
        .filter(other ->
            other.getParentSpanId().equals(span.getSpanId())
                && other.getTraceId().equals(span.getTraceId()))
        .sorted(Comparator.comparingLong(Span::getStartTimeUnixNano))
        .forEach(child -> add(child, indent + "  ", all, lines));
  }

  /** The names of the metrics. */
  public List<String> metrics() throws InvalidProtocolBufferException {
    return metricData().stream().map(Metric::getName).toList();
  }

  /** The metrics, as often as they were sent. */
  List<Metric> metricData() throws InvalidProtocolBufferException {
    List<Metric> metrics = new ArrayList<>();
    for (Collector.Request request : collector.requests("metrics")) {
      ExportMetricsServiceRequest.parseFrom(request.body())
          .getResourceMetricsList()
          .forEach(each ->
              each.getScopeMetricsList().forEach(it -> metrics.addAll(it.getMetricsList())));
    }
    return metrics;
  }

  /** The log records. */
  public List<Logged> logs() throws InvalidProtocolBufferException {
    List<Logged> logs = new ArrayList<>();
    for (Collector.Request request : collector.requests("logs")) {
      ExportLogsServiceRequest.parseFrom(request.body())
          .getResourceLogsList()
          .forEach(each ->
              each.getScopeLogsList()
                  .forEach(it ->
                      it.getLogRecordsList()
                          .forEach(
                              record -> logs.add(new Logged(it.getScope().getName(), record)))));
    }
    return logs;
  }

  /** The resource that sent the traces. */
  public Map<String, String> resource() throws InvalidProtocolBufferException {
    return resources().get("traces");
  }

  /** The resource that sent a signal, by the signal. */
  Map<String, Map<String, String>> resources() throws InvalidProtocolBufferException {
    Map<String, Map<String, String>> resources = new TreeMap<>();
    for (Collector.Request request : collector.requests("traces")) {
      ExportTraceServiceRequest.parseFrom(request.body())
          .getResourceSpansList()
          .forEach(it -> resources.put("traces", attributes(it.getResource().getAttributesList())));
    }
    for (Collector.Request request : collector.requests("metrics")) {
      ExportMetricsServiceRequest.parseFrom(request.body())
          .getResourceMetricsList()
          .forEach(
              it -> resources.put("metrics", attributes(it.getResource().getAttributesList())));
    }
    for (Collector.Request request : collector.requests("logs")) {
      ExportLogsServiceRequest.parseFrom(request.body())
          .getResourceLogsList()
          .forEach(it -> resources.put("logs", attributes(it.getResource().getAttributesList())));
    }
    return resources;
  }

  /** Attributes as text. */
  public static Map<String, String> attributes(List<KeyValue> list) {
    Map<String, String> attributes = new TreeMap<>();
    list.forEach(each -> attributes.put(each.getKey(), each.getValue().getStringValue()));
    return attributes;
  }
}
