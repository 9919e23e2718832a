import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleOptions,
  type ScheduleOptionsStartWorkflowAction,
} from "@temporalio/client";
import type { Workflow } from "@temporalio/common";
import type { SavedGraph } from "../db/job-graphs.js";
import { NotFound } from "../domain/errors.js";
import { jobGraphScheduleId } from "../domain/ids.js";
import type { GraphSchedule } from "../domain/job-graph.js";
import { orchestrationQueue } from "../domain/lanes.js";
import {
  jobGraphJobType,
  scheduledJobGraphWorkflowType,
  type ScheduledJobGraphInput,
} from "../workflows/job-graph-messages.js";
import { searchAttributes } from "../workflows/search-attributes.js";

type GraphKey = Pick<SavedGraph, "tenantId" | "name">;

export interface GraphScheduleState {
  paused: boolean;
  /** Why it is paused, or what was last said. */
  note: string | null;
  nextRuns: Date[];
}

/** Schedule `jobGraph/<tenant>/<name>` of a recurring graph. */
export interface JobGraphSchedules {
  /** Makes Temporal's schedule what the graph says; one that is paused stays so. A graph without one loses it. */
  apply(graph: GraphKey & { definition: { schedule?: GraphSchedule } }): Promise<void>;
  /** @throws NotFound when the graph has none. */
  describe(graph: GraphKey): Promise<GraphScheduleState>;
  /** @throws NotFound */
  pause(graph: GraphKey, note: string): Promise<void>;
  /** @throws NotFound */
  resume(graph: GraphKey): Promise<void>;
}

/** A run that was missed while Temporal was away is made up for within this time, then left out. */
const catchupWindow = "1h";

/** @param connect resolves once Temporal answers. @throws Unavailable */
export function createJobGraphSchedules(connect: () => Promise<Client>): JobGraphSchedules {
  const handleOf = async ({ tenantId, name }: GraphKey) =>
    (await connect()).schedule.getHandle(jobGraphScheduleId(tenantId, name));

  return {
    async apply({ definition: { schedule }, ...graph }) {
      if (schedule === undefined) {
        const handle = await handleOf(graph);
        await found(graph, () => handle.delete()).catch(ignoreMissing);
        return;
      }
      const options = optionsOf(graph, schedule);
      try {
        await (await connect()).schedule.create(options);
      } catch (error) {
        if (!(error instanceof ScheduleAlreadyRunning)) throw error;
        await (await handleOf(graph)).update(({ state }) => ({ ...options, state }));
      }
    },
    async describe(graph) {
      const handle = await handleOf(graph);
      const { state, info } = await found(graph, () => handle.describe());
      return { paused: state.paused, note: state.note ?? null, nextRuns: info.nextActionTimes };
    },
    async pause(graph, note) {
      const handle = await handleOf(graph);
      await found(graph, () => handle.pause(note));
    },
    async resume(graph) {
      const handle = await handleOf(graph);
      await found(graph, () => handle.unpause());
    },
  };
}

function optionsOf(
  { tenantId, name }: GraphKey,
  { cron, timeZone }: GraphSchedule,
): ScheduleOptions<ScheduleOptionsStartWorkflowAction<Workflow>> {
  const args: [ScheduledJobGraphInput] = [{ tenantId, name }];
  const scheduleId = jobGraphScheduleId(tenantId, name);
  return {
    scheduleId,
    spec: { cronExpressions: [cron], timezone: timeZone },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow },
    action: {
      type: "startWorkflow",
      workflowType: scheduledJobGraphWorkflowType,
      workflowId: scheduleId,
      taskQueue: orchestrationQueue,
      args,
      typedSearchAttributes: [
        { key: searchAttributes.tenantId, value: tenantId },
        { key: searchAttributes.jobType, value: jobGraphJobType },
      ],
      staticSummary: `${name} (${tenantId}), as scheduled`,
    },
  };
}

/** @throws NotFound instead of Temporal's error */
async function found<T>({ name }: GraphKey, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) throw new NotFound("schedule of the graph", name);
    throw error;
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof NotFound)) throw error;
}
