import type { EncryptionKey } from "../domain/encryption-key.js";
import { ConfigInvalid } from "../domain/errors.js";
import type { WorkflowClientInterceptor } from "@temporalio/client";
import { defaultRateLimits, type RateLimitTable } from "../domain/rate-limits.js";
import { defaultSoftBounces, type SoftBouncePolicy } from "../domain/soft-bounces.js";
import { parseEncryptionKeys } from "../runtime/encryption-keys.js";
import { defaultImportMaxBytes } from "../runtime/environment.js";
import { defaultWebhookPorts } from "../domain/webhook-url.js";
import {
  dataFolder,
  loadClientConfig,
  type ClientConfig,
  type RedisTls,
  type S3Access,
  type TemporalTls,
} from "../runtime/config.js";

export interface ConnectOptions {
  databaseUrl?: string;
  redisUrl?: string;
  /** Of `rediss://`; default: what the system trusts. */
  redisTls?: RedisTls;
  /** `host:port` of Temporal's gRPC service. */
  temporalAddress?: string;
  namespace?: string;
  apiKey?: string;
  tls?: TemporalTls | true;
  /** IANA name: where the days of daily limits begin. Must be the workers' own. */
  timeZone?: string;
  /** False: rate limits of requests allow everything. Default: true. */
  rateLimitEnabled?: boolean;
  /** Figures of those limits; must be the same everywhere. Default: `RATE_LIMITS`, or else Floe's own. */
  rateLimits?: RateLimitTable;
  /** Absolute; where workers keep exports: to fetch them from here, if it is the same machine or a shared disk. */
  dataFolder?: string;
  /** Of an upload at most; default 5 GB. */
  importMaxBytes?: number;
  /** When mail that comes back again and again suppresses; must be the workers' own. Default: `SOFT_BOUNCE_*`, or else Floe's. */
  softBounces?: SoftBouncePolicy;
  /** True: mailboxes may be added to the warmup pool; must be the workers' own. Default: `WARMUP_ENGAGEMENT`, or else false. */
  warmupEngagement?: boolean;
  /** To fetch exports from `s3://` here. */
  s3?: S3Access;
  /** Both needed to sign links to downloads: the workers' `FLOE_SECRET` and `PUBLIC_URL`. */
  secret?: string;
  publicUrl?: string;
  /** As in `FLOE_ENCRYPTION_KEYS`: to save passwords of nodes, secrets of webhooks and DKIM keys. */
  encryptionKeys?: string;
  /** As in `TEMPORAL_PAYLOAD_KEYS`; must be the workers' own. */
  payloadKeys?: string;
  /** Of the client that starts workflows, such as `OpenTelemetryWorkflowClientInterceptor`: your traces go on in them. */
  interceptors?: readonly WorkflowClientInterceptor[];
}

export type ResolvedConfig = Omit<ClientConfig, "redisUrl"> & { redisUrl: string | undefined };

/**
 * What `options` leave out is taken from the environment, and what that leaves out from the local stack.
 * @throws ConfigInvalid naming what is missing
 */
export function resolveConfig(options: ConnectOptions): ResolvedConfig {
  const { databaseUrl, temporalAddress, redisUrl, namespace, apiKey, tls, timeZone, rateLimitEnabled } =
    options;
  const { s3, secret, publicUrl } = options;
  const { redisTls } = options;
  const given = {
    ...(s3 && { s3 }),
    ...(redisTls && { redisTls }),
    ...(secret && { secret }),
    ...(publicUrl && { publicUrl }),
  };
  // Told where everything is, the environment has no say: not even to be wrong.
  if (databaseUrl !== undefined && temporalAddress !== undefined) {
    return {
      databaseUrl,
      redisUrl,
      timeZone: timeZone ?? "UTC",
      rateLimitEnabled: rateLimitEnabled ?? true,
      rateLimits: options.rateLimits ?? defaultRateLimits,
      dataFolder: options.dataFolder ?? dataFolder({}),
      importMaxBytes: options.importMaxBytes ?? defaultImportMaxBytes,
      webhookPorts: defaultWebhookPorts,
      softBounces: options.softBounces ?? defaultSoftBounces,
      encryptionKeys: keysOf("encryptionKeys", options.encryptionKeys),
      warmupEngagement: options.warmupEngagement ?? false,
      ...given,
      temporal: {
        address: temporalAddress,
        namespace: namespace ?? "default",
        payloadKeys: keysOf("payloadKeys", options.payloadKeys),
        ...(apiKey !== undefined && { apiKey }),
        ...(tls !== undefined && { tls }),
      },
    };
  }
  const found = loadClientConfig();
  return {
    ...found,
    ...given,
    databaseUrl: databaseUrl ?? found.databaseUrl,
    redisUrl: redisUrl ?? found.redisUrl,
    timeZone: timeZone ?? found.timeZone,
    rateLimitEnabled: rateLimitEnabled ?? found.rateLimitEnabled,
    rateLimits: options.rateLimits ?? found.rateLimits,
    dataFolder: options.dataFolder ?? found.dataFolder,
    encryptionKeys: options.encryptionKeys
      ? keysOf("encryptionKeys", options.encryptionKeys)
      : found.encryptionKeys,
    importMaxBytes: options.importMaxBytes ?? found.importMaxBytes,
    softBounces: options.softBounces ?? found.softBounces,
    warmupEngagement: options.warmupEngagement ?? found.warmupEngagement ?? false,
    temporal: {
      ...found.temporal,
      ...(temporalAddress !== undefined && { address: temporalAddress }),
      ...(namespace !== undefined && { namespace }),
      ...(options.payloadKeys && { payloadKeys: keysOf("payloadKeys", options.payloadKeys) }),
      ...(apiKey !== undefined && { apiKey }),
      ...(tls !== undefined && { tls }),
    },
  };
}

function keysOf(field: "encryptionKeys" | "payloadKeys", text = ""): EncryptionKey[] {
  const keys = parseEncryptionKeys(text);
  if ("problem" in keys) throw new ConfigInvalid([{ field, problem: keys.problem }]);
  return keys;
}
