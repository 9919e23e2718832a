import { join } from "node:path";
import { Queue } from "bullmq";
import type pg from "pg";
import { setTimeout as sleep } from "node:timers/promises";
import { contact, deliverable, isSuppressed } from "./content.js";
import {
  checkCount,
  cpuFigures,
  measure,
  sizeFigure,
  type BenchInput,
  type EngineRun,
  type RunEngine,
} from "./engine.js";
import { startProcess, type BenchProcess } from "./processes.js";
import { connectDatabase } from "./stack.js";
import { fastest } from "./trial.js";

/** What a `bullmq-worker` process is told. */
export interface BullmqTask {
  port: number;
  connections: number;
  htmlKb: number;
  concurrency: number;
  databaseUrl: string;
  redisPort: number;
}

/** Payload of one `email.send` job. */
export interface EmailJob {
  emailSendId: string;
  recipient: string;
  variables: Record<string, unknown>;
  tenantId: string;
  campaignId: number;
}

export const queueName = "email-sending";

interface Crew {
  processes: number;
  concurrency: number;
}

/** Jobs added by one call. */
const page = 1_000;

/**
 * The predecessor's engine: the campaign makes a row and a job for each recipient, workers check the suppression, render,
 * send and update the row. At its best: rows in one statement, jobs added in bulk while workers send, finished jobs
 * removed, no index on the status, and the crew that a trial of this machine finds fastest.
 */
export async function prepareBullmq(input: BenchInput): Promise<RunEngine> {
  const database = await createDatabase(input);
  const attempt = async (crew: Crew, recipients: number) => {
    const run = await runCampaign(input, database, crew, recipients);
    const perMinute = Math.round((run.emails / run.seconds) * 60);
    input.say(`bullmq: ${crew.processes} × ${crew.concurrency}: ${perMinute} emails/min`);
    return run;
  };
  const { processes } = await fastest(
    [1, 2, 3].map((processes) => ({ processes, concurrency: 50 })),
    attempt,
  );
  const crew = await fastest(
    [20, 50, 100].map((concurrency) => ({ processes, concurrency })),
    attempt,
  );
  return (recipients) => runCampaign(input, database, crew, recipients);
}

async function runCampaign(
  { options, stack, sink, cleanup }: BenchInput,
  databaseUrl: string,
  crew: Crew,
  recipients: number,
): Promise<EngineRun> {
  const db = await connectDatabase(databaseUrl, cleanup);
  const redis = { host: "127.0.0.1", port: stack.redis.port };
  const queue = new Queue<EmailJob>(queueName, { connection: redis });
  await queue.obliterate({ force: true });
  await seed(db, recipients);
  const { connections, htmlKb } = options;
  const task: BullmqTask = {
    ...{ connections, htmlKb, concurrency: crew.concurrency },
    ...{ databaseUrl, port: sink.port, redisPort: stack.redis.port },
  };
  const workers = await startWorkers(stack.folder, crew.processes, task);
  const parts = {
    workers: workers.map(({ pid }) => pid),
    Redis: [stack.redis.pid],
    Postgres: [stack.postgres.pid],
  };
  const measured = await measure(sink, parts, async () => {
    await addJobs(db, queue);
    await untilDone(queue);
  });
  const failed = await queue.getFailedCount();
  const { rows } = await db.query<{ n: number }>(
    "select count(*)::int n from email_sends where status = 'sent'",
  );
  for (const worker of workers) await worker.stop();
  await queue.close();
  await db.end();
  if (failed > 0) throw new Error(`bullmq: ${failed} jobs failed.`);
  checkCount("bullmq", measured.sink.messages, deliverable(recipients));
  checkCount("bullmq's table", rows[0]?.n ?? 0, deliverable(recipients));
  return {
    emails: measured.sink.messages,
    seconds: measured.seconds,
    figures: [
      { metric: "sending processes", value: crew.processes, unit: "" },
      { metric: "jobs a process at once", value: crew.concurrency, unit: "" },
      sizeFigure(measured),
      { metric: "start to first mail", value: measured.firstMailMs / 1000, unit: "s" },
      ...cpuFigures(measured),
    ],
  };
}

/** A database of its own on the same server. */
async function createDatabase({ stack, cleanup }: BenchInput): Promise<string> {
  const admin = await connectDatabase(stack.postgres.url, cleanup);
  await admin.query("drop database if exists bench_bullmq with (force)");
  await admin.query("create database bench_bullmq");
  const url = new URL(stack.postgres.url);
  url.pathname = "/bench_bullmq";
  return url.toString();
}

async function seed(db: pg.Client, recipients: number): Promise<void> {
  await db.query(`
    drop table if exists email_sends, contacts, suppressions;
    create table contacts (contact_id bigint primary key, email text not null, variables jsonb not null);
    create table suppressions (email text primary key);
    create table email_sends (
      email_send_id bigint generated always as identity primary key, campaign_id bigint not null,
      contact_id bigint not null, email text not null, status text not null default 'pending', sent_at timestamptz,
      reply text
    ) with (fillfactor = 75)`);
  const step = 10_000;
  for (let from = 1; from <= recipients; from += step) {
    const contacts = Array.from({ length: Math.min(step, recipients - from + 1) }, (_, i) =>
      contact(from + i),
    );
    await db.query(
      `insert into contacts (contact_id, email, variables)
       select * from unnest($1::bigint[], $2::text[], $3::jsonb[])`,
      [
        contacts.map(({ id }) => id),
        contacts.map(({ email }) => email),
        contacts.map((c) => ({ email: c.email, first_name: c.firstName, city: c.city, plan: c.plan })),
      ],
    );
    const suppressed = contacts.filter(({ id }) => isSuppressed(id)).map(({ email }) => email);
    await db.query("insert into suppressions select * from unnest($1::text[])", [suppressed]);
  }
  await db.query("analyze");
}

async function startWorkers(folder: string, processes: number, task: BullmqTask): Promise<BenchProcess[]> {
  return Promise.all(
    Array.from({ length: processes }, async (_, no) => {
      const logFile = join(folder, `bullmq-${no}.log`);
      const worker = await startProcess({ script: "bench/bullmq-worker.ts", logFile });
      await worker.next();
      worker.send(task);
      await worker.next();
      return worker;
    }),
  );
}

/** `campaign.process`: a row and a job for each contact. */
async function addJobs(db: pg.Client, queue: Queue<EmailJob>): Promise<void> {
  await db.query(
    "insert into email_sends (campaign_id, contact_id, email) select 1, contact_id, email from contacts",
  );
  for (let after = "0"; ;) {
    const { rows } = await db.query<{
      email_send_id: string;
      email: string;
      variables: Record<string, unknown>;
    }>(
      `select s.email_send_id, s.email, c.variables from email_sends s join contacts c using (contact_id)
       where s.email_send_id > $1 order by s.email_send_id limit $2`,
      [after, page],
    );
    await queue.addBulk(
      rows.map((row) => ({
        name: "email.send",
        data: {
          emailSendId: row.email_send_id,
          recipient: row.email,
          variables: row.variables,
          tenantId: "bench",
          campaignId: 1,
        },
        opts: { removeOnComplete: true, attempts: 3, backoff: { type: "exponential", delay: 1_000 } },
      })),
    );
    const last = rows.at(-1);
    if (!last || rows.length < page) return;
    after = last.email_send_id;
  }
}

async function untilDone(queue: Queue): Promise<void> {
  for (;;) {
    const { wait, active, delayed, prioritized } = await queue.getJobCounts(
      "wait",
      "active",
      "delayed",
      "prioritized",
    );
    if ((wait ?? 0) + (active ?? 0) + (delayed ?? 0) + (prioritized ?? 0) === 0) return;
    await sleep(50);
  }
}
