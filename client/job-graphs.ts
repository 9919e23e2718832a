import { setTimeout as sleep } from "node:timers/promises";
import { v7 as uuidv7 } from "uuid";
import { z } from "zod";
import type { GraphRun, GraphRunDetail, JobGraphStore, SavedGraph } from "../db/job-graphs.js";
import { Conflict } from "../domain/errors.js";
import { topologicalOrder } from "../domain/job-graph-validation.js";
import { parseInput, tenantIdSchema } from "./input.js";
import {
  graphRefSchema,
  graphRunSchema,
  graphRunsSchema,
  parseJobGraph,
  runRefSchema,
  type GraphRef,
  type GraphRunRef,
  type GraphRunsQuery,
  type JobGraphInput,
  type StartGraphRun,
} from "./job-graph-input.js";
import type { GraphScheduleState, JobGraphSchedules } from "./job-graph-schedule.js";
import type { JobGraphWorkflow } from "./job-graph-workflow.js";

export type { GraphRun, GraphRunDetail, GraphRunJob, SavedGraph } from "../db/job-graphs.js";
export type { GraphScheduleState } from "./job-graph-schedule.js";
export type { JobGraphInput } from "./job-graph-input.js";

/** Jobs that wait for one another: dependencies, conditions on results, failure policies, recurrence. */
export interface JobGraphs {
  /** Says in which order the jobs would begin. @throws InvalidInput naming each field */
  validate(graph: JobGraphInput): Promise<{ name: string; order: string[] }>;
  /**
   * Saves a graph; one of that name gets a new version when it says something else. A recurring one gets its schedule, which
   * always runs the latest version. May be repeated.
   * @throws InvalidInput, NotFound (tenant)
   */
  create(graph: JobGraphInput & { tenantId: string }): Promise<SavedGraph & { created: boolean }>;
  /** The latest version. @throws NotFound */
  get(graph: GraphRef): Promise<SavedGraph>;
  /** The latest version of each, by name. */
  list(query: { tenantId: string }): Promise<SavedGraph[]>;
  /** Puts it away, and its schedule; its runs stay. May be repeated. @throws NotFound, Conflict while it runs */
  remove(graph: GraphRef): Promise<void>;
  /** Runs the latest version. @throws NotFound */
  run(run: StartGraphRun): Promise<{ tenantId: string; runId: string; created: boolean }>;
  /** How every job stands. @throws NotFound */
  status(run: GraphRunRef): Promise<GraphRunDetail>;
  /** Waits for the end, for as long as that takes. @throws NotFound, Conflict when the workflow was terminated or failed. */
  wait(run: GraphRunRef): Promise<GraphRunDetail>;
  /** Newest first; `before` is the last run id of the page before. */
  runs(query: GraphRunsQuery): Promise<GraphRun[]>;
  /** Cancels the jobs that run, and those that have not begun. @throws NotFound, Conflict when it has ended. */
  cancel(run: GraphRunRef): Promise<void>;
  /**
   * Goes on from what failed or was cancelled: a new run of the same version that takes over what succeeded and goes on with
   * the sends and emails that were begun. A run whose workflow was lost is taken up itself. May be repeated.
   * @throws NotFound, Conflict when it has completed.
   */
  resume(run: GraphRunRef): Promise<{ tenantId: string; runId: string; created: boolean }>;
  /** @throws NotFound when the graph does not recur. */
  schedule(graph: GraphRef): Promise<GraphScheduleState>;
  /** Nothing is started until it is resumed, also by later versions. @throws NotFound */
  pauseSchedule(graph: GraphRef & { note?: string }): Promise<void>;
  /** @throws NotFound */
  resumeSchedule(graph: GraphRef): Promise<void>;
}

export interface JobGraphPorts {
  store: JobGraphStore;
  workflow: JobGraphWorkflow;
  schedules: JobGraphSchedules;
}

/** Between two looks at a run whose workflow is not known (yet, or no longer). */
const pollMs = 300;

export const graphsSchema = z.strictObject({ tenantId: tenantIdSchema });
export const pauseGraphSchema = graphRefSchema.extend({
  note: z.string().max(200).default("Paused by a person."),
});

export function createJobGraphs({ store, workflow, schedules }: JobGraphPorts): JobGraphs {
  async function status(ref: GraphRunRef): Promise<GraphRunDetail> {
    const { tenantId, runId } = parseInput(runRefSchema, ref);
    return store.loadRun(tenantId, runId);
  }

  async function start(tenantId: string, run: { runId: string; created: boolean }) {
    const row = await store.loadRun(tenantId, run.runId);
    if (row.status === "running") await workflow.start(row);
    return { tenantId, ...run };
  }

  return {
    async validate(input) {
      const { name, jobs } = parseJobGraph(input);
      return { name, order: topologicalOrder(jobs) };
    },

    async create({ tenantId, ...input }) {
      const tenant = parseInput(tenantIdSchema, tenantId);
      const graph = await store.saveGraph(tenant, parseJobGraph(input));
      // A first version has no schedule to lose.
      if (graph.version > 1 || graph.definition.schedule) await schedules.apply(graph);
      return graph;
    },

    get: async (ref) => {
      const { tenantId, name } = parseInput(graphRefSchema, ref);
      return store.findGraph(tenantId, name);
    },

    list: async (query) => store.listGraphs(parseInput(graphsSchema, query).tenantId),

    async remove(ref) {
      const { tenantId, name } = parseInput(graphRefSchema, ref);
      await store.removeGraph(tenantId, name);
      await schedules.apply({ tenantId, name, definition: {} });
    },

    async run(input) {
      const { tenantId, name, runKey = uuidv7() } = parseInput(graphRunSchema, input);
      const graph = await store.findGraph(tenantId, name);
      return start(tenantId, await store.createRun({ graph, runKey }));
    },

    status,

    async wait(ref) {
      for (let look = 0; ; look += 1) {
        // When its workflow has ended, so has the run, mostly.
        if (look > 1) await sleep(pollMs);
        const run = await status(ref);
        if (run.status !== "running") return run;
        await workflow.ended(run.runId);
      }
    },

    runs: async (query) => {
      const { tenantId, ...page } = parseInput(graphRunsSchema, query);
      return store.listRuns(tenantId, page);
    },

    async cancel(ref) {
      const run = await status(ref);
      if (run.status !== "running") throw hasEnded(run);
      await workflow.cancel(run);
    },

    async resume(ref) {
      const { tenantId, runId, status: stands } = await status(ref);
      if (stands === "running") return start(tenantId, { runId, created: false });
      return start(tenantId, await store.resumeRun(tenantId, runId));
    },

    schedule: async (ref) => schedules.describe(parseInput(graphRefSchema, ref)),
    pauseSchedule: async (input) => {
      const { note, ...graph } = parseInput(pauseGraphSchema, input);
      await schedules.pause(graph, note);
    },
    resumeSchedule: async (ref) => schedules.resume(parseInput(graphRefSchema, ref)),
  };
}

function hasEnded({ runId, status }: GraphRun): Conflict {
  return new Conflict(`Run ${runId} is ${status}; it cannot be cancelled.`, { runId, status });
}
