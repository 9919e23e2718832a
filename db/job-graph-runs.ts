import type pg from "pg";
import { v7 as uuidv7 } from "uuid";
import type { GraphRunPlan, GraphRunStore, JobEnd, JobKey, JobToRun } from "../activities/job-graph-ports.js";
import { NotFound } from "../domain/errors.js";
import type { GraphJob, GraphRunStatus, JobGraph, JobResult, JobState } from "../domain/job-graph.js";
import { createGraphRun, findGraph } from "./job-graphs.js";

/** Runs as the workflow that carries them out needs them. */
export function createGraphRunStore(pool: pg.Pool): GraphRunStore {
  return {
    loadRun: (runId) => loadRun(pool, runId),
    beginJob: (key, attempt) => beginJob(pool, key, attempt),
    keepWork: (job, workId) => keepWork(pool, job, workId),
    loadJob: (key) => loadJob(pool, key),
    recordJobs: (runId, ends) => recordJobs(pool, runId, ends),
    finishRun: (runId, status) => finishRun(pool, runId, status),
    async createScheduledRun({ tenantId, name, runKey }) {
      const graph = await findGraph(pool, tenantId, name);
      const { runId } = await createGraphRun(pool, { graph, runKey, runId: uuidv7() });
      return { runId };
    },
  };
}

interface RunRow {
  tenantId: string;
  status: GraphRunStatus;
  definition: JobGraph;
  jobs: { job: string; state: JobState; result: JobResult; attempts: number }[];
}

async function loadRun(pool: pg.Pool, runId: string): Promise<GraphRunPlan> {
  const { rows } = await pool.query<RunRow>(
    `select r.tenant_id as "tenantId", r.status, g.definition,
       (select json_agg(json_build_object('job', j.job, 'state', j.state, 'result', j.result, 'attempts', j.attempts))
        from job_graph_jobs j where j.run_id = r.run_id) as jobs
     from job_graph_runs r
     join job_graphs g on g.graph_id = r.graph_id
     where r.run_id = $1`,
    [runId],
  );
  if (!rows[0]) throw new NotFound("graph run", runId);
  const { tenantId, status, definition, jobs } = rows[0];
  return {
    tenantId,
    status,
    graphName: definition.name,
    jobs: definition.jobs.map(({ input: _input, ...plan }) => plan),
    outcomes: Object.fromEntries(jobs.map(({ job, ...outcome }) => [job, outcome])),
  };
}

async function beginJob(pool: pg.Pool, key: JobKey, attempt: number): Promise<JobToRun> {
  await pool.query(
    `update job_graph_jobs
     set state = 'running', attempts = $3, reason = null, started_at = coalesce(started_at, now())
     where run_id = $1 and job = $2 and state in ('waiting', 'running')`,
    [key.runId, key.job, attempt],
  );
  return loadJob(pool, key);
}

async function keepWork(
  pool: pg.Pool,
  { runId, job, workId: before }: JobToRun,
  workId: string,
): Promise<string> {
  // An attempt that was overtaken finds what the other one keeps.
  const { rows } = await pool.query<{ workId: string }>(
    `update job_graph_jobs set work_id = case when work_id is not distinct from $3::uuid then $4::uuid else work_id end
     where run_id = $1 and job = $2
     returning work_id as "workId"`,
    [runId, job, before, workId],
  );
  if (!rows[0]) throw new NotFound("job", job);
  return rows[0].workId;
}

interface JobRow {
  tenantId: string;
  workId: string | null;
  runningMs: number;
  definition: GraphJob;
}

async function loadJob(pool: pg.Pool, key: JobKey): Promise<JobToRun> {
  const { rows } = await pool.query<JobRow>(
    `select r.tenant_id as "tenantId", j.work_id as "workId", g.definition -> 'jobs' -> j.ordinal as definition,
       coalesce(extract(epoch from now() - j.started_at) * 1000, 0)::float8 as "runningMs"
     from job_graph_jobs j
     join job_graph_runs r on r.run_id = j.run_id
     join job_graphs g on g.graph_id = r.graph_id
     where j.run_id = $1 and j.job = $2`,
    [key.runId, key.job],
  );
  if (!rows[0]) throw new NotFound("job", `${key.job} of run ${key.runId}`);
  const { definition, ...job } = rows[0];
  return { ...key, ...job, type: definition.type, input: definition.input };
}

async function recordJobs(pool: pg.Pool, runId: string, ends: (JobEnd & { job: string })[]): Promise<void> {
  await pool.query(
    `update job_graph_jobs j
     set state = e.state, result = e.result, reason = e.reason,
       finished_at = case when e.state = 'running' then null else now() end
     from unnest($2::text[], $3::text[], $4::jsonb[], $5::text[]) as e (job, state, result, reason)
     where j.run_id = $1 and j.job = e.job and j.state in ('waiting', 'running')`,
    [
      runId,
      ends.map(({ job }) => job),
      ends.map(({ state }) => state),
      ends.map(({ result }) => JSON.stringify(result)),
      ends.map(({ reason }) => reason),
    ],
  );
}

async function finishRun(pool: pg.Pool, runId: string, status: GraphRunStatus): Promise<void> {
  await pool.query(
    `update job_graph_runs set status = $2, finished_at = now() where run_id = $1 and status = 'running'`,
    [runId, status],
  );
}
