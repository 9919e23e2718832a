import { WorkflowFailedError, type Client } from "@temporalio/client";
import { ActivityFailure, TerminatedFailure } from "@temporalio/common";
import { v7 as uuidv7 } from "uuid";
import { z } from "zod";
import type { FindingStore, ReportedFinding } from "../db/maintenance-reports.js";
import { Conflict } from "../domain/errors.js";
import { maintenanceWorkflowId } from "../domain/recurring.js";
import {
  consistencyCheckType,
  maintenanceCleanupType,
  type CheckInput,
  type CheckReport,
  type CleanupInput,
  type CleanupReport,
} from "../workflows/recurring-messages.js";
import { pageSizeSchema, parseInput } from "./input.js";
import { startOnRequest } from "./on-request.js";

export type { ReportedFinding };

/** What the nightly schedules do, on request. Both calls resolve when the work is done. */
export interface Maintenance {
  /** Removes what is older than its retention, or with `dryRun` counts it. @throws Conflict when it was terminated or failed */
  cleanup(options?: CleanupOptions): Promise<CleanupReport>;
  /** Compares ledger, counters and workflows; with `repair`, mends what can be mended. @throws InvalidInput, Conflict */
  check(options?: CheckOptions): Promise<CheckReport>;
  /** What detector and checks have found, seen last first. */
  findings(query?: FindingsQuery): Promise<ReportedFinding[]>;
}

export const cleanupSchema = z.strictObject({ dryRun: z.boolean().default(false) });
export type CleanupOptions = z.input<typeof cleanupSchema>;

export const checkSchema = z.strictObject({
  repair: z.boolean().default(false),
  days: z.int().min(1, "must be at least 1").max(3_650, "must be at most 3,650").default(30),
});
export type CheckOptions = z.input<typeof checkSchema>;

export const findingsSchema = z.strictObject({ limit: pageSizeSchema });
export type FindingsQuery = z.input<typeof findingsSchema>;

export interface MaintenancePorts {
  findings: FindingStore;
  /** Resolves once Temporal answers. @throws Unavailable */
  connect: () => Promise<Client>;
}

export function createMaintenance({ findings, connect }: MaintenancePorts): Maintenance {
  async function run<Input, Report>(type: string, input: Input): Promise<Report> {
    const workflowId = maintenanceWorkflowId(uuidv7());
    try {
      const handle = await startOnRequest(connect, type, { workflowId, input });
      return (await handle.result()) as Report;
    } catch (error) {
      if (error instanceof WorkflowFailedError) throw toConflict(workflowId, error);
      throw error;
    }
  }

  return {
    cleanup: async (options = {}) =>
      run<CleanupInput, CleanupReport>(maintenanceCleanupType, parseInput(cleanupSchema, options)),
    check: async (options = {}) =>
      run<CheckInput, CheckReport>(consistencyCheckType, parseInput(checkSchema, options)),
    findings: async (query = {}) => findings.listFindings(parseInput(findingsSchema, query).limit),
  };
}

function toConflict(workflowId: string, { cause }: WorkflowFailedError): Conflict {
  const root = cause instanceof ActivityFailure ? cause.cause : cause;
  const why = cause instanceof TerminatedFailure ? "was terminated" : `failed: ${root?.message ?? "unknown"}`;
  return new Conflict(`Workflow ${workflowId} ${why}. What it did stands; run it again for the rest.`, {
    workflowId,
  });
}
