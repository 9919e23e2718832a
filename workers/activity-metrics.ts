import type { Context } from "@temporalio/activity";
import { ApplicationFailure, ApplicationFailureCategory } from "@temporalio/common";
import type { ActivityInboundCallsInterceptor } from "@temporalio/worker";
import type { Logger } from "pino";
import type { WorkerMetrics } from "./metrics.js";
import type { WorkCounter } from "./work-counter.js";

/** Times every activity and writes one wide line for each that ended badly. */
export function activityMetrics(metrics: WorkerMetrics, counter: WorkCounter, log: Logger) {
  return (context: Context): { inbound: ActivityInboundCallsInterceptor } => ({
    inbound: {
      async execute(input, next) {
        const { activityType, attempt, workflowExecution, taskQueue } = context.info;
        const startedMs = performance.now();
        counter.began(taskQueue);
        try {
          const result: unknown = await next(input);
          const ms = performance.now() - startedMs;
          metrics.jobCompleted(activityType, ms / 1000);
          counter.ended(taskQueue, { failed: false, ms });
          return result;
        } catch (error) {
          const ms = performance.now() - startedMs;
          const seconds = ms / 1000;
          const line = {
            activityType,
            attempt,
            taskQueue,
            seconds,
            workflowId: workflowExecution?.workflowId,
          };
          if (isBenign(error)) {
            counter.gaveBack(taskQueue);
            log.info({ ...line, reason: (error as Error).message }, "job.given_back");
          } else {
            metrics.jobFailed(activityType, seconds);
            counter.ended(taskQueue, { failed: true, ms });
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
