import type { Client } from "@temporalio/client";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { WarmupMailbox } from "../../client/warmup-mailboxes.js";
import { createWarmupPoolStore } from "../../db/warmup-pool.js";
import { warmupEngagementWorkflowId, warmupWorkflowId } from "../../domain/ids.js";
import { lookSignal } from "../../workflows/warmup-engagement-messages.js";
import { planDaySignal } from "../../workflows/warmup-messages.js";
import { startCrashStack, type CrashStack } from "../support/crash-stack.js";
import { startImapServer, type ImapServer } from "../support/imap-server.js";
import { sealerOf } from "../support/keys.js";
import { startMailDrop, type MailDrop } from "../support/mail-drop.js";
import { createTemporalClient } from "../support/temporal-client.js";
import { until } from "../support/until.js";

const tenantId = "pooled";
/** Where it is about noon now: the day is neither new nor nearly over. */
const offset = 12 - new Date().getUTCHours();
const timeZone = `Etc/GMT${offset > 0 ? `-${offset}` : `+${-offset}`}`;
/** Three quarters of the day's allowance. */
const letters = 12;

let stack: CrashStack;
let imap: ImapServer;
let drop: MailDrop;
let temporal: Client;

beforeAll(async () => {
  const environment = { WARMUP_ENGAGEMENT: "true", TIME_ZONE: timeZone, RATE_LIMIT_ENABLED: "false" };
  [stack, imap] = await Promise.all([startCrashStack(environment), startImapServer()]);
  drop = await startMailDrop(imap);
  temporal = await createTemporalClient({ address: stack.temporalAddress, namespace: stack.namespace });
  await stack.floe.tenants.create({ tenantId });
  await stack.floe.nodes.upsert({ nodeId: "pooled-node", tenantId, host: "127.0.0.1", port: drop.port });
}, 300_000);

afterAll(async () => {
  await temporal.connection.close();
  await stack.close();
  await drop.close();
  await imap.close();
}, 60_000);

async function optIn(user: string): Promise<WarmupMailbox> {
  const { host, port, password, ca } = imap.mailbox(user);
  const { mailboxId } = await stack.floe.warmupMailboxes.add({
    ...{ tenantId, address: `${user}@pool.example`, nodeId: "pooled-node" },
    ...{ imapHost: host, imapPort: port, imapUser: user, imapPassword: password, imapCa: String(ca) },
  });
  return stack.floe.warmupMailboxes.optIn({ tenantId, mailboxId });
}

/** With the letters of its day, as if it were a working day, none of them due yet. */
async function startWarmup(key: string): Promise<string> {
  const { floe, pool } = stack;
  const plan = { firstDays: [16], target: 16 };
  const { warmupId } = await floe.warmups.start({ tenantId, kind: "mailbox", key, plan });
  await until("its day is planned", async () => (await floe.warmups.get({ warmupId })).planned === 16);
  const hours = { days: [1, 2, 3, 4, 5, 6, 7], from: 0, to: 24 * 60 };
  const store = createWarmupPoolStore({ pool, sealer: sealerOf(), hours, timeZone });
  await store.planLetters(warmupId, Date.now() + 60_000);
  return warmupId;
}

/** All letters of the day are due. */
async function makeDue(warmupId: string): Promise<void> {
  const { rowCount } = await stack.pool.query(
    "update warmup_messages set due_at = now() - interval '1 hour' + nth * interval '1 second' where warmup_id = $1",
    [warmupId],
  );
  expect(rowCount).toBe(letters);
}

async function writeNow(warmupId: string): Promise<void> {
  await temporal.workflow.getHandle(warmupWorkflowId(warmupId)).signal(planDaySignal);
}

async function lookNow(mailboxId: string): Promise<void> {
  await temporal.workflow.getHandle(warmupEngagementWorkflowId(mailboxId)).signal(lookSignal);
}

async function count(text: string, values: unknown[]): Promise<number> {
  const { rows } = await stack.pool.query<{ count: number }>(`select count(*)::int ${text}`, values);
  return rows[0]?.count ?? 0;
}

/** Statements that wait for rows somebody holds, by their beginning. */
async function held(): Promise<{ pid: number; query: string }[]> {
  const { rows } = await stack.pool.query<{ pid: number; query: string }>(
    `select pid, query from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock' and query like 'update warmup_%'`,
  );
  return rows;
}

it("kill -9 between a letter's leaving and its being written down, and between an answer's: each leaves once, each reaction is recorded once", async () => {
  const { pool, parts } = stack;
  const [anna, bert] = [await optIn("anna"), await optIn("bert")];
  const [annas, berts] = [await startWarmup(anna.address), await startWarmup(bert.address)];
  await makeDue(annas);
  await writeNow(annas);
  await until("hers have arrived", async () => drop.delivered.length === letters);
  await lookNow(bert.mailboxId);
  const found = "from warmup_messages where warmup_id = $1 and placement is not null";
  await until("he has found them", async () => (await count(found, [annas])) === letters);
  // Answers are drawn: one there is for certain, and all that he does with her letters is due.
  const { rows: answered } = await pool.query<{ message_id: string }>(
    `insert into warmup_engagements (message_id, tenant_id, mailbox_id, action, due_at)
     select message_id, tenant_id, to_mailbox, 'reply', now() from warmup_messages where warmup_id = $1 and nth = 5
     on conflict (message_id, action) do update set due_at = excluded.due_at returning message_id`,
    [annas],
  );
  await pool.query("update warmup_engagements set due_at = now() - interval '1 hour' where mailbox_id = $1", [
    bert.mailboxId,
  ]);

  await makeDue(berts);
  // Somebody holds the rows of one of his letters, and of that answer: what has left cannot be written down.
  const holder = await pool.connect();
  await holder.query("begin");
  await holder.query("select from warmup_messages where warmup_id = $1 and nth = 4 for update", [berts]);
  await holder.query("select from warmup_engagements where message_id = $1 and action = 'reply' for update", [
    answered[0]?.message_id,
  ]);
  await writeNow(berts);
  await lookNow(bert.mailboxId);
  const waiting = await until("both have come so far", async () => {
    const statements = await held();
    return statements.length === 2 && statements;
  });
  expect(waiting.map(({ query }) => query.slice(0, 25)).sort()).toEqual([
    "update warmup_engagements",
    "update warmup_messages se",
  ]);
  expect(await parts.orchestrator.kill()).toMatchObject({ signal: "SIGKILL" });
  // What a dead process had asked for is not done either.
  await pool.query("select pg_terminate_backend(pid) from unnest($1::int[]) as pid", [
    waiting.map(({ pid }) => pid),
  ]);
  await until("they are gone", async () => (await held()).length === 0);
  await holder.query("rollback");
  holder.release();
  const sentOf = "from warmup_messages where warmup_id = $1 and status = 'sent'";
  expect(await count(sentOf, [berts])).toBe(4);
  expect(
    await count("from emails where tenant_id = $1 and from_email = $2", [tenantId, bert.address]),
  ).toBeGreaterThan(4);

  await until("all of his have left", async () => (await count(sentOf, [berts])) === letters);
  const open = "from warmup_engagements where mailbox_id = $1 and done_at is null";
  await until("all is done", async () => (await count(open, [bert.mailboxId])) === 0);
  const written = await count("from warmup_messages where tenant_id = $1 and status = 'sent'", [tenantId]);
  const answers = written - 2 * letters;
  expect(answers).toBeGreaterThanOrEqual(1);
  await until("all have arrived", async () => drop.delivered.length >= written);
  const ids = drop.delivered.map(({ raw }) => /^Message-ID:\s*(\S+)/im.exec(raw)?.[1]);
  expect(new Set(ids).size).toBe(written);
  expect(ids).toHaveLength(written);
  const { rows: emails } = await pool.query<{ internetId: string }>(
    `select internet_id as "internetId" from warmup_messages where tenant_id = $1`,
    [tenantId],
  );
  expect(new Set(emails.map(({ internetId }) => internetId))).toEqual(new Set(ids));
  expect(await count("from emails where tenant_id = $1", [tenantId])).toBe(written);
}, 180_000);
