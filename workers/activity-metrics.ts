import type { Context } from "@temporalio/activity";
import { ApplicationFailure, ApplicationFailureCategory } from "@temporalio/common";
import type { ActivityInboundCallsInterceptor } from "@temporalio/worker";
import type { Logger } from "pino";
import type { WorkerMetrics } from "./metrics.js";

/** Times every activity and writes one wide line for each that ended badly. */
export function activityMetrics(metrics: WorkerMetrics, log: Logger) {
  return (context: Context): { inbound: ActivityInboundCallsInterceptor } => ({
    inbound: {
      async execute(input, next) {
        const { activityType, attempt, workflowExecution, taskQueue } = context.info;
        const startedMs = performance.now();
        try {
          const result: unknown = await next(input);
          metrics.jobCompleted(activityType, (performance.now() - startedMs) / 1000);
          return result;
        } catch (error) {
          const seconds = (performance.now() - startedMs) / 1000;
          const line = {
            activityType,
            attempt,
            taskQueue,
            seconds,
            workflowId: workflowExecution?.workflowId,
          };
          if (isBenign(error)) {
            log.info({ ...line, reason: (error as Error).message }, "job.given_back");
          } else {
            metrics.jobFailed(activityType, seconds);
            log.warn({ ...line, err: error }, "job.failed");
          }
          throw error;
        }
      },
    },
  });
}

function isBenign(error: unknown): boolean {
  return error instanceof ApplicationFailure && error.category === ApplicationFailureCategory.BENIGN;
}
