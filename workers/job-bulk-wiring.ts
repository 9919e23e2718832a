import type { Client } from "@temporalio/client";
import type pg from "pg";
import { createJobBulkActivities, type JobBulkActivities } from "../activities/job-bulk.js";
import { createJobTellings } from "../client/job-telling.js";
import { createJobBulkStore } from "../db/job-bulk-pages.js";

/** The part of the wiring that carries out actions on many jobs. @param connect resolves once Temporal answers */
export function wireJobBulks(pool: pg.Pool, connect: () => Promise<Client>): JobBulkActivities {
  return createJobBulkActivities({
    store: createJobBulkStore(pool),
    tellings: createJobTellings(pool, connect),
  });
}
