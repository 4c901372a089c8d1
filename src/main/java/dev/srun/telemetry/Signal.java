package dev.srun.telemetry;

import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.metrics.data.Data;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.MetricDataType;
import io.opentelemetry.sdk.resources.Resource;

/** One signal of the runner's as it was collected. */
record Signal(
    Resource resource,
    String name,
    String unit,
    String description,
    MetricDataType type,
    Data<?> data)
    implements MetricData {
  private static final InstrumentationScopeInfo SCOPE = InstrumentationScopeInfo.create("dev.srun");

  Signal with(Data<?> other) {
    return new Signal(resource, name, unit, description, type, other);
  }

  @Override
  public Resource getResource() {
    return resource;
  }

  @Override
  public InstrumentationScopeInfo getInstrumentationScopeInfo() {
    return SCOPE;
  }

  @Override
  public String getName() {
    return name;
  }

  @Override
  public String getDescription() {
    return description;
  }

  @Override
  public String getUnit() {
    return unit;
  }

  @Override
  public MetricDataType getType() {
    return type;
  }

  @Override
  public Data<?> getData() {
    return data;
  }
}
