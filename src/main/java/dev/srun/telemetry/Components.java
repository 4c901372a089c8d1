package dev.srun.telemetry;

import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.sdk.common.export.HttpSenderProvider;
import java.util.List;

/** What the SDK finds on the class path, but for how it sends over HTTP, which is ours to cut. */
record Components(ClassLoader classes, HttpSenderProvider http) implements ComponentLoader {

  @Override
  public <T> Iterable<T> load(Class<T> kind) {
    return kind == HttpSenderProvider.class
        ? List.of(kind.cast(http))
        : ComponentLoader.forClassLoader(classes).load(kind);
  }
}
