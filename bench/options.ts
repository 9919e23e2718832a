import { parseArgs } from "node:util";
import { ConfigInvalid, type FieldProblem } from "../domain/errors.js";

export const engines = ["floe", "bullmq", "bare"] as const;
export type Engine = (typeof engines)[number];

export interface BenchOptions {
  engines: readonly Engine[];
  recipients: number;
  htmlKb: number;
  /** Sending processes of Floe, and of nodemailer alone. */
  senders: number;
  /** SMTP connections of one sending process. */
  connections: number;
  /** Slots of `sendBatch` in one sending process. */
  slots: number;
  /** How often each engine runs, in turn; the median counts. */
  rounds: number;
  /** Floe once with `recipients` and once with ten times as many: how much memory a worker takes. */
  memory: boolean;
  json: boolean;
  /** Folder that receives a CPU profile of each of Floe's workers. */
  profile: string | null;
}

export const usage = `Usage: npm run bench -- [options]

Sends one campaign to an SMTP server that accepts everything, on this machine, with each of
  floe     the product: embedded Postgres, Redis and Temporal, worker processes as "npm start" runs them
  bullmq   a job an email on BullMQ, nodemailer's pool, suppression check and status in Postgres, at the
           concurrency and number of processes that a short trial finds best
  bare     nodemailer's pool alone, nothing is recorded, with as many processes as Floe sends with

  --recipients N    recipients of the campaign, one in a hundred suppressed (50000)
  --html-kb N       size of the personalised html (10)
  --only ENGINE     floe, bullmq or bare; may be repeated
  --senders N       sending processes of floe and of bare (2)
  --connections N   SMTP connections of a sending process (20)
  --slots N         batches a sending process works on at once (4)
  --rounds N        each engine runs N times, in turn; the median is printed (1)
  --memory          floe alone, with the recipients and with ten times as many: memory of a worker
  --profile FOLDER  a CPU profile of each of Floe's workers
  --json            the rows as JSON: name, metric, value, unit, ratio
  --help            this text
`;

/** @returns null when the help was asked for. @throws ConfigInvalid with every mistake. */
export function parseOptions(args: string[]): BenchOptions | null {
  const values = parseValues(args);
  if (values.help) return null;
  const problems: FieldProblem[] = [];
  const count = (
    field: "recipients" | "html-kb" | "senders" | "connections" | "slots" | "rounds",
    most: number,
  ) => {
    const value = Number(values[field]);
    if (Number.isInteger(value) && value >= 1 && value <= most) return value;
    problems.push({ field: `--${field}`, problem: `must be a whole number from 1 to ${most}` });
    return 1;
  };
  const only = values.only ?? [];
  for (const name of only) {
    if (!isEngine(name)) problems.push({ field: "--only", problem: `must be one of ${engines.join(", ")}` });
  }
  const chosen = only.length === 0 ? engines : engines.filter((engine) => only.includes(engine));
  const options: BenchOptions = {
    engines: values.memory ? ["floe"] : chosen,
    recipients: count("recipients", 5_000_000),
    htmlKb: count("html-kb", 200),
    senders: count("senders", 16),
    connections: count("connections", 500),
    slots: count("slots", 100),
    rounds: count("rounds", 20),
    memory: values.memory,
    json: values.json,
    profile: values.profile ?? null,
  };
  if (problems.length > 0) throw new ConfigInvalid(problems);
  return options;
}

function parseValues(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        recipients: { type: "string", default: "50000" },
        "html-kb": { type: "string", default: "10" },
        only: { type: "string", multiple: true },
        senders: { type: "string", default: "2" },
        connections: { type: "string", default: "20" },
        slots: { type: "string", default: "4" },
        rounds: { type: "string", default: "1" },
        memory: { type: "boolean", default: false },
        profile: { type: "string" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
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
