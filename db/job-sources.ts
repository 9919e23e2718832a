import type { JobKind } from "../domain/jobs.js";
import { ioQueue, orchestrationQueue } from "../domain/lanes.js";
import { campaignJobs } from "./job-source-campaigns.js";
import { emailJobs, webhookJobs } from "./job-source-messages.js";
import { onlyQueue, rowByRow, type JobSource } from "./job-source.js";

const importJobs: JobSource<"import.contacts"> = {
  table: "lead_imports i",
  tenant: "i.tenant_id",
  id: "i.import_id",
  idType: "uuid",
  created: "i.created_at",
  columns: {
    title: "regexp_replace(i.file_url, '^.*/', '')",
    queue: `'${ioQueue}'`,
    error: "i.error",
    startedAt: "i.started_at",
    finishedAt: "i.finished_at",
  },
  walks: [
    { status: "pending", states: { queued: null } },
    { status: "processing", states: { processing: null } },
    { status: "completed", states: { completed: null } },
    {
      status: "failed",
      states: { dead: openLetter("d.import_id = i.import_id and d.import_line is null"), dismissed: null },
    },
    { status: "cancelled", states: { cancelled: null } },
  ],
  faultless: ["queued", "processing", "completed", "cancelled"],
  matches: {
    queue: onlyQueue(ioQueue),
    error: (pattern) => `i.error ilike ${pattern}`,
    text: (pattern) => `(i.file_url ilike ${pattern} or i.error ilike ${pattern})`,
  },
};

const exportJobs: JobSource<"export.data"> = {
  table: "exports x",
  tenant: "x.tenant_id",
  id: "x.export_id",
  idType: "uuid",
  created: "x.created_at",
  columns: {
    title: "x.kind",
    queue: `'${ioQueue}'`,
    error: "x.error",
    startedAt: "x.started_at",
    finishedAt: "x.finished_at",
  },
  walks: [
    { status: "pending", states: { queued: null } },
    { status: "processing", states: { processing: null } },
    { status: "completed", states: { completed: null } },
    { status: "expired", states: { expired: null } },
    {
      status: "failed",
      states: { dead: openLetter("d.export_id = x.export_id"), dismissed: null },
    },
    { status: "cancelled", states: { cancelled: null } },
  ],
  faultless: ["queued", "processing", "completed", "expired", "cancelled"],
  matches: {
    queue: onlyQueue(ioQueue),
    error: (pattern) => `x.error ilike ${pattern}`,
    text: (pattern) => `(x.kind ilike ${pattern} or x.error ilike ${pattern})`,
  },
};

/** A run is resumed under this key. */
const resumed = rowByRow(`exists (select from job_graph_runs l
  where l.graph_id = r.graph_id and l.run_key = 'resumed/' || r.run_id)`);

const graphJobs: JobSource<"job.graph"> = {
  table: "job_graph_runs r",
  joins: [{ table: "job_graphs g", on: "g.graph_id = r.graph_id and g.tenant_id = r.tenant_id" }],
  tenant: "r.tenant_id",
  id: "r.run_id",
  idType: "uuid",
  created: "r.created_at",
  columns: {
    title: "g.name",
    queue: `'${orchestrationQueue}'`,
    error: `(select j.job || ': ' || j.reason from job_graph_jobs j
      where j.run_id = r.run_id and j.state = 'failed' order by j.ordinal limit 1)`,
    startedAt: "r.created_at",
    finishedAt: "r.finished_at",
  },
  walks: [
    { status: "running", states: { running: null } },
    { status: "completed", states: { completed: null } },
    {
      status: "failed",
      states: { dead: openLetter("d.run_id = r.run_id"), resumed, failed: null },
    },
    { status: "cancelled", states: { cancelled: null } },
  ],
  faultless: ["running", "completed", "cancelled"],
  matches: {
    queue: onlyQueue(orchestrationQueue),
    error: (pattern) =>
      `exists (select from job_graph_jobs j where j.run_id = r.run_id and j.reason ilike ${pattern})`,
    text: (pattern) => `(g.name ilike ${pattern}
      or exists (select from job_graph_jobs j where j.run_id = r.run_id and j.reason ilike ${pattern}))`,
  },
};

const replayJobs: JobSource<"dead-letters.replay"> = {
  table: "dead_letter_replays p",
  tenant: "p.tenant_id",
  id: "p.replay_id",
  idType: "uuidv7",
  created: null,
  columns: {
    title: "p.items || ' dead letters'",
    queue: `'${orchestrationQueue}'`,
    startedAt: "p.created_at",
    finishedAt: "p.finished_at",
  },
  walks: [
    {
      states: {
        running: "p.status = 'running'",
        paused: "p.status = 'paused'",
        completed: "p.status = 'completed'",
        cancelled: "p.status = 'cancelled'",
      },
    },
  ],
  matches: { queue: onlyQueue(orchestrationQueue) },
};

function openLetter(of: string): string {
  return rowByRow(`exists (select from dead_letters d where ${of} and d.resolved_at is null)`);
}

export const jobSources: { [Kind in JobKind]: JobSource<Kind> } = {
  "email.send": emailJobs,
  "webhook.dispatch": webhookJobs,
  ...campaignJobs,
  "import.contacts": importJobs,
  "export.data": exportJobs,
  "job.graph": graphJobs,
  "dead-letters.replay": replayJobs,
};
