/** One worker process of the predecessor's engine: a job is one email. */
import { once } from "node:events";
import { Worker, type Job } from "bullmq";
import nodemailer from "nodemailer";
import pg from "pg";
import { queueName, type BullmqTask, type EmailJob } from "./bullmq.js";
import { benchTemplate, createRenderer, sender } from "./content.js";

process.on("disconnect", () => process.exit(1));
process.send?.({ ready: true });
const [task] = (await once(process, "message")) as [BullmqTask];

const db = new pg.Pool({ connectionString: task.databaseUrl, max: 20 });
const render = createRenderer(benchTemplate(task.htmlKb), "https://bench.test");
const smtp = nodemailer.createTransport({
  pool: true,
  host: "127.0.0.1",
  port: task.port,
  maxConnections: task.connections,
  maxMessages: Infinity,
  ignoreTLS: true,
});

const worker = new Worker<EmailJob>(queueName, sendEmail, {
  connection: { host: "127.0.0.1", port: task.redisPort, maxRetriesPerRequest: null },
  concurrency: task.concurrency,
});
worker.on("error", (error) => console.error(error));
await worker.waitUntilReady();
process.send?.({ ready: true });

process.on("SIGTERM", () => {
  void worker
    .close()
    .then(() => db.end())
    .finally(() => process.exit(0));
});

async function sendEmail({ data }: Job<EmailJob>): Promise<void> {
  const { rows } = await db.query<{ status: string; suppressed: boolean }>({
    name: "check",
    text: `select status, exists (select from suppressions where email = $2) as suppressed
      from email_sends where email_send_id = $1`,
    values: [data.emailSendId, data.recipient],
  });
  // Safe to run again: a row that is not pending has been dealt with.
  if (rows[0]?.status !== "pending") return;
  if (rows[0].suppressed) return record(data.emailSendId, "suppressed", null);
  const message = render(data.emailSendId, data.variables);
  const info = await smtp.sendMail({
    from: { name: sender.name, address: sender.email },
    to: data.recipient,
    ...message,
  });
  await record(data.emailSendId, "sent", info.response);
}

async function record(emailSendId: string, status: string, reply: string | null): Promise<void> {
  await db.query({
    name: "record",
    text: "update email_sends set status = $2, sent_at = now(), reply = $3 where email_send_id = $1",
    values: [emailSendId, status, reply],
  });
}
