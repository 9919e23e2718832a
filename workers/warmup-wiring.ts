import type { Client } from "@temporalio/client";
import type pg from "pg";
import { createWarmupActivities, type WarmupActivities } from "../activities/warmup.js";
import { createWarmupWorkflow } from "../client/warmup-workflow.js";
import { createWarmupChecks } from "../db/warmup-checks.js";
import { createWarmupPlanning } from "../db/warmup-planning.js";
import { createWarmupRows } from "../db/warmups.js";
import type { WorkerMetrics } from "./metrics.js";

export interface WarmupWiringInput {
  pool: pg.Pool;
  timeZone: string;
  metrics: Pick<WorkerMetrics, "warmupPlanned">;
  connect: () => Promise<Client>;
  takesPart: (warmupId: string) => Promise<boolean>;
}

export function wireWarmups({
  pool,
  timeZone,
  metrics,
  connect,
  takesPart,
}: WarmupWiringInput): WarmupActivities {
  return createWarmupActivities({
    planning: createWarmupPlanning(pool, timeZone),
    checks: createWarmupChecks(pool, timeZone),
    steer: createWarmupRows(pool).steerWarmup,
    wake: createWarmupWorkflow(connect).wake,
    takesPart,
    observe: (outlook) => metrics.warmupPlanned(outlook),
  });
}
