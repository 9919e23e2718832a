import { accessSync, constants, existsSync } from "node:fs";
import { isIP } from "node:net";
import { z } from "zod";
import { parseImapUrl } from "../domain/imap-mailbox.js";
import { parseBlacklists } from "../domain/blacklists.js";
import { parseMailboxProviderLimits } from "../domain/mailbox-provider.js";
import { parseRateLimits } from "../domain/rate-limits.js";
import { parseRetention } from "../domain/retention.js";
import { defaultSoftBounces } from "../domain/soft-bounces.js";
import { parseWebhookPorts } from "../domain/webhook-url.js";
import { parseEncryptionKeys } from "./encryption-keys.js";
import { isIssuer, parseNewUsers } from "./oidc-config.js";
import { tracingVariables } from "./tracing-config.js";
import { alertVariables } from "./alert-settings.js";
import { callbackVariables } from "./callback-settings.js";
import { notifyVariables } from "./notify-config.js";

export const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

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

/** A variable with a notation of its own; absent, it is parsed as if it were empty. */
function parsedBy<T extends object>(parse: (text: string) => T | { problem: string }) {
  return z
    .string()
    .default("")
    .transform((text, context): T => {
      const parsed = parse(text);
      if (!("problem" in parsed)) return parsed;
      context.addIssue({ code: "custom", message: parsed.problem });
      return z.NEVER;
    });
}

export const defaultImportMaxBytes = 5_000_000_000;

/** Every variable, with what is wrong with it in words. Redis is one of two, which the caller checks. */
export const variables = z.object({
  DATABASE_URL: url(["postgres:", "postgresql:"]).superRefine((text, context) => {
    for (const message of problemsOfDatabaseTls(text)) context.addIssue({ code: "custom", message });
  }),
  REDIS_URL: url(["redis:", "rediss:"]).optional(),
  REDIS_HOST: z.string().optional(),
  REDIS_PORT: port.default(6379),
  REDIS_PASSWORD: z.string().optional(),
  REDIS_TLS: flag.optional(),
  REDIS_TLS_SERVER_NAME: z.string().optional(),
  REDIS_DB: z.coerce.number<string>("must be a number").int().min(0, "must not be negative").default(0),
  TEMPORAL_ADDRESS: z
    .string("is not set; it must be host:port of Temporal's gRPC service")
    .regex(/^[^/\s]+:\d+$/, "must be host:port, without a scheme"),
  TEMPORAL_NAMESPACE: z.string().default("default"),
  TEMPORAL_API_KEY: z.string().optional(),
  TEMPORAL_PAYLOAD_KEYS: parsedBy(parseEncryptionKeys),
  TEMPORAL_UI_URL: url(["http:", "https:"]).optional(),
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
  REPUTATION_GATES_ENABLED: flag.default(true),
  RATE_LIMITS: parsedBy(parseRateLimits),
  FLOE_SECRET: z
    .string("is not set; it must be at least 16 random characters")
    .min(16, "must have at least 16 characters"),
  FLOE_ENCRYPTION_KEYS: parsedBy(parseEncryptionKeys),
  PUBLIC_URL: url(["http:", "https:"]),
  API_PORT: port.default(8080),
  API_TOKEN: z
    .string()
    .regex(/^\S+$/, "must not contain blanks")
    .min(16, "must have at least 16 characters")
    .optional(),
  LIVE_ORIGINS: z
    .string()
    .default("")
    .transform((text) => text.split(",").flatMap((part) => part.trim() || []))
    .refine((origins) => origins.every((origin) => parseUrl(origin)?.origin === origin), {
      error: "must be origins of web pages, such as https://app.example.com, with commas between",
    }),
  CODEC_ORIGIN: url(["http:", "https:"])
    .refine(
      (text) => parseUrl(text)?.origin === text,
      "must be scheme, host and port only, such as https://temporal.example.com",
    )
    .optional(),
  TRUSTED_PROXIES: z.coerce
    .number<string>("must be a number of proxies")
    .int()
    .min(0, "must be 0 to 10")
    .max(10, "must be 0 to 10")
    .default(0),
  OIDC_ISSUER: z
    .string()
    .refine((text) => text === "" || isIssuer(text), "must be an https:// URL, or http:// on this machine")
    .optional(),
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_CLIENT_SECRET: z.string().optional(),
  OIDC_CREATE_USERS: z
    .string()
    .transform((text, context) => {
      if (text === "") return undefined;
      const parsed = parseNewUsers(text);
      if (!("problem" in parsed)) return parsed;
      context.addIssue({ code: "custom", message: parsed.problem });
      return z.NEVER;
    })
    .optional(),
  METRICS_PORT: port.default(0),
  TEMPORAL_METRICS_PORT: port.min(1, "must be 1 to 65535").optional(),
  INBOUND_SMTP_PORT: port.optional(),
  INBOUND_DOMAIN: z
    .string()
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i, "must be a domain such as bounce.example.com")
    .optional(),
  INBOUND_IMAP_URL: z
    .string()
    .transform((text, context) => {
      const mailbox = parseImapUrl(text);
      if (!("problem" in mailbox)) return mailbox;
      context.addIssue({ code: "custom", message: mailbox.problem });
      return z.NEVER;
    })
    .optional(),
  SOFT_BOUNCE_LIMIT: z.coerce
    .number<string>("must be a number")
    .int()
    .min(0, "must be 0 (never) to 100")
    .max(100, "must be 0 (never) to 100")
    .default(defaultSoftBounces.limit),
  SOFT_BOUNCE_DAYS: z.coerce
    .number<string>("must be a number of days")
    .int()
    .min(1, "must be 1 to 365")
    .max(365, "must be 1 to 365")
    .default(defaultSoftBounces.days),
  ...callbackVariables,
  ...alertVariables,
  ...notifyVariables,
  TIME_ZONE: z.string().refine(isTimeZone, "must be an IANA time zone such as Europe/Berlin").default("UTC"),
  LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(", ")}`).default("info"),
  SHUTDOWN_GRACE_MS: milliseconds.default(30_000),
  BATCH_HEARTBEAT_MS: milliseconds.default(30_000),
  SMTP_TRANSPORT: z.enum(["pipelined", "nodemailer"], "must be pipelined or nodemailer").default("pipelined"),
  DNS_SERVERS: z
    .string()
    .default("")
    .transform((text) =>
      text
        .split(",")
        .map((server) => server.trim())
        .filter((server) => server !== ""),
    )
    .refine(
      (servers) => servers.every(isNameServer),
      "must be IP addresses with or without a port, divided by commas",
    ),
  BLACKLISTS: z
    .string()
    .default("")
    .transform((text, context) => {
      const lists = parseBlacklists(text);
      if (!("problem" in lists)) return lists;
      context.addIssue({ code: "custom", message: lists.problem });
      return z.NEVER;
    }),
  BLACKLIST_QUERIES_PER_SECOND: z.coerce
    .number<string>("must be a number of questions")
    .positive("must be above zero")
    .max(1_000, "must be at most 1000")
    .default(20),
  WARMUP_ENGAGEMENT: flag.default(false),
  MX_ROLLUP: z.enum(["on", "off"], "must be on or off").default("on"),
  MAILBOX_PROVIDER_LIMITS: parsedBy(parseMailboxProviderLimits),
  IMPORT_MAX_BYTES: z.coerce
    .number<string>("must be a number of bytes")
    .int()
    .min(1_024, "must be at least 1024")
    .default(defaultImportMaxBytes),
  S3_ENDPOINT: url(["http:", "https:"]).optional(),
  S3_REGION: z.string().default("us-east-1"),
  S3_ACCESS_KEY_ID: z.string().optional(),
  S3_SECRET_ACCESS_KEY: z.string().optional(),
  S3_FORCE_PATH_STYLE: flag.optional(),
  RETRY_BASE_MS: milliseconds.optional(),
  APPLY_SCHEDULES: flag.default(true),
  RETENTION: parsedBy(parseRetention),
  WEBHOOK_PORTS: z
    .string()
    .default("80,443,1024-65535")
    .transform((text, context) => {
      const ports = parseWebhookPorts(text);
      if (!("problem" in ports)) return ports;
      context.addIssue({ code: "custom", message: ports.problem });
      return z.NEVER;
    }),
  WEBHOOK_REGION: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "must be lower-case letters, digits and -")
    .optional(),
  WORKFLOW_BUNDLE: z.string().refine(existsSync, "names a file that does not exist").optional(),
  ...tracingVariables,
});

/** `192.0.2.53`, `192.0.2.53:5353`, `[2001:db8::53]:53`, as `dns.setServers` takes them. */
function isNameServer(text: string): boolean {
  const [, six, four] = /^(?:\[([^\]]+)\](?::\d{1,5})?|([\d.]+)(?::\d{1,5})?)$/.exec(text) ?? [];
  return isIP(six ?? four ?? text) !== 0;
}

export function parseUrl(value: string): URL | null {
  return URL.canParse(value) ? new URL(value) : null;
}

/** node-postgres takes a mode that it does not know for none, and says nothing of files before it first connects. */
function problemsOfDatabaseTls(text: string): string[] {
  const asked = parseUrl(text)?.searchParams;
  const mode = asked?.get("sslmode");
  const unknown = mode && !sslModes.includes(mode) ? [`sslmode must be one of ${sslModes.join(", ")}`] : [];
  const unreadable = ["sslrootcert", "sslcert", "sslkey"].filter((name) => {
    const file = asked?.get(name);
    return file && !isReadable(file);
  });
  return [...unknown, ...unreadable.map((name) => `${name} names a file that cannot be read`)];
}

const sslModes = ["disable", "prefer", "require", "verify-ca", "verify-full", "no-verify"];

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: value });
    return true;
  } catch {
    return false;
  }
}
