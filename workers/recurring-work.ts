import type { Client } from "@temporalio/client";
import type pg from "pg";
import type { QueueSampling } from "../activities/recurring-ports.js";
import { describeTaskQueues } from "../client/task-queues.js";
import { recordQueueSamples } from "../db/maintenance-reports.js";

export function createQueueSampling(pool: pg.Pool, connect: () => Promise<Client>): QueueSampling {
  return {
    async sample() {
      const queues = await describeTaskQueues(await connect());
      return queues.map(({ queue, kind, backlog, backlogAgeMs }) => ({ queue, kind, backlog, backlogAgeMs }));
    },
    record: (sampledAt, samples) => recordQueueSamples(pool, sampledAt, samples),
  };
}
