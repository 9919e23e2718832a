import type { Client } from "@temporalio/client";
import proto from "@temporalio/proto";
import { ioQueue, laneQueue, lanes, orchestrationQueue, webhookQueue } from "../domain/lanes.js";

/** A task queue as Temporal knows it; figures are about right. */
export interface TaskQueue {
  queue: string;
  kind: "activity" | "workflow";
  /** Tasks that wait, and for how long the first of them does. */
  backlog: number;
  backlogAgeMs: number;
  addedPerSecond: number;
  takenPerSecond: number;
  pollers: Poller[];
}

/** A worker process that has asked the queue for tasks within minutes. */
export interface Poller {
  identity: string;
  lastSeenAt: Date;
}

const { TASK_QUEUE_TYPE_ACTIVITY, TASK_QUEUE_TYPE_WORKFLOW } = proto.temporal.api.enums.v1.TaskQueueType;

const floeQueues = [
  { queue: orchestrationQueue, kind: "workflow" },
  ...[orchestrationQueue, ioQueue, webhookQueue(null), ...lanes.map(laneQueue)].map((queue) => ({
    queue,
    kind: "activity" as const,
  })),
] satisfies Pick<TaskQueue, "queue" | "kind">[];

/** Every queue that Floe's workers poll. */
export async function describeTaskQueues({ workflowService, options }: Client): Promise<TaskQueue[]> {
  return Promise.all(
    floeQueues.map(async ({ queue, kind }) => {
      const { stats, pollers } = await workflowService.describeTaskQueue({
        namespace: options.namespace,
        taskQueue: { name: queue },
        taskQueueType: kind === "activity" ? TASK_QUEUE_TYPE_ACTIVITY : TASK_QUEUE_TYPE_WORKFLOW,
        reportStats: true,
      });
      return {
        ...{ queue, kind },
        backlog: Number(stats?.approximateBacklogCount ?? 0),
        backlogAgeMs: milliseconds(stats?.approximateBacklogAge),
        addedPerSecond: stats?.tasksAddRate ?? 0,
        takenPerSecond: stats?.tasksDispatchRate ?? 0,
        pollers: (pollers ?? []).map(({ identity, lastAccessTime }) => ({
          identity: identity ?? "",
          lastSeenAt: new Date(milliseconds(lastAccessTime)),
        })),
      };
    }),
  );
}

function milliseconds(
  span: proto.google.protobuf.IDuration | proto.google.protobuf.ITimestamp | null | undefined,
): number {
  return Number(span?.seconds ?? 0) * 1_000 + Math.round((span?.nanos ?? 0) / 1e6);
}
