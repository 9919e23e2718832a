import { afterAll, beforeAll, expect, it } from "vitest";
import { v7 as uuidv7 } from "uuid";
import { startCrashStack, type CrashStack } from "../support/crash-stack.js";
import { closeGate } from "../support/gate.js";
import { until } from "../support/until.js";

const tenantId = "bulks";
const emails = 200;

let stack: CrashStack;

beforeAll(async () => {
  stack = await startCrashStack();
  const { floe, pool } = stack;
  await floe.tenants.create({ tenantId });
  const ids = Array.from({ length: emails }, () => uuidv7());
  // Dead: no node of the tenant's would send them, so that each stays as the action leaves it.
  await pool.query(
    `with groups as (
       insert into email_groups (group_id, tenant_id, lane, on_unknown, emails, recipients, finished_at)
       select id, $1, 'priority-high', 'resend', 1, 1, now() from unnest($2::uuid[]) as id returning group_id
     ), written as (
       insert into emails (email_id, group_id, tenant_id, subject, html, from_email, track_opens, track_clicks, bulk,
         on_missing_variable)
       select group_id, group_id, $1, 'Hello', '<p>Hello</p>', 'shop@example.com', false, false, false, 'empty' from groups
       returning email_id
     )
     select count(*) from written`,
    [tenantId, ids],
  );
  await pool.query(
    `insert into email_recipients (group_id, position, email_id, tenant_id, kind, email, status, reason, attempts, settled_at)
     select id, 0, id, $1, 'to', 'someone@example.com', 'dead', 'policy', 3, now() from unnest($2::uuid[]) as id`,
    [tenantId, ids],
  );
  await pool.query(
    `insert into dead_letters (tenant_id, kind, email_id, email_position, reason, attempts)
     select $1, 'email.send', id, 0, 'policy', 3 from unnest($2::uuid[]) as id`,
    [tenantId, ids],
  );
}, 120_000);
afterAll(() => stack.close(), 60_000);

it("kill -9 of the orchestrator in the middle of a page: every job is acted upon once, and each is accounted for", async () => {
  const { floe, parts, pool } = stack;
  // Whoever marks items as done has written and told their page by then.
  const gate = await closeGate(pool, { table: "job_bulk_items", state: "done" });
  const preview = await floe.jobs.previewBulk({ tenantId, action: "retry" });
  expect(preview).toMatchObject({
    count: emails,
    counts: [{ kind: "email.send", status: "dead", count: emails }],
  });
  expect(preview.sample).toHaveLength(10);
  const bulk = await floe.jobs.bulk({
    ...{ tenantId, action: "retry", expected: emails, perSecond: 100 },
    ...{ actor: "ann", because: "the node is back" },
  });
  const ref = { tenantId, bulkId: bulk.bulkId };
  // Of the snapshot, one that somebody settles before it is reached.
  const [last] = await floe.jobs.bulkItems({ ...ref, after: emails - 1 });
  await pool.query("update email_recipients set status = 'cancelled' where email_id = $1", [last?.jobId]);
  await gate.reached();
  expect(await floe.jobs.bulkStatus(ref)).toMatchObject({ status: "running", done: 0 });
  await parts.orchestrator.kill();
  await gate.open();

  const ended = await until("its end", async () => {
    const now = await floe.jobs.bulkStatus(ref);
    return now.finishedAt !== null && now;
  });
  expect(ended).toMatchObject({ status: "completed", items: emails, done: emails - 1, refused: 1 });
  expect(await floe.jobs.bulkItems({ ...ref, state: "refused" })).toMatchObject([
    { jobId: last?.jobId, reason: expect.stringContaining("is cancelled") as string },
  ]);
  // One line of the audit log for each job: none was acted upon twice.
  const { rows } = await pool.query<{ lines: number; jobs: number }>(
    `select count(*)::int as lines, count(distinct subject)::int as jobs from audit_log
     where tenant_id = $1 and action = 'jobs.retry' and actor = 'ann' and reason = 'the node is back'`,
    [tenantId],
  );
  expect(rows).toEqual([{ lines: emails - 1, jobs: emails - 1 }]);
}, 240_000);
