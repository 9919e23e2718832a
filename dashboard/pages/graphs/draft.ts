import type { FailurePolicy, JobType } from "../../../domain/job-graph.js";
import type { Answer } from "../../data/client.js";

/** A graph while it is drawn: what the API takes, but any input until it is validated. */
export interface DraftGraph {
  name: string;
  jobs: DraftJob[];
  schedule?: { cron: string; time_zone?: string };
}

export interface DraftJob {
  name: string;
  type: JobType;
  after: DraftEdge[];
  when?: unknown;
  input: Record<string, unknown>;
}

export interface DraftEdge {
  job: string;
  on_failure: FailurePolicy;
  retries?: number;
  on_skip: "skip" | "continue";
}

/** What the palette offers, with what each needs at least. */
export const palette: Record<JobType, { title: string; input: Record<string, unknown> }> = {
  "campaign.send": { title: "Send a campaign", input: { campaign_id: "" } },
  "email.send": { title: "Send an email", input: { recipient: "", template: "" } },
  "import.contacts": { title: "Import contacts", input: { file_url: "", list: "" } },
  "export.data": { title: "Export data", input: { kind: "contacts" } },
  wait: { title: "Wait", input: { seconds: 60 } },
};

export const emptyGraph: DraftGraph = { name: "", jobs: [] };

export function draftOf(definition: Answer<"graphs.get">["definition"]): DraftGraph {
  const { name, jobs, schedule } = definition as unknown as {
    name: string;
    jobs: (Omit<DraftJob, "after"> & { after?: (string | Partial<DraftEdge>)[] })[];
    schedule?: DraftGraph["schedule"];
  };
  return {
    name,
    jobs: jobs.map((job) => ({ ...job, after: (job.after ?? []).map((edge) => edgeOf(edge)) })),
    ...(schedule && { schedule }),
  };
}

function edgeOf(edge: string | Partial<DraftEdge>): DraftEdge {
  const written = typeof edge === "string" ? { job: edge } : edge;
  return { job: "", on_failure: "stop", on_skip: "skip", ...written };
}

export function withJob(graph: DraftGraph, type: JobType): DraftGraph {
  const taken = new Set(graph.jobs.map(({ name }) => name));
  const base = type.split(".")[0] ?? type;
  let name: string = base;
  for (let number = 2; taken.has(name); number += 1) name = `${base}-${number}`;
  return { ...graph, jobs: [...graph.jobs, { name, type, after: [], input: { ...palette[type].input } }] };
}

/** A new name is the name in the edges and conditions of others, too. */
export function withChange(graph: DraftGraph, index: number, change: Partial<DraftJob>): DraftGraph {
  const old = graph.jobs[index]?.name;
  const { name = old } = change;
  return {
    ...graph,
    jobs: graph.jobs.map((job, at) => {
      if (at === index) return { ...job, ...change };
      if (old === undefined || name === undefined || name === old) return job;
      const after = job.after.map((edge) => (edge.job === old ? { ...edge, job: name } : edge));
      const when = job.when === undefined ? undefined : renamed(job.when, old, name);
      return { ...job, after, ...(when !== undefined && { when }) };
    }),
  };
}

function renamed(condition: unknown, old: string, name: string): unknown {
  if (Array.isArray(condition)) return condition.map((one) => renamed(one, old, name));
  if (typeof condition !== "object" || condition === null) return condition;
  return Object.fromEntries(
    Object.entries(condition).map(([key, value]) => [
      key,
      key === "job" && value === old ? name : key === "value" ? value : renamed(value, old, name),
    ]),
  );
}

export function withoutJob(graph: DraftGraph, name: string): DraftGraph {
  const jobs = graph.jobs
    .filter((job) => job.name !== name)
    .map((job) => ({ ...job, after: job.after.filter(({ job: before }) => before !== name) }));
  return { ...graph, jobs };
}

/** `job` waits for `before`; nothing changes when it does already, or would wait for itself. */
export function withEdge(graph: DraftGraph, before: string, job: string): DraftGraph {
  if (before === job) return graph;
  return {
    ...graph,
    jobs: graph.jobs.map((one) =>
      one.name !== job || one.after.some((edge) => edge.job === before)
        ? one
        : { ...one, after: [...one.after, edgeOf(before)] },
    ),
  };
}
