import type { RuntimeOptions } from "@temporalio/worker";

/** What Temporal's SDK measures of itself (`temporal_…`: slots, latencies, polls), by Prometheus on a port of its own. */
export function temporalMetrics(port: number | undefined): Pick<RuntimeOptions, "telemetryOptions"> {
  if (port === undefined) return {};
  return { telemetryOptions: { metrics: { prometheus: { bindAddress: `0.0.0.0:${port}` } } } };
}
