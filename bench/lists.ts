import { join } from "node:path";
import { freePort } from "../runtime/embedded/process.js";
import type { BenchInput } from "./engine.js";
import { connectClient, environment } from "./floe-workers.js";
import { fillTables } from "./lists/fill.js";
import { bigTenant } from "./lists/ids.js";
import { questionsOf, type Question } from "./lists/questions.js";
import { startProcess, untilHealthy } from "./processes.js";
import { quantile } from "./quantile.js";
import { round, type Row } from "./report.js";
import { connectDatabase, type BenchStack } from "./stack.js";

const defaultRows = 1_000_000;
/** Of each question, one after the other: its 95th percentile is the second slowest. */
const asked = 21;
const allowedMs = 200;
const hopelessMs = 2_000;
const longestMs = 10_000;
/** They read all that they count, because they must be exact; see docs/benchmark.md. */
const exact = new Set(["sends.get", "sequences.progress", "dead_letters.count_purgeable"]);
const apiToken = "a-token-of-the-benchmark";

interface Answered {
  question: Question;
  p50: number;
  p95: number;
}

/**
 * Every list and every count, of a tenant with a million rows in each table, with its key: first page, one near the end, each
 * filter by common, rare and unknown values. The run fails when one takes more than `allowedMs` at its 95th percentile.
 */
export async function measureLists(input: BenchInput): Promise<Row[]> {
  const { options, stack, cleanup, say } = input;
  const rows = options.rows ?? defaultRows;
  const floe = await connectClient(input);
  const db = await connectDatabase(stack.postgres.url, cleanup);
  await fillTables(db, rows, say);
  const { key } = await floe.keys.create({ tenantId: bigTenant, name: "benchmark", role: "owner" });
  const url = await startApi(stack);
  const answered: Answered[] = [];
  for (const question of questionsOf(rows)) {
    answered.push(await ask(url, question, question.asPlatform ? apiToken : key));
  }
  await db.end();
  await floe.close();
  const slow = answered.filter(({ question, p95 }) => p95 > allowedMs && !exact.has(question.operation.id));
  for (const { question, p95 } of slow)
    say(`${question.operation.id}, ${question.label}: ${Math.round(p95)} ms, more than ${allowedMs}`);
  if (slow.length > 0) process.exitCode = 1;
  return worstOfEach(answered).flatMap(({ question: { operation, label }, p50, p95 }) =>
    [
      { metric: `p50, ${label}`, value: p50 },
      { metric: `p95, ${label}`, value: p95 },
    ].map((figure) => ({
      ...{ name: operation.id, ...figure, value: round(figure.value), unit: "ms", ratio: null },
    })),
  );
}

/** The slowest question of each operation, slowest operations first. */
function worstOfEach(answered: readonly Answered[]): Answered[] {
  const worst = new Map<string, Answered>();
  for (const one of [...answered].sort((a, b) => a.p95 - b.p95)) worst.set(one.question.operation.id, one);
  return [...worst.values()].sort((a, b) => b.p95 - a.p95);
}

/** @throws Error when it is refused */
async function ask(url: string, question: Question, key: string): Promise<Answered> {
  const took: number[] = [];
  for (let no = 0; no <= asked; no++) {
    const ms = await askOnce(`${url}${question.path}`, key);
    // The first finds connections and pages of the table cold. What takes seconds need not be asked again.
    if (no > 0 || ms > hopelessMs) took.push(ms);
    if (ms > hopelessMs) break;
  }
  return { question, p50: quantile(took, 0.5), p95: quantile(took, 0.95) };
}

/** Milliseconds; `longestMs` also when it would take longer. */
async function askOnce(url: string, key: string): Promise<number> {
  const begin = performance.now();
  const headers = { authorization: `Bearer ${key}` };
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(longestMs) }).catch(
    (error: unknown) => {
      if (error instanceof DOMException && error.name === "TimeoutError") return null;
      throw error;
    },
  );
  if (answer === null) return longestMs;
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${url} was answered ${answer.status}: ${text}`);
  return performance.now() - begin;
}

async function startApi(stack: BenchStack): Promise<string> {
  const port = await freePort();
  const api = await startProcess({
    script: "dist/api/main.js",
    env: { ...environment(stack), API_PORT: String(port), API_TOKEN: apiToken, RATE_LIMIT_ENABLED: "false" },
    logFile: join(stack.folder, "floe-api.log"),
  });
  const url = `http://127.0.0.1:${port}`;
  await api.unlessEnded(untilHealthy(`${url}/health/ready`, 60_000));
  return url;
}
