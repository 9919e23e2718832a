import type { Client } from "@temporalio/client";
import type pg from "pg";
import type { QueueSampling } from "../activities/recurring-ports.js";
import { describeTaskQueues } from "../client/task-queues.js";
import { countQueueExtras } from "../db/queue-counts.js";
import { recordSeries } from "../db/queue-series.js";
import { countActive } from "../db/worker-processes.js";

export function createQueueSampling(pool: pg.Pool, connect: () => Promise<Client>): QueueSampling {
  return {
    async sample() {
      const [queues, extras, active] = await Promise.all([
        connect().then(describeTaskQueues),
        countQueueExtras(pool),
        countActive(pool),
      ]);
      return queues.map(({ queue, kind, backlog, backlogAgeMs }) => ({
        ...{ queue, kind, waiting: backlog, oldestMs: backlogAgeMs },
        ...(kind === "activity"
          ? { active: active.get(queue) ?? 0, ...(extras.get(queue) ?? { delayed: 0, dead: 0 }) }
          : { active: 0, delayed: 0, dead: 0 }),
      }));
    },
    record: (sampledAt, samples) => recordSeries(pool, sampledAt, samples),
  };
}
