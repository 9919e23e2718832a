import type pg from "pg";
import { v7 as uuidv7 } from "uuid";
import { Conflict, NotFound } from "../domain/errors.js";
import type { GraphRunStatus, JobGraph, JobResult, JobState } from "../domain/job-graph.js";
import { transaction, type Queryable } from "./pool.js";
import { requireTenant } from "./require-tenant.js";

/** A saved version of a graph; it never changes. */
export interface SavedGraph {
  graphId: string;
  tenantId: string;
  name: string;
  version: number;
  definition: JobGraph;
  createdAt: Date;
}

export interface GraphRunJob {
  name: string;
  state: JobState;
  attempts: number;
  result: JobResult;
  reason: string | null;
  /** The send, email or import that does the work. */
  workId: string | null;
  /** The run in which it succeeded, when this one took its result over. */
  reusedFrom: string | null;
  startedAt: Date | null;
  finishedAt: Date | null;
}

export interface GraphRun {
  runId: string;
  tenantId: string;
  graphId: string;
  graphName: string;
  version: number;
  runKey: string;
  status: GraphRunStatus;
  resumedFrom: string | null;
  createdAt: Date;
  finishedAt: Date | null;
}

export type GraphRunDetail = GraphRun & { definition: JobGraph; jobs: GraphRunJob[] };

export interface JobGraphStore {
  /** The latest version when it says the same, else a new one. @throws NotFound (tenant) */
  saveGraph(tenantId: string, definition: JobGraph): Promise<SavedGraph & { created: boolean }>;
  /** The latest version. @throws NotFound */
  findGraph(tenantId: string, name: string): Promise<SavedGraph>;
  /** The latest version of each, by name. */
  listGraphs(tenantId: string): Promise<SavedGraph[]>;
  /** Its versions and runs stay; may be repeated. @throws NotFound, Conflict while it runs */
  removeGraph(tenantId: string, name: string): Promise<void>;
  /** Idempotent by version and run key. */
  createRun(run: { graph: SavedGraph; runKey: string }): Promise<{ runId: string; created: boolean }>;
  /** A new run of the same version that takes over what succeeded. @throws NotFound, Conflict when it has not failed. */
  resumeRun(tenantId: string, runId: string): Promise<{ runId: string; created: boolean }>;
  /** @throws NotFound */
  loadRun(tenantId: string, runId: string): Promise<GraphRunDetail>;
  /** Newest first; `before` is the last run id of the page before. */
  listRuns(tenantId: string, page: { name?: string; before?: string; limit: number }): Promise<GraphRun[]>;
}

export function createJobGraphStore(pool: pg.Pool): JobGraphStore {
  return {
    saveGraph: (tenantId, definition) => saveGraph(pool, tenantId, definition),
    findGraph: (tenantId, name) => findGraph(pool, tenantId, name),
    listGraphs: (tenantId) => listGraphs(pool, tenantId),
    removeGraph: (tenantId, name) => removeGraph(pool, tenantId, name),
    createRun: (run) => createGraphRun(pool, { ...run, runId: uuidv7() }),
    resumeRun: (tenantId, runId) => resumeRun(pool, tenantId, runId),
    loadRun: (tenantId, runId) => loadRun(pool, tenantId, runId),
    listRuns: (tenantId, page) => listRuns(pool, tenantId, page),
  };
}

const graphColumns = `g.graph_id as "graphId", g.tenant_id as "tenantId", g.name, g.version, g.definition,
  g.created_at as "createdAt"`;

async function saveGraph(
  pool: pg.Pool,
  tenantId: string,
  definition: JobGraph,
): Promise<SavedGraph & { created: boolean }> {
  await requireTenant(pool, tenantId);
  return transaction(pool, async (client) => {
    // Two who save a graph of this name at once: the second sees the first one's version.
    await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [
      `job_graphs ${tenantId} ${definition.name}`,
    ]);
    const { rows } = await client.query<SavedGraph & { created: boolean }>(
      `with latest as (
         select * from job_graphs where tenant_id = $1 and name = $2 order by version desc limit 1
       ), added as (
         insert into job_graphs (graph_id, tenant_id, name, version, definition)
         select $3, $1, $2, coalesce((select version from latest), 0) + 1, $4
         where not exists (select from latest where definition = $4::jsonb and removed_at is null)
         returning *
       )
       select ${graphColumns}, true as created from added g
       union all
       select ${graphColumns}, false from latest g where not exists (select from added)`,
      [tenantId, definition.name, uuidv7(), JSON.stringify(definition)],
    );
    if (!rows[0]) throw new Error(`Graph ${definition.name} was neither found nor saved.`);
    return rows[0];
  });
}

/** The latest version. @throws NotFound */
export async function findGraph(db: Queryable, tenantId: string, name: string): Promise<SavedGraph> {
  const { rows } = await db.query<SavedGraph>(
    `select ${graphColumns} from job_graphs g where g.tenant_id = $1 and g.name = $2 and g.removed_at is null
     order by g.version desc limit 1`,
    [tenantId, name],
  );
  if (!rows[0]) throw new NotFound("graph", name);
  return rows[0];
}

async function listGraphs(pool: pg.Pool, tenantId: string): Promise<SavedGraph[]> {
  const { rows } = await pool.query<SavedGraph>(
    `select distinct on (g.name) ${graphColumns} from job_graphs g
     where g.tenant_id = $1 and g.removed_at is null
     order by g.name, g.version desc`,
    [tenantId],
  );
  return rows;
}

async function removeGraph(pool: pg.Pool, tenantId: string, name: string): Promise<void> {
  await transaction(pool, async (client) => {
    // Whoever starts a run meanwhile refers to one of these rows, and waits.
    const { rowCount } = await client.query(
      "select from job_graphs where tenant_id = $1 and name = $2 for update",
      [tenantId, name],
    );
    if (!rowCount) throw new NotFound("graph", name);
    const { rows } = await client.query<{ runId: string }>(
      `select r.run_id as "runId" from job_graph_runs r join job_graphs g on g.graph_id = r.graph_id
       where g.tenant_id = $1 and g.name = $2 and r.status = 'running' limit 1`,
      [tenantId, name],
    );
    const running = rows[0];
    if (running)
      throw new Conflict(`Run ${running.runId} of graph ${name} goes on; cancel it first.`, { ...running });
    await client.query(
      "update job_graphs set removed_at = now() where tenant_id = $1 and name = $2 and removed_at is null",
      [tenantId, name],
    );
  });
}

interface NewGraphRun {
  graph: Pick<SavedGraph, "graphId" | "tenantId" | "definition">;
  runKey: string;
  runId: string;
  resumedFrom?: string;
}

/** A run with a row for each job; the run that has the key already is returned as it is. */
export async function createGraphRun(
  pool: pg.Pool,
  run: NewGraphRun,
): Promise<{ runId: string; created: boolean }> {
  const { graphId, tenantId, definition } = run.graph;
  return transaction(pool, async (client) => {
    const { rowCount } = await client.query(
      `insert into job_graph_runs (run_id, graph_id, tenant_id, run_key, resumed_from) values ($1, $2, $3, $4, $5)
       on conflict (graph_id, run_key) do nothing`,
      [run.runId, graphId, tenantId, run.runKey, run.resumedFrom ?? null],
    );
    if (rowCount === 0) return { runId: await findRun(client, graphId, run.runKey), created: false };
    await insertJobs(client, run, definition);
    return { runId: run.runId, created: true };
  });
}

/** What succeeded before stays so; of the rest the work goes on that was begun, so that nobody gets a message twice. */
async function insertJobs(
  client: pg.PoolClient,
  { runId, resumedFrom }: NewGraphRun,
  { jobs }: JobGraph,
): Promise<void> {
  await client.query(
    `insert into job_graph_jobs
       (run_id, job, ordinal, state, attempts, work_id, result, reused_from, started_at, finished_at)
     select $1, n.job, n.ordinal - 1, coalesce(o.state, 'waiting'), coalesce(o.attempts, 0), b.work_id,
       coalesce(o.result, '{}'), coalesce(o.reused_from, o.run_id), o.started_at, o.finished_at
     from unnest($2::text[]) with ordinality as n (job, ordinal)
     left join job_graph_jobs b on b.run_id = $3 and b.job = n.job
     left join job_graph_jobs o on o.run_id = b.run_id and o.job = b.job and o.state = 'succeeded'`,
    [runId, jobs.map(({ name }) => name), resumedFrom ?? null],
  );
}

async function findRun(db: Queryable, graphId: string, runKey: string): Promise<string> {
  const { rows } = await db.query<{ runId: string }>(
    `select run_id as "runId" from job_graph_runs where graph_id = $1 and run_key = $2`,
    [graphId, runKey],
  );
  if (!rows[0]) throw new NotFound("graph run", runKey);
  return rows[0].runId;
}

async function resumeRun(
  pool: pg.Pool,
  tenantId: string,
  runId: string,
): Promise<{ runId: string; created: boolean }> {
  const { status, graphId, definition } = await loadRun(pool, tenantId, runId);
  if (status !== "failed" && status !== "cancelled")
    throw new Conflict(`Run ${runId} is ${status}; only a failed or cancelled run can be resumed.`, {
      runId,
      status,
    });
  const graph = { graphId, tenantId, definition };
  return createGraphRun(pool, { graph, runKey: `resumed/${runId}`, runId: uuidv7(), resumedFrom: runId });
}

const runColumns = `r.run_id as "runId", r.tenant_id as "tenantId", r.graph_id as "graphId", g.name as "graphName",
  g.version, r.run_key as "runKey", r.status, r.resumed_from as "resumedFrom", r.created_at as "createdAt",
  r.finished_at as "finishedAt"`;

async function loadRun(pool: pg.Pool, tenantId: string, runId: string): Promise<GraphRunDetail> {
  const { rows } = await pool.query<Omit<GraphRunDetail, "jobs">>(
    `select ${runColumns}, g.definition from job_graph_runs r join job_graphs g on g.graph_id = r.graph_id
     where r.tenant_id = $1 and r.run_id = $2`,
    [tenantId, runId],
  );
  if (!rows[0]) throw new NotFound("graph run", runId);
  const { rows: jobs } = await pool.query<GraphRunJob>(
    `select j.job as name, j.state, j.attempts, j.result, j.reason, j.work_id as "workId",
       j.reused_from as "reusedFrom", j.started_at as "startedAt", j.finished_at as "finishedAt"
     from job_graph_jobs j where j.run_id = $1 order by j.ordinal`,
    [rows[0].runId],
  );
  return { ...rows[0], jobs };
}

async function listRuns(
  pool: pg.Pool,
  tenantId: string,
  { name, before, limit }: { name?: string; before?: string; limit: number },
): Promise<GraphRun[]> {
  const { rows } = await pool.query<GraphRun>(
    // The page first, then its graphs: joined the other way round, all of the tenant's runs are read.
    `select ${runColumns} from (
       select * from job_graph_runs
       where tenant_id = $1 and ($2::text is null or graph_name = $2) and ($3::uuid is null or run_id < $3)
       order by run_id desc limit $4
     ) r join job_graphs g on g.graph_id = r.graph_id
     order by r.run_id desc`,
    [tenantId, name ?? null, before ?? null, limit],
  );
  return rows;
}
