/**
 * Telemetry: the OpenTelemetry SDK as a service of a program, the runner's own signals, and what
 * Prometheus scrapes. The one package that names the SDK; nothing of it is loaded before somebody
 * asks.
 */
@NullMarked
package dev.srun.telemetry;

import org.jspecify.annotations.NullMarked;
