import type { Connection } from "@temporalio/client";
import proto from "@temporalio/proto";
import type { NativeConnection } from "@temporalio/worker";
import type { WorkerMetrics } from "./metrics.js";

const { TASK_QUEUE_TYPE_ACTIVITY } = proto.temporal.api.enums.v1.TaskQueueType;

const everyMs = 15_000;

/** Samples how many tasks wait on each queue; what scaling rules look at (`queue_depth > 1000`). */
export function sampleQueueDepth(
  connection: Connection | NativeConnection,
  namespace: string,
  queues: string[],
  metrics: WorkerMetrics,
): { stop: () => void } {
  const sample = async (): Promise<void> => {
    for (const queue of queues) {
      const described = await connection.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name: queue },
        taskQueueType: TASK_QUEUE_TYPE_ACTIVITY,
        reportStats: true,
      });
      metrics.queueDepth(queue, Number(described.stats?.approximateBacklogCount ?? 0));
    }
  };
  // A server that is away shows in the readiness, not here.
  const timer = setInterval(() => void sample().catch(() => undefined), everyMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
