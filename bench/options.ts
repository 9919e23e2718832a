import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { ConfigInvalid, type FieldProblem } from "../domain/errors.js";

export const engines = ["floe", "floe-nodemailer", "bullmq", "bare", "limit"] as const;
export type Engine = (typeof engines)[number];

/** What is measured; each has a flag but `engines`, which runs when no other is asked for. */
export const parts = [
  "engines",
  "sizes",
  "latency",
  "priority",
  "single",
  "import",
  "webhooks",
  "lists",
] as const;
export type Part = (typeof parts)[number];

export interface BenchOptions {
  parts: readonly Part[];
  engines: readonly Engine[];
  /** Null here and below: what each part has by itself. */
  recipients: number | null;
  rounds: number | null;
  htmlKb: number;
  /** Sending processes of Floe. */
  senders: number;
  /** SMTP connections of one sending process. */
  connections: number;
  /** Slots of `sendBatch` in one sending process. */
  slots: number;
  /** Single emails. */
  emails: number | null;
  /** Of the imported file; of each big table that lists are asked of. */
  rows: number | null;
  /** For webhooks, and how many a second. */
  events: number | null;
  perSecond: number | null;
  json: boolean;
  /** Folder that receives a CPU profile of each of Floe's workers. */
  profile: string | null;
}

/** As `npm start` has it: the other cores go to Postgres, Redis and Temporal. */
const defaultSenders = Math.max(1, Math.floor(availableParallelism() / 2));

export const usage = `Usage: npm run bench -- [options]

Sends one campaign to an SMTP server that accepts everything, on this machine, with each of
  floe             the product: embedded Postgres, Redis and Temporal, worker processes as "npm start" runs them
  floe-nodemailer  the same with SMTP_TRANSPORT=nodemailer
  bullmq           a job an email on BullMQ, nodemailer's pool, suppression check and status in Postgres
  bare             nodemailer's pool alone, nothing is recorded
  limit            a pipelining SMTP client that sends prepared bytes, nothing is composed or recorded
The last three run with the number of processes (bullmq: and of jobs at once) that short trials find fastest.

Instead, or with --all as well:
  --sizes           floe with 50,000 and 500,000 recipients, and with --recipients if given: rate and memory
  --latency         5 connections through a proxy that adds a round trip of 50 ms: pipelined and lock-step
  --priority        single emails on the priority-high lane beside a campaign at full speed: p50 and p99
  --single          single emails through the API: requests a second and p99
  --import          contacts.import and contacts.export against \\copy
  --webhooks        events to 200 webhooks of which 20 hang and 20 fail: p99 to the first attempt
  --lists           every list and count over tables of a million rows: p50 and p95; fails above 200 ms
  --all             all of these

  --recipients N    recipients of the campaign, one in a hundred suppressed
                    (engines 50000, latency 1500, priority 300000)
  --rounds N        each engine runs N times, in turn; the median counts (engines and import 3, sizes 1)
  --only ENGINE     one of the engines; may be repeated
  --html-kb N       size of the personalised html (10)
  --senders N       sending processes of floe (one for two cores, here ${defaultSenders})
  --connections N   SMTP connections of a sending process (20)
  --slots N         batches a sending process works on at once (4)
  --emails N        single emails (priority 300, single 5000)
  --rows N          rows of the imported file (2000000), of each table that lists read (1000000)
  --events N        events for webhooks (100000)
  --per-second N    of them (1000)
  --profile FOLDER  a CPU profile of each of Floe's workers
  --json            the rows as JSON: name, metric, value, unit, ratio
  --help            this text
`;

/** @returns null when the help was asked for. @throws ConfigInvalid with every mistake. */
export function parseOptions(args: string[]): BenchOptions | null {
  const values = parseValues(args);
  if (values.help) return null;
  const problems: FieldProblem[] = [];
  const count = (field: keyof typeof mostOf): number | null => {
    const text = values[field];
    if (text === undefined) return null;
    const value = Number(text);
    const most = mostOf[field];
    if (Number.isInteger(value) && value >= 1 && value <= most) return value;
    problems.push({ field: `--${field}`, problem: `must be a whole number from 1 to ${most}` });
    return null;
  };
  const only = values.only ?? [];
  for (const name of only) {
    if (!isEngine(name)) problems.push({ field: "--only", problem: `must be one of ${engines.join(", ")}` });
  }
  const flagged = parts.filter((part) => part !== "engines" && values[part]);
  const options: BenchOptions = {
    parts: values.all ? parts : flagged.length > 0 ? flagged : ["engines"],
    engines: only.length === 0 ? engines : engines.filter((engine) => only.includes(engine)),
    recipients: count("recipients"),
    rounds: count("rounds"),
    htmlKb: count("html-kb") ?? 10,
    senders: count("senders") ?? defaultSenders,
    connections: count("connections") ?? 20,
    slots: count("slots") ?? 4,
    emails: count("emails"),
    rows: count("rows"),
    events: count("events"),
    perSecond: count("per-second"),
    json: values.json,
    profile: values.profile ?? null,
  };
  if (problems.length > 0) throw new ConfigInvalid(problems);
  return options;
}

const mostOf = {
  recipients: 5_000_000,
  rounds: 20,
  "html-kb": 200,
  senders: 16,
  connections: 500,
  slots: 100,
  emails: 100_000,
  rows: 10_000_000,
  events: 1_000_000,
  "per-second": 100_000,
};

function parseValues(args: string[]) {
  const flag = { type: "boolean", default: false } as const;
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args,
      options: {
        ...{
          sizes: flag,
          latency: flag,
          priority: flag,
          single: flag,
          import: flag,
          webhooks: flag,
          lists: flag,
          all: flag,
        },
        ...{ recipients: text, rounds: text, "html-kb": text, senders: text, connections: text },
        ...{ slots: text, emails: text, rows: text, profile: text, json: flag, help: flag },
        ...{ events: text, "per-second": text },
        only: { type: "string", multiple: true },
      },
    }).values;
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new ConfigInvalid([{ field: "options", problem }]);
  }
}

function isEngine(name: string): name is Engine {
  return (engines as readonly string[]).includes(name);
}
