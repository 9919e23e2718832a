import { z } from "zod";
import {
  graphRefSchema,
  graphRunSchema,
  graphRunsSchema,
  runRefSchema,
} from "../../client/job-graph-input.js";
import { graphsSchema, pauseGraphSchema } from "../../client/job-graphs.js";
import { operation } from "../operation.js";
import { refusePlaces } from "../platform-only.js";
import {
  asWritten,
  graphFields,
  graphRun,
  graphRunDetail,
  newGraph,
  savedGraph,
  scheduleState,
  startedRun,
} from "./graph-schemas.js";

const path = "/api/graphs";
const one = `${path}/:name`;
/** Not below graphs, one of which may be called `runs`. */
const runs = "/api/graph-runs";
const run = `${runs}/:run_id`;
const common = { resource: "graphs" } as const;
const looking = { ...common, method: "get", level: "read" } as const;
const acting = { ...common, method: "post", level: "write" } as const;

export const graphOperations = [
  operation({
    ...acting,
    ...{ id: "graphs.create", path, status: 201, edits: "graphs.get" },
    summary: "Save a graph of jobs; one of that name gets a new version when it says something else",
    input: newGraph,
    output: savedGraph.extend({ created: z.boolean() }),
    location: `${path}/:name`,
    call: (floe, { tenantId, ...graph }, { principal }) => {
      refusePlaces(principal, graph.jobs);
      return floe.jobGraphs.create({ tenantId, ...asWritten(graph) });
    },
  }),
  operation({
    ...common,
    ...{ id: "graphs.validate", method: "post", path: `${path}/validate`, level: "read" },
    summary: "In which order a graph's jobs would begin; nothing is saved",
    input: graphFields,
    output: z.object({ name: z.string(), order: z.array(z.string()) }),
    call: (floe, graph) => floe.jobGraphs.validate(asWritten(graph)),
  }),
  operation({
    ...looking,
    ...{ id: "graphs.list", isList: true, path },
    summary: "The latest version of each graph, by name",
    input: graphsSchema,
    output: savedGraph,
    call: (floe, input) => floe.jobGraphs.list(input),
  }),
  operation({
    ...looking,
    ...{ id: "graphs.get", path: one },
    summary: "The latest version of a graph",
    input: graphRefSchema,
    output: savedGraph,
    call: (floe, input) => floe.jobGraphs.get(input),
  }),
  operation({
    ...common,
    ...{ id: "graphs.remove", method: "delete", path: one, level: "write", edits: "graphs.get" },
    summary: "Put a graph away, and its schedule; its runs stay",
    input: graphRefSchema,
    call: (floe, input) => floe.jobGraphs.remove(input),
  }),
  operation({
    ...acting,
    ...{ id: "graphs.run", path: `${one}/run`, status: 202, edits: "graphs.get" },
    summary: "Run the latest version; a second time under the same run key is the same run",
    input: graphRunSchema,
    output: startedRun,
    location: run,
    call: (floe, input) => floe.jobGraphs.run(input),
  }),
  operation({
    ...looking,
    ...{ id: "graphs.schedule", path: `${one}/schedule` },
    summary: "When a recurring graph runs next, and whether it is paused",
    input: graphRefSchema,
    output: scheduleState,
    call: (floe, input) => floe.jobGraphs.schedule(input),
  }),
  operation({
    ...acting,
    ...{ id: "graphs.pause_schedule", path: `${one}/schedule/pause`, edits: "graphs.schedule" },
    summary: "Start nothing until it is resumed, also of later versions",
    input: pauseGraphSchema,
    call: (floe, input) => floe.jobGraphs.pauseSchedule(input),
  }),
  operation({
    ...acting,
    ...{ id: "graphs.resume_schedule", path: `${one}/schedule/resume`, edits: "graphs.schedule" },
    summary: "Run as scheduled again",
    input: graphRefSchema,
    call: (floe, input) => floe.jobGraphs.resumeSchedule(input),
  }),
  operation({
    ...looking,
    ...{ id: "graph_runs.list", path: runs },
    summary: "Runs of all graphs, or of one, newest first",
    input: graphRunsSchema,
    output: graphRun,
    page: { cursor: "runId", by: "before" },
    call: (floe, input) => floe.jobGraphs.runs(input),
  }),
  operation({
    ...looking,
    ...{ id: "graph_runs.get", path: run },
    summary: "One run, and how each of its jobs stands",
    input: runRefSchema,
    output: graphRunDetail,
    call: (floe, input) => floe.jobGraphs.status(input),
  }),
  operation({
    ...acting,
    ...{ id: "graph_runs.cancel", path: `${run}/cancel`, status: 202, edits: "graph_runs.get" },
    summary: "Cancel the jobs that run, and those that have not begun",
    input: runRefSchema,
    call: (floe, input) => floe.jobGraphs.cancel(input),
  }),
  operation({
    ...acting,
    ...{ id: "graph_runs.resume", path: `${run}/resume`, status: 202, edits: "graph_runs.get" },
    summary: "Go on from what failed or was cancelled, in a new run that takes over what succeeded",
    input: runRefSchema,
    output: startedRun,
    location: run,
    call: (floe, input) => floe.jobGraphs.resume(input),
  }),
];
