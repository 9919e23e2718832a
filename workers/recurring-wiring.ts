import type { Client } from "@temporalio/client";
import type pg from "pg";
import {
  createFileCleanupActivities,
  createMaintenanceActivities,
  type FileCleanupActivities,
  type MaintenanceActivities,
} from "../activities/maintenance.js";
import type { RecordedFinding } from "../activities/recurring-ports.js";
import { createRecurringActivities, type RecurringActivities } from "../activities/recurring.js";
import { createConsistencyStore } from "../db/consistency.js";
import { aggregateDay } from "../db/daily-analytics.js";
import { recordFindings } from "../db/maintenance-reports.js";
import { createOpenWorkStore, listNeededFiles } from "../db/open-work.js";
import { createCleanupStore } from "../db/retention.js";
import type { Config } from "../runtime/config.js";
import { createOrphanedFiles } from "../runtime/orphaned-files.js";
import { createQueueSampling } from "./recurring-work.js";
import { createWorkStarter } from "./work-starter.js";

export interface RecurringWiringInput {
  pool: pg.Pool;
  config: Pick<Config, "retention" | "dataFolder" | "temporal">;
  /** Resolves once Temporal answers. */
  connect: () => Promise<Client>;
}

/** The part of the wiring that schedules start. */
export function wireRecurringWork({ pool, config, connect }: RecurringWiringInput): {
  orchestration: RecurringActivities & MaintenanceActivities;
  io: FileCleanupActivities;
} {
  const work = createOpenWorkStore(pool);
  const starter = createWorkStarter(pool, connect);
  const reporting = {
    work,
    starter,
    recordFindings: (job: string, findings: RecordedFinding[]) => recordFindings(pool, job, findings),
  };
  return {
    orchestration: {
      ...createRecurringActivities({
        ...reporting,
        aggregateDay: (day) => aggregateDay(pool, day),
        queues: createQueueSampling(pool, connect),
      }),
      ...createMaintenanceActivities({
        ...reporting,
        cleanup: createCleanupStore(pool, config.retention),
        consistency: createConsistencyStore(pool),
      }),
    },
    io: createFileCleanupActivities(
      createOrphanedFiles({
        dataFolder: config.dataFolder,
        days: config.retention.files,
        urlsInUse: () => listNeededFiles(pool),
      }),
    ),
  };
}
