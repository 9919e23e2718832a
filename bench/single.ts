import { join } from "node:path";
import { freePort } from "../runtime/embedded/process.js";
import { sender } from "./content.js";
import { cpuFigures, measure, type BenchInput } from "./engine.js";
import { createAudience } from "./floe-audience.js";
import { connectClient, environment, startWorkers } from "./floe-workers.js";
import { startProcess, untilHealthy } from "./processes.js";
import { quantile } from "./quantile.js";
import { round, type Row } from "./report.js";
import { untilCounted } from "./smtp-sink.js";
import { connectDatabase, type BenchStack } from "./stack.js";

const defaultEmails = 5_000;
/** Who ask at the same time, each for one email after the other. */
const callers = 64;
/** What is sent before it is measured. */
const warmUpEmails = 500;
const apiToken = "a-token-of-the-benchmark";

/** Single emails through the API: how many are taken in, how soon each is durable, and when all have left. */
export async function measureSingle(input: BenchInput): Promise<Row[]> {
  const { options, stack, sink, cleanup, say } = input;
  const { connections, htmlKb, senders } = options;
  const emails = options.emails ?? defaultEmails;
  const floe = await connectClient(input);
  const db = await connectDatabase(stack.postgres.url, cleanup);
  const { tenantId } = await createAudience(floe, db, {
    port: sink.port,
    connections,
    htmlKb,
    recipients: 1,
  });
  const workers = await startWorkers(input, { transport: "pipelined", senders });
  const api = await startApi(stack);
  say(`single: ${emails} emails by ${callers} callers`);
  await sink.reset();
  await request(api.url, tenantId, "warm", warmUpEmails);
  await untilCounted(sink, warmUpEmails);
  let answersMs: number[] = [];
  let takenInSeconds = 0;
  const measured = await measure(sink, { API: [api.pid], ...workers.parts }, async () => {
    const begin = performance.now();
    answersMs = await request(api.url, tenantId, "reader", emails);
    takenInSeconds = (performance.now() - begin) / 1_000;
    await untilCounted(sink, emails);
  });
  await workers.stop();
  await db.end();
  await floe.close();
  const figures = [
    { metric: "requests a second", value: emails / takenInSeconds, unit: "1/s" },
    ...[0.5, 0.99].map((share) => ({
      metric: `request to durable: p${100 * share}`,
      value: quantile(answersMs, share),
      unit: "ms",
    })),
    { metric: "emails a second until the last has left", value: emails / measured.seconds, unit: "1/s" },
    ...cpuFigures(measured).filter(({ metric }) => !metric.startsWith("CPU share")),
  ];
  return figures.map(({ value, ...figure }) => ({
    ...{ name: "floe, single emails", ...figure, value: round(value), ratio: null },
  }));
}

async function startApi(stack: BenchStack): Promise<{ url: string; pid: number }> {
  const port = await freePort();
  const api = await startProcess({
    script: "dist/api/main.js",
    env: {
      ...environment(stack),
      API_PORT: String(port),
      API_TOKEN: apiToken,
      RATE_LIMITS: "email-sending=100000:100000",
    },
    logFile: join(stack.folder, "floe-api.log"),
  });
  const url = `http://127.0.0.1:${port}`;
  await api.unlessEnded(untilHealthy(`${url}/health/ready`, 60_000));
  return { url, pid: api.pid };
}

/** @returns milliseconds that each answer took. @throws Error when an email is not taken in. */
async function request(url: string, tenantId: string, label: string, emails: number): Promise<number[]> {
  const answersMs: number[] = [];
  let next = 0;
  const call = async () => {
    while (next < emails) {
      const recipient = `${label}-${next++}@bench.example`;
      const variables = { email: recipient, first_name: "Reader", city: "Oslo", plan: "team" };
      const begin = performance.now();
      const answer = await fetch(`${url}/api/emails`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${apiToken}` },
        body: JSON.stringify({
          ...{ tenant_id: tenantId, recipient, template_id: "news", variables },
          from_email: sender.email,
        }),
      });
      const text = await answer.text();
      if (answer.status !== 202) throw new Error(`The API answered ${answer.status}: ${text}`);
      answersMs.push(performance.now() - begin);
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  return answersMs;
}
