import { createHash } from "node:crypto";
import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  type Client,
  type ScheduleDescription,
  type ScheduleOptionsStartWorkflowAction,
  type ScheduleSpec,
} from "@temporalio/client";
import type { Workflow } from "@temporalio/common";
import { orchestrationQueue } from "../domain/lanes.js";
import { scheduledWorkflowId } from "../domain/recurring.js";
import { scheduleDefinitions, type ScheduleDefinition } from "./definitions.js";
import { searchAttributes } from "../workflows/search-attributes.js";

/** `foreign`: somebody else's schedule has the id; it was left alone. */
export type Applied = "created" | "updated" | "unchanged" | "foreign";

export interface ApplyOptions {
  /** IANA name. */
  timeZone: string;
  definitions?: readonly ScheduleDefinition[];
}

/**
 * Creates the schedules that are missing and updates those whose definition changed. Idempotent, also when several processes
 * start at once. What an operator did stays: a pause, its reason, and a changed time for as long as the definition does
 * not change. Nothing is removed.
 */
export async function applySchedules(
  { schedule: schedules }: Pick<Client, "schedule">,
  { timeZone, definitions = scheduleDefinitions }: ApplyOptions,
): Promise<Map<string, Applied>> {
  const applied = new Map<string, Applied>();
  for (const definition of definitions) {
    const wanted = optionsOf(definition, timeZone);
    applied.set(definition.scheduleId, await apply(schedules, definition.scheduleId, wanted));
  }
  return applied;
}

type Wanted = ReturnType<typeof optionsOf>;

async function apply(schedules: Client["schedule"], scheduleId: string, wanted: Wanted): Promise<Applied> {
  const handle = schedules.getHandle(scheduleId);
  const found = await handle.describe().catch(ignoreMissing);
  if (!found) {
    try {
      const { note, ...options } = wanted;
      await schedules.create({ scheduleId, ...options, state: { note } });
      return "created";
    } catch (error) {
      // Another process came first.
      if (error instanceof ScheduleAlreadyRunning) return "unchanged";
      throw error;
    }
  }
  const definition = definitionOf(found);
  if (definition === undefined) return "foreign";
  if (definition === wanted.action.memo.definition) return "unchanged";
  const { spec, policies, action } = wanted;
  await handle.update(({ state }) => ({ spec, policies, action, state }));
  return "updated";
}

/** The fingerprint in what it starts: only a schedule of ours has one. */
function definitionOf({ action }: ScheduleDescription): string | undefined {
  const definition = action.memo?.definition;
  return typeof definition === "string" ? definition : undefined;
}

function optionsOf(definition: ScheduleDefinition, timeZone: string) {
  const { scheduleId, workflowType, args, when, overlap, catchUpMs, note } = definition;
  const spec: ScheduleSpec =
    "cron" in when
      ? { cronExpressions: [when.cron], timezone: timeZone }
      : { intervals: [{ every: when.everyMs }] };
  const fingerprint = createHash("sha256").update(JSON.stringify({ definition, timeZone })).digest("hex");
  const action = {
    type: "startWorkflow",
    workflowType,
    args,
    workflowId: scheduledWorkflowId(scheduleId),
    taskQueue: orchestrationQueue,
    memo: { definition: fingerprint },
    staticSummary: note,
    typedSearchAttributes: [{ key: searchAttributes.jobType, value: scheduleId }],
  } satisfies ScheduleOptionsStartWorkflowAction<Workflow>;
  return { spec, policies: { overlap, catchupWindow: catchUpMs }, action, note };
}

function ignoreMissing(error: unknown): undefined {
  if (!(error instanceof ScheduleNotFoundError)) throw error;
}
