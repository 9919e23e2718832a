import type { AddressInfo } from "node:net";
import type { Logger } from "pino";
import { assembleFloe } from "../client/assemble.js";
import { createDownloadLinks } from "../client/download-links.js";
import { createPayloadCodec } from "../client/payload-codec.js";
import { createRedisConnection } from "../client/redis-connection.js";
import { createTemporalClient } from "../client/temporal.js";
import { recordAlerts } from "../db/alert-recording.js";
import { listOpenWatched, loadLookedAgoMs, loadPartRule } from "../db/alert-standing.js";
import { createApiKeyStore } from "../db/api-keys.js";
import { createAuditLog } from "../db/audit-log.js";
import { createEditLocks } from "../db/edit-locks.js";
import { createAnswerStore } from "../db/kept-answers.js";
import { createSealer } from "../db/sealed.js";
import { createTenantPool } from "../db/tenant-pool.js";
import { createEventStore } from "../db/events.js";
import { createPool } from "../db/pool.js";
import { createProviderReportStore } from "../db/provider-reports.js";
import { createCallbacks, findRecipient } from "../mail/callbacks/callbacks.js";
import { createSnsDocuments, type SnsDocuments } from "../mail/callbacks/sns-documents.js";
import { createReturnPaths } from "../mail/return-path.js";
import { createTokens } from "../mail/tracking-token.js";
import type { ClientConfig, Config } from "../runtime/config.js";
import type { Tracing } from "../runtime/tracing.js";
import { dashboardFolder } from "../runtime/dashboard/folder.js";
import { createObjectStore } from "../storage/object-store.js";
import { createRateLimiter } from "../throttle/rate-limiter.js";
import { createApp } from "./app.js";
import { createAuthentication } from "./authenticate.js";
import { listen } from "./listen.js";
import { createLive } from "./live/live.js";
import type { LiveLimits } from "./live/gateway.js";
import { createEventBuffer } from "./event-buffer.js";
import { createApiMetrics } from "./metrics.js";
import { cacheSendFacts } from "./send-facts.js";
import { createAlertChannel } from "../webhooks/alert-channel.js";
import { watchTemporal } from "../workers/temporal-watch.js";
import { assembleSignIn } from "./sign-in/assemble.js";

export interface Api {
  port: number;
  /** Answers what is open, writes the events that wait, closes everything. */
  close(): Promise<void>;
}

/** Of the SDK, which answers, and what listening takes. */
export type ApiConfig = ClientConfig &
  Pick<
    Config,
    | "secret"
    | "publicUrl"
    | "apiToken"
    | "apiPort"
    | "shutdownGraceMs"
    | "callbacks"
    | "liveOrigins"
    | "codecOrigin"
    | "oidc"
    | "trustedProxies"
    | "alerting"
  >;

/** What is not of the configuration alone. */
export interface ApiParts {
  /** Absent: nothing is traced. */
  tracing?: Tracing | undefined;
  /** Default: Amazon's own. */
  snsDocuments?: SnsDocuments | undefined;
  /** True: this process also watches whether Temporal and the flow of alerts are there. */
  watchesTemporal?: boolean;
  /** Milliseconds that headers, and bodies that are no uploads, may take; absent: what is usual. */
  slowMs?: number;
  /** What differs from `defaultLiveLimits`. */
  liveLimits?: Partial<LiveLimits>;
}

/** Besides those of what needs no tenant. */
const tenantConnections = 20;
/** Each holds one of these connections while it asks for others. */
const editsAtOnce = 10;
/** A load balancer asks often; Postgres that takes longer is not ready for clicks either. */
const readyWithinMs = 1_000;

/**
 * Starts the HTTP side on `apiPort` (0: any free one). Builds its adapters.
 * @throws ConfigInvalid when the port is taken or may not be used.
 */
export async function startApi(
  config: ApiConfig,
  log: Logger,
  {
    tracing,
    snsDocuments = createSnsDocuments(),
    liveLimits,
    watchesTemporal = false,
    slowMs,
  }: ApiParts = {},
): Promise<Api> {
  const onIdleError = (error: Error): void => log.warn({ err: error }, "postgres.connection_lost");
  const pool = createPool(config.databaseUrl, { onIdleError });
  const lockPool = createPool(config.databaseUrl, { onIdleError, max: editsAtOnce });
  const store = createEventStore(pool);
  const temporal = createTemporalClient(config.temporal, tracing && [tracing.clientInterceptor]);
  const redis = createRedisConnection(config, log);
  const objects = createObjectStore(config);
  const metrics = createApiMetrics();
  const limiter = createRateLimiter({
    redis: redis.get,
    enabled: config.rateLimitEnabled,
    limits: config.rateLimits,
    onCheck: metrics.rateLimitChecked,
  });
  const tenantPool = createTenantPool(config.databaseUrl, { onIdleError, max: tenantConnections });
  const floe = assembleFloe({ pool: tenantPool, keyPool: pool, temporal, redis, limiter, objects }, config);
  const sealer = createSealer(config.encryptionKeys);
  const signingIn = assembleSignIn({
    ...{ pool, floe, log, redis: redis.get, publicUrl: config.publicUrl, oidc: config.oidc },
    ...{ sealer, onSignIn: metrics.signedIn },
  });
  const authentication = createAuthentication({
    ...{ keys: createApiKeyStore(pool), apiToken: config.apiToken, sessions: signingIn.authentication },
  });
  const { registry } = metrics;
  const live = createLive({
    ...{ config, pool: tenantPool, redis, authentication, floe, registry, log, limits: liveLimits },
  });
  const events = createEventBuffer({ record: (group) => store.recordEvents(group), log });
  const keys = { tokens: createTokens(config.secret), returnPaths: createReturnPaths(config.secret) };
  const app = createApp({
    ...{ log, tracing },
    ...{ signingIn: signingIn.routes, trustedProxies: config.trustedProxies ?? 0 },
    asking: {
      ...{ floe, authentication },
      answers: createAnswerStore(pool, sealer),
      audit: createAuditLog(pool),
      locks: createEditLocks(lockPool),
    },
    listening: {
      callbacks: createCallbacks(config.callbacks ?? {}, snsDocuments),
      findRecipient: (handedBack) => findRecipient(handedBack, keys),
      record: (told) => createProviderReportStore(pool, config.softBounces).recordProviderReports(told),
      metrics: metrics.callbacks,
    },
    tracking: {
      tokens: createTokens(config.secret),
      loadSendFacts: cacheSendFacts((sendId) => store.loadSendFacts(sendId)),
      events,
    },
    unsubscribe: {
      tokens: createTokens(config.secret),
      isUnsubscribed: (recipient) => store.isUnsubscribed(recipient),
      unsubscribe: (recipient, userAgent) => store.unsubscribe(recipient, userAgent),
    },
    links: createDownloadLinks(config),
    slowMs,
    live: live.routes,
    dashboard: {
      folder: dashboardFolder(),
      settings: {
        temporalUi: workflowsPage(config.temporal),
        timeZone: config.timeZone,
        warmupEngagement: config.warmupEngagement === true,
      },
    },
    decoding: {
      codec: createPayloadCodec(config.temporal.payloadKeys ?? []),
      origin: config.codecOrigin,
      authentication,
    },
    measuring: { registry: metrics.registry, authentication, dmarc: metrics.dmarc },
    publicUrl: config.publicUrl,
    isReady: () => answersWithin(pool.query("select 1"), readyWithinMs),
  });
  const server = await listen(app, config.apiPort, slowMs).catch(async (error: unknown) => {
    await Promise.all([authentication.close(), lockPool.end(), pool.end(), tenantPool.end()]);
    throw error;
  });
  const alertChannel = createAlertChannel(config.alerting ?? {}, log);
  const watch = watchesTemporal
    ? watchTemporal({
        log,
        pingTemporal: async () => (await temporal.connect()).workflowService.getSystemInfo({}),
        loadRule: () => loadPartRule(pool),
        lookedAgoMs: () => loadLookedAgoMs(pool),
        loadOpen: () => listOpenWatched(pool),
        record: (changes) => recordAlerts(pool, changes),
        tell: (change) => alertChannel.tell(change),
      })
    : undefined;
  const gateway = live.open(server);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await gateway.close(config.shutdownGraceMs);
      const patience = setTimeout(() => server.closeAllConnections(), config.shutdownGraceMs);
      await closed;
      clearTimeout(patience);
      await events.close(config.shutdownGraceMs);
      await watch?.stop();
      await alertChannel.close();
      await temporal.close();
      redis.close();
      objects.close();
      await snsDocuments.close();
      await authentication.close();
      await Promise.all([lockPool.end(), pool.end(), tenantPool.end()]);
    },
  };
}

/** Of Temporal's Web UI. */
function workflowsPage({ uiUrl, namespace }: ApiConfig["temporal"]): string | undefined {
  return uiUrl && `${uiUrl.replace(/\/+$/, "")}/namespaces/${encodeURIComponent(namespace)}`;
}

async function answersWithin(answer: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), ms)));
  const answered = answer.then(
    () => true,
    () => false,
  );
  return Promise.race([answered, late]).finally(() => clearTimeout(timer));
}
