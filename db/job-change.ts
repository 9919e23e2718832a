import type pg from "pg";
import { applyToJobs, type JobChange, type JobEffect } from "./job-effects.js";
import { transaction } from "./pool.js";

/** One action in a transaction of its own. */
export type ApplyJobAction = (change: JobChange) => Promise<JobEffect[]>;

export function createJobChange(pool: pg.Pool): ApplyJobAction {
  return (change) => transaction(pool, (client) => applyToJobs(client, change));
}
