import type { WorkflowClientInterceptor } from "@temporalio/client";
import { environment } from "../runtime/config.js";
import { readTracing } from "../runtime/tracing-config.js";
import { startTracing } from "../runtime/tracing.js";

/** What a command says on stdout is its result; a collector that is away changes nothing of it. */
const silent = { warn: () => undefined };

/** Runs a command as the first span of a trace, if traces are on. */
export async function traceCommand(
  name: string,
  work: (interceptors: WorkflowClientInterceptor[]) => Promise<void>,
): Promise<void> {
  const config = readTracing(environment());
  const tracing = await startTracing({ config, service: "floe-cli", log: silent });
  if (!tracing) return work([]);
  try {
    await tracing.tracer.startActiveSpan(name, (span) =>
      work([tracing.clientInterceptor]).finally(() => span.end()),
    );
  } finally {
    await tracing.stop();
  }
}
