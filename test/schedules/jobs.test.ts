import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Client } from "@temporalio/client";
import { v7 as uuidv7 } from "uuid";
import { beforeAll, expect, test } from "vitest";
import type { StartedWork } from "../../activities/recurring.js";
import { createImportRows } from "../../db/imports.js";
import { createSends } from "../../db/sends.js";
import { orchestrationQueue } from "../../domain/lanes.js";
import {
  campaignProcessorType,
  queueSamplerType,
  stalledJobDetectorType,
} from "../../workflows/recurring-messages.js";
import { floe } from "../client/cli-process.js";
import { createShop, messagesTo } from "../email/fixture.js";
import { createTemporalClient } from "../support/temporal-client.js";
import { until } from "../support/until.js";
import { createAudience, createCampaign, startWorld, type World } from "../support/world.js";
import { temporaryFolder } from "./folder.js";

let world: World;
let client: Client;

beforeAll(async () => {
  world = await startWorld();
  client = await createTemporalClient(world.config.temporal);
});

/** What a schedule starts. */
async function run<Result>(type: string): Promise<Result> {
  const handle = await client.workflow.start(type, {
    workflowId: `test/${uuidv7()}`,
    taskQueue: orchestrationQueue,
  });
  return (await handle.result()) as Result;
}

/** A send whose caller died between its row and its workflow. */
async function createLostSend(
  domain: string,
  scheduledAt: Date | null,
): Promise<{ tenantId: string; sendId: string }> {
  const { tenantId } = await createAudience(world, { contacts: 3, domain });
  const { campaignId } = await createCampaign(world, tenantId);
  const sendId = uuidv7();
  await createSends(world.pool).createSend({ tenantId, campaignId, sendId, scheduledAt, timeZone: "UTC" });
  return { tenantId, sendId };
}

async function untilCompleted(ref: { tenantId: string; sendId: string }) {
  return until("the end of the send", async () => {
    const summary = await createSends(world.pool).loadSummary(ref.tenantId, ref.sendId);
    return summary.status === "completed" && summary;
  });
}

test("what is due and has no workflow is started, once; what is not due waits", async () => {
  const due = await createLostSend("due.example", new Date(Date.now() - 7_200_000));
  const later = await createLostSend("later.example", new Date(Date.now() + 3_600_000));
  const { started } = await run<StartedWork>(campaignProcessorType);
  expect(started.map(({ id }) => id)).toContain(due.sendId);
  expect(started.map(({ id }) => id)).not.toContain(later.sendId);
  expect(await untilCompleted(due)).toMatchObject({ accountedFor: true, recipients: 3 });
  const again = await run<StartedWork>(campaignProcessorType);
  expect(again.started).toEqual([]);
  expect(messagesTo(world, "user0@due.example")).toHaveLength(1);
  expect(messagesTo(world, "user0@later.example")).toHaveLength(0);
});

test("emails whose request died before their start are taken up", async () => {
  const { tenantId, request } = await createShop(world);
  const at = new Date(Date.now() + 3_600_000);
  const { emailId } = await world.floe.emails.send(request("ann@stranded.example", { sendAt: at }));
  await client.workflow.getHandle(`email/${emailId}`).terminate();
  await world.pool.query(
    "update email_groups set send_at = now() - interval '5 minutes' where group_id = $1",
    [emailId],
  );
  const { started } = await run<StartedWork>(campaignProcessorType);
  expect(started).toContainEqual(expect.objectContaining({ kind: "emails", id: emailId, tenantId }));
  expect(await world.floe.emails.wait({ tenantId, emailId })).toMatchObject({ status: "sent" });
});

test("a send and an import that nobody touched for half an hour are taken up and reported", async () => {
  const send = await createLostSend("stalled.example", null);
  const fresh = await createLostSend("fresh.example", null);
  await world.pool.query(
    `update campaign_sends set status = 'sending', created_at = now() - interval '31 minutes' where send_id = $1`,
    [send.sendId],
  );
  await world.pool.query("update campaign_sends set status = 'sending' where send_id = $1", [fresh.sendId]);
  const file = join(await temporaryFolder(), "people.csv");
  await writeFile(file, "email\nann@stalled-import.example\n");
  const { tenantId } = send;
  const { importId } = await createImportRows(world.pool).createImport({ tenantId, fileUrl: file });
  await world.pool.query(
    "update lead_imports set created_at = now() - interval '31 minutes' where import_id = $1",
    [importId],
  );

  const { started } = await run<StartedWork>(stalledJobDetectorType);
  expect(started.map(({ kind, id }) => `${kind} ${id}`).sort()).toEqual(
    [`send ${send.sendId}`, `import ${importId}`].sort(),
  );
  expect(await untilCompleted(send)).toMatchObject({ accountedFor: true, recipients: 3 });
  await until("the end of the import", async () => {
    const row = await world.floe.imports.get({ tenantId, importId });
    return row.status === "completed";
  });
  expect(await world.floe.maintenance.findings()).toContainEqual(
    expect.objectContaining({
      job: "stalled-job-detector",
      subjectId: importId,
      action: "started",
      times: 1,
    }),
  );
  expect(await run<StartedWork>(stalledJobDetectorType)).toEqual({ started: [], running: 0 });
});

test("a sequence, an A/B test and a graph whose workflows are gone are taken up; those that merely sleep are left alone", async () => {
  const { tenantId } = await createAudience(world, { contacts: 2, domain: "gone.example" });
  const { floe } = world;
  const common = { tenantId, name: "Lost", list: "everybody", fromEmail: "news@example.com" };
  const { sequenceId } = await floe.sequences.create({
    ...common,
    steps: [{ template: "hello", delay: { days: 2 } }],
  });
  const { abTestId } = await floe.abTests.create({
    ...common,
    variants: [{ template: "hello" }, { template: "hello" }],
  });
  const wait = { name: "wait", type: "wait" as const, input: { seconds: 3_600 } };
  await floe.jobGraphs.create({ tenantId, name: "lost", jobs: [wait] });
  await floe.sequences.start({ tenantId, sequenceId });
  await floe.abTests.start({ tenantId, abTestId });
  const { runId } = await floe.jobGraphs.run({ tenantId, name: "lost" });
  await until("the variants", async () => (await floe.abTests.get({ tenantId, abTestId })).testedAt !== null);
  await world.pool.query(
    `with a as (update sequences set started_at = now() - interval '31 minutes' where campaign_id = $1),
       b as (update ab_tests set started_at = now() - interval '31 minutes' where campaign_id = $2)
     update job_graph_runs set created_at = now() - interval '31 minutes' where run_id = $3`,
    [sequenceId, abTestId, runId],
  );
  const ids = [`sequence/${sequenceId}`, `ab-test/${abTestId}`, `jobGraph/${runId}`];
  const ours = ({ started }: StartedWork) =>
    started.filter((work) => work.tenantId === tenantId).map(({ kind }) => kind);
  expect(ours(await run<StartedWork>(stalledJobDetectorType))).toEqual([]);
  for (const id of ids) await client.workflow.getHandle(id).terminate();
  expect(ours(await run<StartedWork>(stalledJobDetectorType)).sort()).toEqual([
    "ab-test",
    "graph",
    "sequence",
  ]);
  for (const id of ids) expect((await client.workflow.getHandle(id).describe()).status.name).toBe("RUNNING");
  for (const id of ids) {
    await client.workflow.getHandle(id).cancel();
    await client.workflow.getHandle(id).result();
  }
});

test("how much waits on each queue is a series over time", async () => {
  expect(await run<{ queues: number }>(queueSamplerType)).toEqual({ queues: 8 });
  await run(queueSamplerType);
  const { queues } = await world.floe.queues.trends();
  expect(queues.filter(({ kind }) => kind === "activity").map(({ queue }) => queue)).toHaveLength(7);
  expect(queues.find(({ queue }) => queue === "send-priority-high")?.points.at(-1)).toMatchObject({
    waiting: 0,
    delayed: 0,
  });
});

test("what does not agree is reported, repaired on request, and agrees then", async () => {
  const send = await createLostSend("checked.example", new Date(Date.now() - 600_000));
  await run(campaignProcessorType);
  await untilCompleted(send);
  await world.pool.query(
    "update campaign_sends set recipients = 7, finished_at = now() - interval '2 minutes' where send_id = $1",
    [send.sendId],
  );
  await world.pool.query("update campaign_analytics set sent = 1 where send_id = $1", [send.sendId]);
  await world.pool.query("update lists set contact_count = 99 where tenant_id = $1", [send.tenantId]);
  await world.pool.query("update campaigns set status = 'sending' where tenant_id = $1", [send.tenantId]);
  const lost = await createLostSend("lost.example", null);
  await world.pool.query(
    "update campaign_sends set status = 'sending', created_at = now() - interval '2 minutes' where send_id = $1",
    [lost.sendId],
  );

  const check = async (repair: boolean) => {
    const { findings } = await world.floe.maintenance.check({ repair });
    return findings
      .filter(({ tenantId }) => tenantId === send.tenantId || tenantId === lost.tenantId)
      .map(({ kind, action }) => `${kind} ${action}`)
      .sort();
  };
  const kinds = ["campaign-open", "list-count", "send-counts", "send-recipients", "send-without-workflow"];
  expect(await check(false)).toEqual(kinds.map((kind) => `${kind} reported`));
  expect(await check(true)).toEqual(kinds.map((kind) => `${kind} repaired`));
  await untilCompleted(lost);
  expect(await check(false)).toEqual([]);
  expect(messagesTo(world, "user1@lost.example")).toHaveLength(1);
});

test("an ended send with somebody unsettled is left to a person, also when repairs are asked for", async () => {
  const { tenantId, sendId } = await createLostSend("unsettled.example", new Date(Date.now() - 600_000));
  await run(campaignProcessorType);
  await untilCompleted({ tenantId, sendId });
  const { rowCount } = await world.pool.query(
    `update email_sends set status = 'pending'
     where send_id = $1 and contact_id = (select min(contact_id) from email_sends where send_id = $1)`,
    [sendId],
  );
  expect(rowCount).toBe(1);
  await world.pool.query(
    "update campaign_sends set finished_at = now() - interval '2 minutes' where send_id = $1",
    [sendId],
  );
  const { findings } = await world.floe.maintenance.check({ repair: true });
  expect(findings.filter(({ subjectId }) => subjectId === sendId)).toMatchObject([
    {
      kind: "send-unsettled",
      tenantId,
      action: "reported",
      detail: expect.stringContaining("but 1 of") as string,
    },
  ]);
  expect(messagesTo(world, "user0@unsettled.example")).toHaveLength(1);
});

test("the command shows what would go, removes it, and checks", async () => {
  const { config, pool } = world;
  const env = {
    DATABASE_URL: config.databaseUrl,
    REDIS_URL: config.redisUrl,
    TEMPORAL_ADDRESS: config.temporal.address,
    TEMPORAL_NAMESPACE: config.temporal.namespace,
  };
  const maintenance = (...args: string[]) => floe(["maintenance", ...args], env);
  await pool.query(
    `insert into email_events (tenant_id, send_id, contact_id, kind, occurred_at)
     select 'acme', gen_random_uuid(), n, 'open', now() - interval '500 days' from generate_series(1, 1234) n`,
  );
  const countEvents = async () =>
    (await pool.query("select from email_events where occurred_at < now() - interval '400 days'")).rowCount;
  const preview = await maintenance("cleanup", "--dry-run");
  expect(preview).toMatchObject({ code: 0, stdout: expect.stringMatching(/email_events +1,234/) as string });
  expect(await countEvents()).toBe(1_234);
  expect((await maintenance("cleanup")).stdout).toMatch(/email_events +1,234/);
  expect(await countEvents()).toBe(0);

  await pool.query("insert into tenants (tenant_id, name) values ('spoilt', 'Spoilt')");
  await pool.query(
    "insert into lists (list_id, tenant_id, name, contact_count) values (gen_random_uuid(), 'spoilt', 'a', 5)",
  );
  expect((await maintenance("check")).stdout).toMatch(
    /list-count .+spoilt +reported +contacts: 0 in the list, 5/,
  );
  expect((await maintenance("check", "--repair")).stdout).toMatch(/list-count .+spoilt +repaired/);
  expect((await maintenance("check")).stdout).not.toContain("spoilt");
  expect((await maintenance("findings")).stdout).toMatch(/list-count .+repaired +2/);
  expect(await maintenance("check", "--days", "99999")).toMatchObject({ code: 2 });
});
