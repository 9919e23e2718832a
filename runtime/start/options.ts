import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ConfigInvalid, type FieldProblem } from "../../domain/errors.js";

/** Ports of the local stack, and what they are when nobody says otherwise. */
export const defaultPorts = {
  temporal: 7233,
  ui: 8233,
  postgres: 5433,
  redis: 6380,
  smtp: 1025,
  inbox: 8025,
  api: 8080,
  metrics: 9464,
} as const;
export type PortName = keyof typeof defaultPorts;
export const portNames = Object.keys(defaultPorts) as PortName[];

export interface StartOptions {
  /** `fresh`: runs when no demo has been sent from this data folder. */
  demo: "fresh" | "always" | "never";
  /** Absolute. */
  data: string;
  /** Those that were asked for; they must be free. */
  ports: Partial<Record<PortName, number>>;
  exitAfterDemo: boolean;
  /** Sender processes. */
  senders: number;
  help: boolean;
}

/** One for two cores: the other one goes to Postgres, Redis and Temporal, which work as hard. */
const defaultSenders = Math.max(1, Math.floor(availableParallelism() / 2));
const mostSenders = 64;

export const usage = `Usage: npm start -- [options]

Starts Floe on this machine: Temporal, Postgres, Redis, a mail server that captures everything, workers and API; sends a
demo campaign; stays up until Ctrl-C.

  --demo                 send the demo campaign again
  --no-demo              send none
  --exit-after-demo      stop when every recipient of the demo is accounted for; the last line on stdout is the ledger's
                         summary as JSON; exit code 0 only if all are accounted for
  --data DIR             folder that keeps everything (default: FLOE_DATA or .floe)
  --senders N            sender processes (default: one for two cores, here ${defaultSenders})
  --temporal-port N      default ${defaultPorts.temporal}        --ui-port N        Temporal's Web UI, default ${defaultPorts.ui}
  --postgres-port N      default ${defaultPorts.postgres}        --redis-port N     default ${defaultPorts.redis}
  --smtp-port N          default ${defaultPorts.smtp}        --inbox-port N     captured mail, default ${defaultPorts.inbox}
  --api-port N           tracking, default ${defaultPorts.api}
  --metrics-port N       first of a row, one a worker, default ${defaultPorts.metrics}
  --help                 this text

A default port that is taken is replaced by the next free one. Your own servers instead of the embedded ones:
  DATABASE_URL, REDIS_URL (or REDIS_HOST, REDIS_PORT, ...), TEMPORAL_ADDRESS, SMTP_URL (smtp://user:password@host:587)
`;

/**
 * @param args the command line without node and script
 * @throws ConfigInvalid with every mistake at once
 */
export function parseOptions(args: string[], defaultData: string): StartOptions {
  const { values, problems } = parse(args);
  const ports: Partial<Record<PortName, number>> = {};
  for (const name of portNames) {
    const text = values[`${name}-port`];
    if (typeof text !== "string") continue;
    const port = Number(text);
    if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) ports[name] = port;
    else problems.push({ field: `--${name}-port`, problem: "must be a number from 1 to 65535" });
  }
  const senders = Number(values.senders ?? defaultSenders);
  if (!Number.isInteger(senders) || senders < 1 || senders > mostSenders)
    problems.push({ field: "--senders", problem: `must be a number from 1 to ${mostSenders}` });
  const twice = portNames.filter((name) =>
    portNames.some((other) => other < name && samePort(ports, name, other)),
  );
  for (const name of twice) problems.push({ field: `--${name}-port`, problem: "is given to two parts" });
  if (values["no-demo"] === true && (values.demo === true || values["exit-after-demo"] === true)) {
    problems.push({ field: "--no-demo", problem: "contradicts the other options: they ask for a demo" });
  }
  if (values.data === "") problems.push({ field: "--data", problem: "must name a folder" });
  if (problems.length > 0) throw new ConfigInvalid(problems);
  return {
    demo: values["no-demo"] === true ? "never" : values.demo === true ? "always" : "fresh",
    data: resolve(typeof values.data === "string" ? values.data : defaultData),
    ports,
    exitAfterDemo: values["exit-after-demo"] === true,
    senders,
    help: values.help === true,
  };
}

function samePort(ports: Partial<Record<PortName, number>>, one: PortName, other: PortName): boolean {
  return ports[one] !== undefined && ports[one] === ports[other];
}

const flags = ["demo", "no-demo", "exit-after-demo", "help"];
const texts = ["data", "senders", ...portNames.map((name) => `${name}-port`)];

type Token =
  | { kind: "option"; name: string; rawName: string; value: string | undefined }
  | { kind: "positional"; value: string }
  | { kind: "option-terminator" };

/** `parseArgs` stops at the first mistake; its tokens let all be told. */
function parse(args: string[]): { values: Record<string, string | true>; problems: FieldProblem[] } {
  const options: Record<string, { type: "boolean" | "string" }> = {};
  for (const name of flags) options[name] = { type: "boolean" };
  for (const name of texts) options[name] = { type: "string" };
  const tokens = parseArgs({ args, options, strict: false, tokens: true }).tokens as Token[];
  const values: Record<string, string | true> = {};
  const problems: FieldProblem[] = [];
  for (const token of tokens) {
    if (token.kind === "positional")
      problems.push({ field: token.value, problem: "is not an option; see --help" });
    if (token.kind !== "option") continue;
    if (flags.includes(token.name)) {
      if (token.value === undefined) values[token.name] = true;
      else problems.push({ field: token.rawName, problem: "takes no value" });
    } else if (texts.includes(token.name)) {
      if (token.value === undefined) problems.push({ field: token.rawName, problem: "needs a value" });
      else values[token.name] = token.value;
    } else {
      problems.push({ field: token.rawName, problem: "is not an option; see --help" });
    }
  }
  return { values, problems };
}
