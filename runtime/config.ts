import { resolve } from "node:path";
import type { z } from "zod";
import type { BusinessHours } from "../domain/business-hours.js";
import type { EncryptionKey } from "../domain/encryption-key.js";
import { ConfigInvalid, type FieldProblem } from "../domain/errors.js";
import type { ImapMailbox } from "../domain/imap-mailbox.js";
import type { Blacklist } from "../domain/blacklists.js";
import type { MailboxProviderLimits } from "../domain/mailbox-provider.js";
import type { RateLimitTable } from "../domain/rate-limits.js";
import type { Retention } from "../domain/retention.js";
import type { PortRange } from "../domain/webhook-url.js";
import type { SoftBouncePolicy } from "../domain/soft-bounces.js";
import { findAlertProblems, toAlertSettings, type AlertSettings } from "./alert-settings.js";
import { findCallbackProblems, toCallbackSettings, type CallbackSettings } from "./callback-settings.js";
import { loadEndpoints } from "./endpoints.js";
import { logLevels, parseUrl, variables, type LogLevel } from "./environment.js";
import { findNotifyProblems, toNotifyConfig, type NotifyConfig } from "./notify-config.js";
import { findOidcProblems, toOidcConfig, type OidcConfig } from "./oidc-config.js";
import { readPemFiles, type PemFiles, type RedisTls, type TemporalTls } from "./pem-files.js";
import { tracingOf, type TracingConfig } from "./tracing-config.js";

export { logLevels, type LogLevel, type RedisTls, type TemporalTls };

/** Of Amazon's S3, or of a server that speaks its protocol. */
export interface S3Access {
  endpoint?: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  forcePathStyle: boolean;
}

export interface TemporalAccess {
  address: string;
  namespace: string;
  apiKey?: string;
  tls?: TemporalTls | true;
  /** Of payloads in histories: the first seals, all open. Empty or absent: they are written as they are. */
  payloadKeys?: readonly EncryptionKey[];
  /** Of the Web UI, for links to it. */
  uiUrl?: string;
}

/** Everything that Floe's processes take from their environment. */
export interface Config {
  databaseUrl: string;
  redisUrl: string;
  /** Of `rediss://`; absent: what the system trusts. */
  redisTls?: RedisTls;
  temporal: TemporalAccess;
  /** False: a process serves requests and runs no workers. */
  startWorkers: boolean;
  /** Slots of `sendBatch` per lane in one process. */
  queueConcurrency: number;
  rateLimitEnabled: boolean;
  /** False: gates of reputation are judged and told, and hold nothing. Absent: true. */
  reputationGatesEnabled?: boolean;
  /** Of requests. */
  rateLimits: RateLimitTable;
  /** Key of the HMAC in tracking links. */
  secret: string;
  /** Of secrets in Postgres: the first seals, all open. Empty: none can be written. */
  encryptionKeys: readonly EncryptionKey[];
  /** Base of tracking links, without a slash at its end. */
  publicUrl: string;
  /** Of web pages that may connect for live updates, besides the API's own. */
  liveOrigins?: readonly string[];
  apiPort: number;
  /** Bearer token of requests that send mail over HTTP; absent: none is answered. */
  apiToken?: string;
  /** Of the Web UI that may ask for payloads decoded; absent: nobody may. */
  codecOrigin?: string;
  /** 0: any free one. */
  metricsPort: number;
  /** Of the metrics of Temporal's SDK in a worker; absent: they are not shown. */
  temporalMetricsPort?: number;
  /** Of the listener that takes in bounces; absent: none listens here. */
  inboundSmtpPort?: number;
  /** Whose mail is taken in here, by listener or mailbox: List-Unsubscribe names an address in it; absent: none. */
  inboundDomain?: string;
  /** That is polled for what comes back; absent: none is, here. */
  inboundMailbox?: ImapMailbox;
  softBounces: SoftBouncePolicy;
  /** Of providers that tell what became of messages; absent: none is taken. */
  callbacks?: CallbackSettings;
  /** Of urgent alerts; absent: they stand in the log alone. */
  alerting?: AlertSettings;
  /** IANA name. */
  timeZone: string;
  logLevel: LogLevel;
  shutdownGraceMs: number;
  batchHeartbeatMs: number;
  smtpTransport: "pipelined" | "nodemailer";
  mailboxProviderLimits: MailboxProviderLimits;
  /** Domains that a mailbox provider hosts count as its own, by their MX records. */
  mxRollup: boolean;
  /** `address:port` of who is asked about blacklists, domains and endpoints of webhooks; absent or empty: the machine's own. */
  dnsServers?: readonly string[];
  /** Absent: Floe's own choice. Empty: none is asked. */
  blacklists?: readonly Blacklist[];
  /** Absent: 20. */
  blacklistQueriesPerSecond?: number;
  /** True: mailboxes that opted in may write to each other and react while they warm up. Absent: they may not. */
  warmupEngagement?: boolean;
  /** When they write, on the clocks of `timeZone`; absent: working hours. */
  warmupHours?: BusinessHours;
  /** True: an orchestrator creates and updates the schedules of recurring work when it starts. */
  applySchedules: boolean;
  retention: Retention;
  /** Absolute. */
  dataFolder: string;
  /** Of a file that is imported, uploaded or unpacked. */
  importMaxBytes: number;
  /** Absent: `s3://` URLs are refused. */
  s3?: S3Access;
  /** Wait before a send's first retry round, the later ones grow from it; absent: the rule of `domain/backoff`. */
  retryBaseMs?: number;
  /** Ports that webhooks may be posted to. */
  webhookPorts: readonly PortRange[];
  /** This process also posts to endpoints of this region. */
  webhookRegion?: string;
  /** Prebuilt workflow bundle; absent: bundled at start. */
  workflowBundle?: string;
  /** In front of the API, each of which adds an address to X-Forwarded-For; absent: none. */
  trustedProxies?: number;
  /** Absent: people sign in by password alone. */
  oidc?: OidcConfig;
  /** Absent: people are told in the inbox alone. */
  notify?: NotifyConfig;
  /** Absent: nothing is traced. */
  tracing?: TracingConfig;
}

/**
 * Reads and checks the environment. What is not set is taken from the local stack that runs on `FLOE_DATA` (default
 * `.floe`), if one does.
 * @throws ConfigInvalid with every mistake at once, by variable
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  return readConfig(env, {});
}

/** @param fallback variables that neither the environment nor a local stack need to have */
function readConfig(env: NodeJS.ProcessEnv, fallback: Record<string, string>): Config {
  const local = loadEndpoints(dataFolder(env));
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ""),
  );
  const parsed = variables.safeParse({
    ...fallback,
    ...(local && {
      DATABASE_URL: local.databaseUrl,
      TEMPORAL_ADDRESS: local.temporalAddress,
      TEMPORAL_NAMESPACE: local.namespace,
      TEMPORAL_PAYLOAD_KEYS: local.payloadKeys,
      ...(local.temporalUiUrl !== null && { TEMPORAL_UI_URL: local.temporalUiUrl }),
      FLOE_SECRET: local.secret,
      FLOE_ENCRYPTION_KEYS: local.encryptionKeys,
      PUBLIC_URL: local.publicUrl,
      ...(given.REDIS_HOST === undefined && { REDIS_URL: local.redisUrl }),
    }),
    ...given,
  });
  const files = readPemFiles(given);
  const problems = [
    ...(parsed.success ? [] : parsed.error.issues.map(toProblem)),
    ...files.problems,
    ...findCallbackProblems(given),
    ...findAlertProblems(given),
    ...findNotifyProblems(given),
    ...findOidcProblems(given),
  ];
  if (!local && given.REDIS_URL === undefined && given.REDIS_HOST === undefined) {
    problems.push({ field: "REDIS_URL", problem: "is not set, nor is REDIS_HOST" });
  }
  if (parseUrl(given.REDIS_URL ?? "")?.protocol === "redis:" && redisTlsNames.some((name) => given[name])) {
    problems.push({ field: "REDIS_URL", problem: "must start with rediss:// where REDIS_TLS_* is set" });
  }
  if ((given.S3_ACCESS_KEY_ID === undefined) !== (given.S3_SECRET_ACCESS_KEY === undefined)) {
    const field = given.S3_ACCESS_KEY_ID === undefined ? "S3_ACCESS_KEY_ID" : "S3_SECRET_ACCESS_KEY";
    problems.push({ field, problem: "is not set; the key's id and the key come together" });
  }
  if (!parsed.success || problems.length > 0) throw new ConfigInvalid(problems);
  return { ...toConfig(parsed.data, files), dataFolder: dataFolder(env) };
}

const redisTlsNames = ["REDIS_TLS_CA", "REDIS_TLS_CERT", "REDIS_TLS_SERVER_NAME"];

export type ClientConfig = Pick<
  Config,
  | "databaseUrl"
  | "redisUrl"
  | "redisTls"
  | "temporal"
  | "timeZone"
  | "encryptionKeys"
  | "rateLimitEnabled"
  | "reputationGatesEnabled"
  | "rateLimits"
  | "dataFolder"
  | "s3"
  | "importMaxBytes"
  | "webhookPorts"
  | "softBounces"
  | "notify"
  | "dnsServers"
  | "warmupEngagement"
> & {
  /** Absent: links cannot be signed here. */
  secret?: string;
  publicUrl?: string;
};

const notGiven = { FLOE_SECRET: "not given to this client", PUBLIC_URL: "http://not-given.invalid" };

/**
 * What the SDK and the command need; links are seldom made there, so their secret and address may be missing.
 * @throws ConfigInvalid with every mistake at once, by variable
 */
export function loadClientConfig(env: NodeJS.ProcessEnv = process.env): ClientConfig {
  const config = readConfig(env, notGiven);
  const { databaseUrl, redisUrl, temporal, timeZone, rateLimitEnabled, rateLimits } = config;
  const { dataFolder, importMaxBytes, s3 } = config;
  return {
    ...{
      databaseUrl,
      redisUrl,
      temporal,
      timeZone,
      rateLimitEnabled,
      rateLimits,
      dataFolder,
      importMaxBytes,
    },
    webhookPorts: config.webhookPorts,
    softBounces: config.softBounces,
    reputationGatesEnabled: config.reputationGatesEnabled !== false,
    encryptionKeys: config.encryptionKeys,
    warmupEngagement: config.warmupEngagement ?? false,
    ...(config.notify && { notify: config.notify }),
    ...(s3 && { s3 }),
    ...(config.dnsServers && { dnsServers: config.dnsServers }),
    ...(config.redisTls && { redisTls: config.redisTls }),
    ...(config.secret !== notGiven.FLOE_SECRET && { secret: config.secret }),
    ...(config.publicUrl !== notGiven.PUBLIC_URL && { publicUrl: config.publicUrl }),
  };
}

/** Folder that holds what a local stack keeps: `FLOE_DATA`, default `.floe`. Absolute. */
export function dataFolder(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(env.FLOE_DATA || ".floe");
}

/** A copy of the environment, for processes that are started with additions to it. */
export function environment(): NodeJS.ProcessEnv {
  return { ...process.env };
}

function toConfig(value: z.infer<typeof variables>, files: PemFiles): Omit<Config, "dataFolder"> {
  const named = value.TEMPORAL_TLS_SERVER_NAME;
  const tracing = tracingOf(value);
  const oidc = toOidcConfig(value);
  const redisTls = redisTlsOf(value, files);
  const tls =
    files.tls ??
    (named !== undefined ? {} : (value.TEMPORAL_TLS ?? value.TEMPORAL_API_KEY !== undefined) || undefined);
  return {
    databaseUrl: value.DATABASE_URL,
    redisUrl: value.REDIS_URL ?? redisUrl(value, redisTls !== undefined),
    ...(redisTls && { redisTls }),
    temporal: {
      address: value.TEMPORAL_ADDRESS,
      namespace: value.TEMPORAL_NAMESPACE,
      payloadKeys: value.TEMPORAL_PAYLOAD_KEYS,
      ...(value.TEMPORAL_API_KEY !== undefined && { apiKey: value.TEMPORAL_API_KEY }),
      ...(value.TEMPORAL_UI_URL !== undefined && { uiUrl: value.TEMPORAL_UI_URL }),
      ...(tls !== undefined && {
        tls: named !== undefined && tls !== true ? { ...tls, serverNameOverride: named } : tls,
      }),
    },
    startWorkers: value.START_WORKERS,
    queueConcurrency: value.QUEUE_CONCURRENCY,
    rateLimitEnabled: value.RATE_LIMIT_ENABLED,
    reputationGatesEnabled: value.REPUTATION_GATES_ENABLED,
    rateLimits: value.RATE_LIMITS,
    secret: value.FLOE_SECRET,
    encryptionKeys: value.FLOE_ENCRYPTION_KEYS,
    publicUrl: value.PUBLIC_URL.replace(/\/+$/, ""),
    liveOrigins: value.LIVE_ORIGINS,
    apiPort: value.API_PORT,
    metricsPort: value.METRICS_PORT,
    timeZone: value.TIME_ZONE,
    logLevel: value.LOG_LEVEL,
    shutdownGraceMs: value.SHUTDOWN_GRACE_MS,
    batchHeartbeatMs: value.BATCH_HEARTBEAT_MS,
    smtpTransport: value.SMTP_TRANSPORT,
    dnsServers: value.DNS_SERVERS,
    blacklists: value.BLACKLISTS,
    blacklistQueriesPerSecond: value.BLACKLIST_QUERIES_PER_SECOND,
    mailboxProviderLimits: value.MAILBOX_PROVIDER_LIMITS,
    warmupEngagement: value.WARMUP_ENGAGEMENT,
    mxRollup: value.MX_ROLLUP === "on",
    applySchedules: value.APPLY_SCHEDULES,
    retention: value.RETENTION,
    importMaxBytes: value.IMPORT_MAX_BYTES,
    webhookPorts: value.WEBHOOK_PORTS,
    softBounces: { limit: value.SOFT_BOUNCE_LIMIT, days: value.SOFT_BOUNCE_DAYS },
    ...(value.WEBHOOK_REGION !== undefined && { webhookRegion: value.WEBHOOK_REGION }),
    ...s3Access(value),
    callbacks: toCallbackSettings(value),
    alerting: toAlertSettings(value),
    notify: toNotifyConfig(value),
    trustedProxies: value.TRUSTED_PROXIES,
    ...(oidc && { oidc }),
    ...(value.INBOUND_SMTP_PORT !== undefined && { inboundSmtpPort: value.INBOUND_SMTP_PORT }),
    ...(value.INBOUND_DOMAIN !== undefined && { inboundDomain: value.INBOUND_DOMAIN }),
    ...(value.INBOUND_IMAP_URL && {
      inboundMailbox: { ...value.INBOUND_IMAP_URL, ...(files.imapCa && { ca: files.imapCa }) },
    }),
    ...(value.CODEC_ORIGIN !== undefined && { codecOrigin: value.CODEC_ORIGIN }),
    ...(value.API_TOKEN !== undefined && { apiToken: value.API_TOKEN }),
    ...(value.RETRY_BASE_MS !== undefined && { retryBaseMs: value.RETRY_BASE_MS }),
    ...(value.WORKFLOW_BUNDLE !== undefined && { workflowBundle: value.WORKFLOW_BUNDLE }),
    ...(tracing && { tracing }),
    ...(value.TEMPORAL_METRICS_PORT !== undefined && { temporalMetricsPort: value.TEMPORAL_METRICS_PORT }),
  };
}

function s3Access(value: z.infer<typeof variables>): { s3?: S3Access } {
  const {
    S3_ENDPOINT: endpoint,
    S3_ACCESS_KEY_ID: accessKeyId,
    S3_SECRET_ACCESS_KEY: secretAccessKey,
  } = value;
  if (accessKeyId === undefined || secretAccessKey === undefined) return {};
  // A server with a name of its own has no name for each bucket, mostly.
  const forcePathStyle = value.S3_FORCE_PATH_STYLE ?? endpoint !== undefined;
  const access = { region: value.S3_REGION, accessKeyId, secretAccessKey, forcePathStyle };
  return { s3: endpoint === undefined ? access : { ...access, endpoint } };
}

function redisTlsOf(
  { REDIS_TLS_SERVER_NAME: servername }: z.infer<typeof variables>,
  { redisTls }: PemFiles,
): RedisTls | undefined {
  return servername === undefined ? redisTls : { ...redisTls, servername };
}

function redisUrl(value: z.infer<typeof variables>, named: boolean): string {
  const protocol = (value.REDIS_TLS ?? named) ? "rediss" : "redis";
  const password = value.REDIS_PASSWORD === undefined ? "" : `:${encodeURIComponent(value.REDIS_PASSWORD)}@`;
  return `${protocol}://${password}${value.REDIS_HOST ?? ""}:${value.REDIS_PORT}/${value.REDIS_DB}`;
}

function toProblem(issue: z.core.$ZodIssue): FieldProblem {
  return { field: issue.path.join("."), problem: issue.message };
}
