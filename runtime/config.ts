import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { ConfigInvalid, type FieldProblem } from "../domain/errors.js";
import { loadEndpoints } from "./endpoints.js";

export interface TemporalTls {
  /** PEM texts. */
  clientCertPair?: { crt: Buffer; key: Buffer };
  serverRootCACertificate?: Buffer;
  serverNameOverride?: string;
}

/** Everything that Floe's processes take from their environment. */
export interface Config {
  databaseUrl: string;
  redisUrl: string;
  temporal: { address: string; namespace: string; apiKey?: string; tls?: TemporalTls | true };
  /** False: a process serves requests and runs no workers. */
  startWorkers: boolean;
  /** Slots of `sendBatch` per lane in one process. */
  queueConcurrency: number;
  rateLimitEnabled: boolean;
  /** Key of the HMAC in tracking links. */
  secret: string;
  /** Base of tracking links, without a slash at its end. */
  publicUrl: string;
  apiPort: number;
  /** 0: any free one. */
  metricsPort: number;
  /** IANA name. */
  timeZone: string;
  logLevel: LogLevel;
  shutdownGraceMs: number;
  batchHeartbeatMs: number;
  /** Wait before a send's first retry round, the later ones grow from it; absent: the rule of `domain/backoff`. */
  retryBaseMs?: number;
  /** Prebuilt workflow bundle; absent: bundled at start. */
  workflowBundle?: string;
}

export const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

/**
 * Reads and checks the environment. What is not set is taken from the local stack that runs on `FLOE_DATA` (default
 * `.floe`), if one does.
 * @throws ConfigInvalid with every mistake at once, by variable
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const local = loadEndpoints(dataFolder(env));
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ""),
  );
  const parsed = variables.safeParse({
    ...(local && {
      DATABASE_URL: local.databaseUrl,
      TEMPORAL_ADDRESS: local.temporalAddress,
      TEMPORAL_NAMESPACE: local.namespace,
      FLOE_SECRET: local.secret,
      PUBLIC_URL: local.publicUrl,
      ...(given.REDIS_HOST === undefined && { REDIS_URL: local.redisUrl }),
    }),
    ...given,
  });
  const files = readTlsFiles(given);
  const problems = [...(parsed.success ? [] : parsed.error.issues.map(toProblem)), ...files.problems];
  if (!parsed.success || problems.length > 0) throw new ConfigInvalid(problems);
  return toConfig(parsed.data, files.tls);
}

export type ClientConfig = Pick<Config, "databaseUrl" | "redisUrl" | "temporal" | "timeZone">;

/**
 * What the SDK and the command need; tracking links are not made there, so their secret and address may be missing.
 * @throws ConfigInvalid with every mistake at once, by variable
 */
export function loadClientConfig(env: NodeJS.ProcessEnv = process.env): ClientConfig {
  const { databaseUrl, redisUrl, temporal, timeZone } = loadConfig({
    FLOE_SECRET: "not needed by clients",
    PUBLIC_URL: "http://localhost",
    ...env,
  });
  return { databaseUrl, redisUrl, temporal, timeZone };
}

/** Folder that holds what a local stack keeps: `FLOE_DATA`, default `.floe`. Absolute. */
export function dataFolder(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(env.FLOE_DATA || ".floe");
}

/** A copy of the environment, for processes that are started with additions to it. */
export function environment(): NodeJS.ProcessEnv {
  return { ...process.env };
}

/** The configuration as it may be logged: no password, key or secret. */
export function redactedConfig(config: Config): Record<string, unknown> {
  const { address, namespace, apiKey, tls } = config.temporal;
  return {
    ...config,
    databaseUrl: withoutPassword(config.databaseUrl),
    redisUrl: withoutPassword(config.redisUrl),
    temporal: { address, namespace, apiKey: apiKey !== undefined, tls: tls !== undefined },
    secret: "***",
  };
}

const port = z.coerce
  .number<string>("must be a port number")
  .int()
  .min(0, "must be 0 to 65535")
  .max(65_535, "must be 0 to 65535");
const milliseconds = z.coerce
  .number<string>("must be a number of milliseconds")
  .int()
  .min(1_000, "must be at least 1000 ms");
const flag = z
  .enum(["true", "false", "1", "0"], "must be true or false")
  .transform((value) => value === "true" || value === "1");

function url(protocols: string[]): z.ZodType<string> {
  const list = protocols.map((protocol) => `${protocol}//`).join(" or ");
  return z
    .string(`is not set; it must start with ${list}`)
    .refine((value) => protocols.includes(parseUrl(value)?.protocol ?? ""), {
      error: `must be a URL that starts with ${list}`,
    });
}

const variables = z
  .object({
    DATABASE_URL: url(["postgres:", "postgresql:"]),
    REDIS_URL: url(["redis:", "rediss:"]).optional(),
    REDIS_HOST: z.string().optional(),
    REDIS_PORT: port.default(6379),
    REDIS_PASSWORD: z.string().optional(),
    REDIS_DB: z.coerce.number<string>("must be a number").int().min(0, "must not be negative").default(0),
    TEMPORAL_ADDRESS: z
      .string("is not set; it must be host:port of Temporal's gRPC service")
      .regex(/^[^/\s]+:\d+$/, "must be host:port, without a scheme"),
    TEMPORAL_NAMESPACE: z.string().default("default"),
    TEMPORAL_API_KEY: z.string().optional(),
    TEMPORAL_TLS: flag.optional(),
    TEMPORAL_TLS_SERVER_NAME: z.string().optional(),
    START_WORKERS: flag.default(true),
    QUEUE_CONCURRENCY: z.coerce
      .number<string>("must be a number")
      .int()
      .min(1, "must be 1 to 1000")
      .max(1_000, "must be 1 to 1000")
      .default(4),
    RATE_LIMIT_ENABLED: flag.default(true),
    FLOE_SECRET: z
      .string("is not set; it must be at least 16 random characters")
      .min(16, "must have at least 16 characters"),
    PUBLIC_URL: url(["http:", "https:"]),
    API_PORT: port.default(3000),
    METRICS_PORT: port.default(9464),
    TIME_ZONE: z
      .string()
      .refine(isTimeZone, "must be an IANA time zone such as Europe/Berlin")
      .default("UTC"),
    LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(", ")}`).default("info"),
    SHUTDOWN_GRACE_MS: milliseconds.default(30_000),
    BATCH_HEARTBEAT_MS: milliseconds.default(30_000),
    RETRY_BASE_MS: milliseconds.optional(),
    WORKFLOW_BUNDLE: z.string().refine(existsSync, "names a file that does not exist").optional(),
  })
  .superRefine((value, context) => {
    if (value.REDIS_URL === undefined && value.REDIS_HOST === undefined) {
      context.addIssue({ code: "custom", path: ["REDIS_URL"], message: "is not set, nor is REDIS_HOST" });
    }
  });

function toConfig(value: z.infer<typeof variables>, files: TemporalTls | undefined): Config {
  const named = value.TEMPORAL_TLS_SERVER_NAME;
  const tls =
    files ??
    (named !== undefined ? {} : (value.TEMPORAL_TLS ?? value.TEMPORAL_API_KEY !== undefined) || undefined);
  return {
    databaseUrl: value.DATABASE_URL,
    redisUrl: value.REDIS_URL ?? redisUrl(value),
    temporal: {
      address: value.TEMPORAL_ADDRESS,
      namespace: value.TEMPORAL_NAMESPACE,
      ...(value.TEMPORAL_API_KEY !== undefined && { apiKey: value.TEMPORAL_API_KEY }),
      ...(tls !== undefined && {
        tls: named !== undefined && tls !== true ? { ...tls, serverNameOverride: named } : tls,
      }),
    },
    startWorkers: value.START_WORKERS,
    queueConcurrency: value.QUEUE_CONCURRENCY,
    rateLimitEnabled: value.RATE_LIMIT_ENABLED,
    secret: value.FLOE_SECRET,
    publicUrl: value.PUBLIC_URL.replace(/\/+$/, ""),
    apiPort: value.API_PORT,
    metricsPort: value.METRICS_PORT,
    timeZone: value.TIME_ZONE,
    logLevel: value.LOG_LEVEL,
    shutdownGraceMs: value.SHUTDOWN_GRACE_MS,
    batchHeartbeatMs: value.BATCH_HEARTBEAT_MS,
    ...(value.RETRY_BASE_MS !== undefined && { retryBaseMs: value.RETRY_BASE_MS }),
    ...(value.WORKFLOW_BUNDLE !== undefined && { workflowBundle: value.WORKFLOW_BUNDLE }),
  };
}

function redisUrl(value: z.infer<typeof variables>): string {
  const password = value.REDIS_PASSWORD === undefined ? "" : `:${encodeURIComponent(value.REDIS_PASSWORD)}@`;
  return `redis://${password}${value.REDIS_HOST ?? ""}:${value.REDIS_PORT}/${value.REDIS_DB}`;
}

/** `TEMPORAL_TLS_CERT`, `_KEY` and `_SERVER_CA` name PEM files; certificate and key come together. */
function readTlsFiles(env: NodeJS.ProcessEnv): { tls: TemporalTls | undefined; problems: FieldProblem[] } {
  const problems: FieldProblem[] = [];
  const read = (field: string): Buffer | undefined => {
    const file = env[field];
    if (file === undefined) return undefined;
    try {
      return readFileSync(file);
    } catch {
      problems.push({ field, problem: "names a file that cannot be read" });
      return undefined;
    }
  };
  const crt = read("TEMPORAL_TLS_CERT");
  const key = read("TEMPORAL_TLS_KEY");
  const ca = read("TEMPORAL_TLS_SERVER_CA");
  if ((env.TEMPORAL_TLS_CERT === undefined) !== (env.TEMPORAL_TLS_KEY === undefined)) {
    const field = env.TEMPORAL_TLS_CERT === undefined ? "TEMPORAL_TLS_CERT" : "TEMPORAL_TLS_KEY";
    problems.push({ field, problem: "is not set; certificate and key come together" });
  }
  if (!crt && !ca) return { tls: undefined, problems };
  return {
    problems,
    tls: { ...(crt && key && { clientCertPair: { crt, key } }), ...(ca && { serverRootCACertificate: ca }) },
  };
}

function toProblem(issue: z.core.$ZodIssue): FieldProblem {
  return { field: issue.path.join("."), problem: issue.message };
}

function parseUrl(value: string): URL | null {
  return URL.canParse(value) ? new URL(value) : null;
}

function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: value });
    return true;
  } catch {
    return false;
  }
}

function withoutPassword(value: string): string {
  const parsed = parseUrl(value);
  if (!parsed) return "***";
  if (parsed.password !== "") parsed.password = "***";
  return parsed.toString();
}
