import type { FieldProblem } from "./errors.js";
import { comparisonsOf, foresee } from "./job-graph-conditions.js";
import {
  isJobType,
  jobResultFields,
  jobTypes,
  type JobComparison,
  type JobEdge,
  type JobPlan,
  type JobState,
} from "./job-graph.js";

/** A job as it was written: its type may be none of ours. */
export type WrittenJob = Omit<JobPlan, "type"> & { type: string };

/** Everything wrong with a graph's jobs, each with its field: names, types, edges, cycles, conditions, jobs that never run. */
export function checkJobGraph(jobs: readonly WrittenJob[]): FieldProblem[] {
  const ancestors = ancestorsOf(jobs);
  const problems = [
    ...duplicateNames(jobs),
    ...jobs.flatMap((job, i) => [
      ...checkType(job, `jobs.${i}.type`),
      ...checkEdges(job, `jobs.${i}.after`, jobs),
      ...checkCondition(job, `jobs.${i}.when`, jobs, ancestors.get(job.name)),
    ]),
    ...cycles(jobs, ancestors),
  ];
  // What can never run is only told of a graph whose parts fit together.
  return problems.length > 0 ? problems : unreachable(jobs);
}

function duplicateNames(jobs: readonly WrittenJob[]): FieldProblem[] {
  return jobs.flatMap(({ name }, i) => {
    const first = jobs.findIndex((other) => other.name === name);
    if (first === i) return [];
    return [
      { field: `jobs.${i}.name`, problem: `is the name of jobs.${first} too; every job needs its own` },
    ];
  });
}

function checkType({ type }: WrittenJob, field: string): FieldProblem[] {
  if (isJobType(type)) return [];
  return [{ field, problem: `is not a type of job; one of ${jobTypes.join(", ")}` }];
}

function checkEdges({ name, after }: WrittenJob, field: string, jobs: readonly WrittenJob[]): FieldProblem[] {
  return after.flatMap((edge, i) => {
    const problems: FieldProblem[] = [];
    const refuse = (part: string, problem: string): void =>
      void problems.push({ field: `${field}.${i}.${part}`, problem });
    if (edge.job === name) refuse("job", "is the job itself");
    else if (!jobs.some((job) => job.name === edge.job)) refuse("job", `there is no job ${edge.job}`);
    if (after.findIndex(({ job }) => job === edge.job) < i) refuse("job", "is named twice");
    if (edge.onFailure === "retry" && edge.retries === undefined)
      refuse("retries", "is missing; say how often the job before is tried again");
    if (edge.onFailure !== "retry" && edge.retries !== undefined) refuse("retries", "needs onFailure: retry");
    return problems;
  });
}

function checkCondition(
  { when }: WrittenJob,
  field: string,
  jobs: readonly WrittenJob[],
  before: ReadonlySet<string> = new Set(),
): FieldProblem[] {
  if (when === undefined) return [];
  return comparisonsOf(when, field).flatMap(({ comparison, field: at }) => {
    const job = jobs.find(({ name }) => name === comparison.job);
    if (!job) return [{ field: `${at}.job`, problem: `there is no job ${comparison.job}` }];
    if (!before.has(job.name))
      return [{ field: `${at}.job`, problem: `${job.name} does not run before this job; add it to after` }];
    return [...checkPath(job, comparison, at), ...checkValue(comparison, at)];
  });
}

function checkPath({ type }: WrittenJob, { path }: JobComparison, field: string): FieldProblem[] {
  const paths = isJobType(type) ? ["state", ...jobResultFields[type]] : [path];
  if (paths.includes(path)) return [];
  return [
    { field: `${field}.path`, problem: `is nothing that ${type} results in; one of ${paths.join(", ")}` },
  ];
}

function checkValue({ op, value }: JobComparison, field: string): FieldProblem[] {
  const problem = valueProblem(op, value);
  return problem === null ? [] : [{ field: `${field}.value`, problem }];
}

function valueProblem(op: JobComparison["op"], value: JobComparison["value"]): string | null {
  switch (op) {
    case "exists":
      return value === undefined ? null : "is not taken by exists";
    case "in":
      return Array.isArray(value) && value.length > 0 ? null : "must be a list for in";
    case "eq":
    case "ne":
      return value === undefined || Array.isArray(value) ? `must be a single value for ${op}` : null;
    case "gt":
    case "gte":
    case "lt":
    case "lte":
      return typeof value === "number" ? null : `must be a number for ${op}`;
  }
}

function cycles(jobs: readonly WrittenJob[], ancestors: ReturnType<typeof ancestorsOf>): FieldProblem[] {
  return jobs.flatMap(({ name, after }, i) => {
    const back = after.findIndex(({ job }) => job !== name && ancestors.get(job)?.has(name));
    if (back === -1) return [];
    const problem = `closes a circle: ${after[back]?.job ?? ""} itself waits for ${name}`;
    return [{ field: `jobs.${i}.after.${back}.job`, problem }];
  });
}

/** Jobs that no outcome of the jobs before them lets run. */
function unreachable(jobs: readonly WrittenJob[]): FieldProblem[] {
  const never = new Set<string>();
  const problems: FieldProblem[] = [];
  for (const name of topologicalOrder(jobs)) {
    const index = jobs.findIndex((job) => job.name === name);
    const job = jobs[index];
    if (!job) continue;
    // What never runs is skipped or blocked: only an edge that goes past neither rules the job out.
    const dead = job.after.find((edge) => never.has(edge.job) && isStrict(edge));
    if (!dead && (job.when === undefined || foresee(job.when, certainStates(job)) !== false)) continue;
    never.add(name);
    const problem = dead
      ? `can never run: it needs ${dead.job}, which never runs`
      : "can never be true: the edges of this job rule it out, so the job would never run";
    problems.push({ field: dead ? `jobs.${index}.after` : `jobs.${index}.when`, problem });
  }
  return problems;
}

/** Of a job before this one, what is certain by the time that this one is decided to run. */
function certainStates({ after }: WrittenJob): Map<string, JobState> {
  return new Map(after.filter(isStrict).map(({ job }) => [job, "succeeded"]));
}

/** The job behind it runs only when the one before has succeeded. */
function isStrict({ onFailure, onSkip }: JobEdge): boolean {
  return onFailure !== "continue" && onSkip === "skip";
}

/** Names so that each comes behind those it waits for; of equal ones the first written comes first. What lies on or behind a circle is left out. */
export function topologicalOrder(jobs: readonly Pick<WrittenJob, "name" | "after">[]): string[] {
  const order: string[] = [];
  const placed = new Set<string>();
  for (let open = [...jobs]; open.length > 0;) {
    const next = open.find(({ after }) => after.every(({ job }) => placed.has(job)));
    if (!next) return order;
    order.push(next.name);
    placed.add(next.name);
    open = open.filter((job) => job !== next);
  }
  return order;
}

function ancestorsOf(jobs: readonly WrittenJob[]): ReadonlyMap<string, ReadonlySet<string>> {
  const edges = new Map(jobs.map(({ name, after }) => [name, after.map(({ job }) => job)]));
  return new Map(
    jobs.map(({ name }) => {
      const found = new Set<string>();
      const open = [...(edges.get(name) ?? [])];
      for (let next = open.pop(); next !== undefined; next = open.pop()) {
        if (found.has(next)) continue;
        found.add(next);
        open.push(...(edges.get(next) ?? []));
      }
      return [name, found];
    }),
  );
}
