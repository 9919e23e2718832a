import type { Logger } from "pino";
import { createAbTestActivities, type AbTestActivities } from "../activities/ab-test.js";
import { createCampaignActivities, type CampaignActivities } from "../activities/campaign.js";
import { createJobGraphActivities, type JobGraphActivities } from "../activities/job-graph.js";
import type { FileCleanupActivities, MaintenanceActivities } from "../activities/maintenance.js";
import type { DomainCheckActivities } from "../activities/domain-checks.js";
import type { BlacklistActivities } from "../activities/blacklist.js";
import type { RecurringActivities } from "../activities/recurring.js";
import {
  createSendBatchActivities,
  type SendBatchActivities,
  type SendBatchPorts,
} from "../activities/send-batch.js";
import {
  createEmailStepActivities,
  createTransmitEmailsActivities,
  type EmailStepActivities,
  type TransmitEmailsActivities,
} from "../activities/send-emails.js";
import type { ReputationActivities } from "../activities/reputation.js";
import type { WarmupPoolActivities } from "../activities/warmup-pool.js";
import type { WarmupActivities } from "../activities/warmup.js";
import type { JobBulkActivities } from "../activities/job-bulk.js";
import type { ReplayActivities } from "../activities/replay.js";
import { createSequenceActivities, type SequenceActivities } from "../activities/sequence.js";
import type { AlertActivities } from "../activities/alerts.js";
import { createAlertWorkflow } from "../client/alert-workflow.js";
import { createEmailsOf } from "../client/parts.js";
import { createTemporalClient } from "../client/temporal.js";
import { createAbTestStore } from "../db/ab-test-store.js";
import { countOpenAlerts } from "../db/alert-standing.js";
import { createAllowanceStore } from "../db/allowances.js";
import { recordDeliveries } from "../db/delivery-hours.js";
import { createDkimKeyStore } from "../db/dkim-keys.js";
import { createSendDirectory } from "../db/directory.js";
import { createEmailDirectory, createEmailGroupStore } from "../db/email-groups.js";
import { createEmailJournal } from "../db/email-journal.js";
import { createEmailLedger } from "../db/email-ledger.js";
import { createEmailMessages } from "../db/email-messages.js";
import { createEmailRequestStore, type EmailRequestStore } from "../db/email-requests.js";
import { createGraphRunStore } from "../db/job-graph-runs.js";
import { createLedger } from "../db/ledger.js";
import { createLimitStore } from "../db/limits.js";
import { createPool } from "../db/pool.js";
import { loadGateLimits } from "../db/reputation-limits.js";
import { createSealer } from "../db/sealed.js";
import { createSendStore } from "../db/send-store.js";
import { createMailDomainStore } from "../db/mail-domains.js";
import { createSuspensionStore } from "../db/suspensions.js";
import { createSequenceStore } from "../db/sequence-store.js";
import { countStanding, type StandingCount } from "../db/standing-counts.js";
import { loadTenantShares, type TenantShare } from "../db/tenant-shares.js";
import { recordBeat, type WorkerBeat, type WorkNews } from "../db/worker-beats.js";
import { maxBatchSize } from "../domain/batching.js";
import type { LoadSample } from "../domain/system-load.js";
import { createCallbackMarks } from "../mail/callbacks/marks.js";
import { createComposer } from "../mail/composer.js";
import { createSingleComposer } from "../mail/single-composer.js";
import { createTokens, type RecipientRef } from "../mail/tracking-token.js";
import { createTransport } from "../mail/smtp/transport.js";
import type { Config } from "../runtime/config.js";
import type { Tracing } from "../runtime/tracing.js";
import { createJournal } from "../throttle/journal.js";
import { mailServersOf } from "../dns/mail-servers.js";
import { createResolver } from "../dns/resolver.js";
import type { MailDomainWatch } from "./mail-domain-watch.js";
import { createReceivers } from "./receivers.js";
import { createPermits } from "../throttle/permits.js";
import { createRedis } from "../throttle/redis.js";
import { reportLoad } from "../throttle/system-load.js";
import { createTraceMemory, type TraceMemory } from "../throttle/trace-memory.js";
import { wireAlerts, type AlertWiring } from "./alert-wiring.js";
import { DeliveryCounter } from "./delivery-counter.js";
import { wireIo, type IoWiring } from "./io-wiring.js";
import { createGraphWork } from "./graph-work.js";
import type { WorkerMetrics } from "./metrics.js";
import { wireNotifications, type NotificationWiring } from "./notification-wiring.js";
import { createProgressRecorder, type ProgressRecorder } from "./progress-recorder.js";
import { wireBlacklists } from "./blacklist-wiring.js";
import { wireDomainChecks } from "./domain-check-wiring.js";
import { wireRecurringWork } from "./recurring-wiring.js";
import { wireJobBulks } from "./job-bulk-wiring.js";
import { wireReplays } from "./replay-wiring.js";
import type { Pings } from "./part-sampler.js";
import { partsOf, type Role } from "./roles.js";
import { wireInbound, type InboundWiring } from "./inbound.js";
import { tracedTransport } from "./traced-transport.js";
import { reportUnreadable } from "./unreadable-secrets.js";
import { wireReputations } from "./reputation-wiring.js";
import { wireWarmupPool } from "./warmup-pool-wiring.js";
import { wireWarmups } from "./warmup-wiring.js";
import { wireWebhooks, type WebhookWiring } from "./webhook-wiring.js";
import type { WorkCounter } from "./work-counter.js";

export interface WiringInput {
  role: Role;
  config: Config;
  log: Logger;
  metrics: WorkerMetrics;
  counter: WorkCounter;
  stopping: AbortSignal;
  /** Epoch milliseconds at which Temporal last answered. */
  lastContactMs: () => number;
  now?: () => number;
  tracing: Tracing | undefined;
}

export interface Wiring {
  /** Short activities that run beside the workflows. */
  orchestrationActivities: CampaignActivities &
    SequenceActivities &
    AbTestActivities &
    IoWiring["orchestration"] &
    EmailStepActivities &
    RecurringActivities &
    BlacklistActivities &
    DomainCheckActivities &
    MaintenanceActivities &
    AlertActivities &
    ReplayActivities &
    WarmupActivities &
    WarmupPoolActivities &
    ReputationActivities &
    JobBulkActivities &
    JobGraphActivities;
  /** What every lane's queue runs. */
  laneActivities: SendBatchActivities & TransmitEmailsActivities;
  ioActivities: IoWiring["io"] & FileCleanupActivities;
  /** What speaks to servers of others. */
  webhookActivities: WebhookWiring["activities"] & NotificationWiring["activities"];
  webhooks: WebhookWiring["relaying"];
  notifications: NotificationWiring["relaying"];
  inbound: InboundWiring;
  traceMemory: TraceMemory;
  emailRequests: Pick<EmailRequestStore, "findStranded">;
  recordProgress: ProgressRecorder;
  mailDomains: Omit<MailDomainWatch, "log">;
  /** Ends what providers asked for until now, and shows what is left. */
  lookAtSuspensions(): Promise<void>;
  countStanding(): Promise<StandingCount[]>;
  loadTenantShares(): Promise<TenantShare[]>;
  alerts: Pick<AlertWiring, "watch">;
  startAlerts(): Promise<void>;
  countOpenAlerts(): ReturnType<typeof countOpenAlerts>;
  recordBeat(beat: WorkerBeat, news: WorkNews): Promise<void>;
  pings: Pick<Pings, "postgres" | "redis">;
  /** Tells every process's rate limits how loaded this one is. @returns the load factor that now holds */
  reportLoad(sample: LoadSample): Promise<number>;
  /** After the workers have drained: writes the last marks and closes every connection. */
  close(): Promise<void>;
}

/** How long the last acceptance marks may take when Redis is away at shutdown. */
const lastMarksMs = 2_000;

/** The only place where a worker's adapters are built. */
export function wire(input: WiringInput): Wiring {
  const { role, config, log, metrics, counter, stopping, lastContactMs, now, tracing } = input;
  const slots = config.queueConcurrency * Math.max(1, partsOf(role).lanes.length);
  const pool = createPool(config.databaseUrl, {
    max: Math.min(40, slots + 10),
    onIdleError: (err) => log.warn({ err }, "postgres.connection_lost"),
  });
  const redis = { log, ...(config.redisTls && { tls: config.redisTls }) };
  const permitRedis = createRedis(config.redisUrl, { ...redis, name: "floe-permits", whenAway: "fail" });
  const journalRedis = createRedis(config.redisUrl, { ...redis, name: "floe-journal", whenAway: "retry" });
  const journal = createJournal(journalRedis);
  const transport = createTransport({
    log,
    kind: config.smtpTransport,
    mailboxProviderLimits: config.mailboxProviderLimits,
  });
  const traceMemory = createTraceMemory(permitRedis);
  const limits = createLimitStore(pool);
  const allowances = createAllowanceStore(pool);
  const suspensions = createSuspensionStore(pool);
  const mailDomains = createMailDomainStore(pool);
  const mxResolver = createResolver(config.dnsServers);
  const sealer = createSealer(config.encryptionKeys, reportUnreadable(log, metrics));
  const dkimKeys = createDkimKeyStore(pool, sealer);
  const inbound = wireInbound(pool, config);
  const { inboundDomain } = config;
  const composing = {
    ...(inboundDomain !== undefined && {
      unsubscribeAddress: (recipient: RecipientRef) =>
        inbound.returnPaths.unsubscribeAddress(recipient, inboundDomain),
    }),
    publicUrl: config.publicUrl,
    tokens: createTokens(config.secret),
    loadDkimKeys: (tenantId: string, domain: string) => dkimKeys.loadDkimKeys(tenantId, domain),
  };
  const directory = createSendDirectory(pool, sealer);
  const deliveries = new DeliveryCounter(now);
  const delivering = {
    permits: createPermits({
      redis: permitRedis,
      loadLimits: () => limits.listLimits(),
      loadWarmups: (tenantId, keys) => allowances.loadWarmups(tenantId, keys),
      ...(config.reputationGatesEnabled !== false && {
        loadGates: (tenantId: string, keys: string[]) => loadGateLimits(pool, tenantId, keys),
      }),
      allowances,
      mailboxProviderLimits: config.mailboxProviderLimits,
      suspensions: {
        load: () => suspensions.loadSuspensions(),
        record: (suspension) => suspensions.recordSuspension(suspension),
      },
      onSlowing: (slowing) => metrics.throttled(slowing),
      timeZone: config.timeZone,
      enabled: config.rateLimitEnabled,
      onGrant: (event) => metrics.permit(event),
      ...(now && { now }),
    }),
    transport: tracing ? tracedTransport(transport, tracing) : transport,
    returnPaths: inbound.returnPaths,
    marks: createCallbackMarks(composing.tokens),
    ...(config.mxRollup && { receivers: createReceivers((domains) => mailDomains.loadMailDomains(domains)) }),
    observe: (event: Parameters<SendBatchPorts["observe"]>[0]) => {
      metrics.settled(event);
      for (const fact of event.facts) deliveries.add(fact);
      const { tenantId, lane } = event;
      for (const { status: outcome } of event.settlements)
        counter.left({ tenantId, what: "email", lane, outcome });
    },
  };
  const attempts = { stopping, lastContactMs };
  const retryBase = config.retryBaseMs === undefined ? {} : { retryBaseMs: config.retryBaseMs };
  const emailDirectory = createEmailDirectory(pool, (tenantId) => directory.loadNodes(tenantId));
  const messages = createEmailMessages(pool);
  const singleComposer = createSingleComposer({ ...composing, messages });
  const temporal = createTemporalClient(config.temporal, tracing && [tracing.clientInterceptor]);
  const emails = createEmailsOf(pool, temporal);
  const io = wireIo(pool, config, {
    emails,
    rowsMoved: (kind, result, rows) => metrics.rowsMoved(kind, result, rows),
  });
  const webhooks = wireWebhooks({
    ...{ pool, sealer, config, metrics, counter, stopping, tracing, traceMemory },
    connect: () => temporal.connect(),
  });
  const pings = { postgres: () => pool.query("select 1"), redis: () => permitRedis.ping() };
  const alerts = wireAlerts({ pool, config, pings, log });
  const notifications = wireNotifications({
    ...{ pool, sealer, config, metrics, stopping, emails, now },
    connect: () => temporal.connect(),
  });
  const domainChecks = wireDomainChecks(pool, sealer, config);
  const warmupPool = wireWarmupPool({
    ...{ pool, sealer, config, metrics, emails },
    connect: () => temporal.connect(),
  });
  const recurring = wireRecurringWork({ pool, config, connect: () => temporal.connect() });

  return {
    orchestrationActivities: {
      ...createCampaignActivities(createSendStore(pool), {
        batchHeartbeatMs: config.batchHeartbeatMs,
        maxBatchSize,
        ...retryBase,
      }),
      ...createSequenceActivities(createSequenceStore(pool, metrics.sequencesMoved)),
      ...createAbTestActivities(createAbTestStore(pool), (reason) => metrics.abTestDecided(reason)),
      ...io.orchestration,
      ...recurring.orchestration,
      ...wireBlacklists(pool, config, metrics),
      ...alerts.activities,
      ...domainChecks.activities,
      ...warmupPool.activities,
      ...wireWarmups({
        ...{ pool, timeZone: config.timeZone, metrics, connect: () => temporal.connect() },
        takesPart: async (warmupId) =>
          (config.warmupEngagement ?? false) && (await warmupPool.store.takesPart(warmupId)),
      }),
      ...wireReputations(pool, config.timeZone),
      ...wireReplays({ pool, metrics, connect: () => temporal.connect() }),
      ...wireJobBulks(pool, () => temporal.connect()),
      ...createJobGraphActivities(
        { runs: createGraphRunStore(pool), work: createGraphWork(pool) },
        retryBase,
      ),
      ...createEmailStepActivities(
        {
          directory: emailDirectory,
          groups: createEmailGroupStore(pool),
          messages,
          renderer: singleComposer,
        },
        { heartbeatMs: config.batchHeartbeatMs, ...retryBase },
      ),
    },
    laneActivities: {
      ...createSendBatchActivities(
        {
          ...delivering,
          directory,
          ledger: createLedger(pool),
          journal,
          composer: createComposer(composing),
        },
        attempts,
      ),
      ...createTransmitEmailsActivities(
        {
          ...delivering,
          directory: emailDirectory,
          ledger: createEmailLedger(pool),
          journal: createEmailJournal(pool),
          composer: singleComposer,
        },
        attempts,
      ),
    },
    ioActivities: { ...io.io, ...recurring.io },
    webhookActivities: { ...webhooks.activities, ...notifications.activities },
    webhooks: webhooks.relaying,
    notifications: notifications.relaying,
    inbound,
    traceMemory,
    emailRequests: createEmailRequestStore(pool),
    recordProgress: createProgressRecorder(pool, permitRedis),
    mailDomains: {
      domains: mailDomains,
      mailServersOf: (domain) => mailServersOf(mxResolver, domain),
      enabled: config.mxRollup,
      onLooked: (answer) => metrics.mailDomainLooked(answer),
    },
    async lookAtSuspensions() {
      await suspensions.endSuspensions();
      metrics.suspended(await suspensions.loadSuspensions());
    },
    countStanding: () => countStanding(pool),
    loadTenantShares: () => loadTenantShares(pool),
    async recordBeat(beat, news) {
      await recordBeat(pool, beat, news);
      await deliveries.write((rows, senders) => recordDeliveries(pool, rows, senders));
    },
    pings,
    alerts,
    startAlerts: () => createAlertWorkflow(() => temporal.connect()).start(),
    countOpenAlerts: () => countOpenAlerts(pool),
    reportLoad: (sample) => reportLoad(permitRedis, sample),
    async close() {
      await transport.close();
      await Promise.race([journal.flush(), new Promise((resolve) => setTimeout(resolve, lastMarksMs))]);
      permitRedis.disconnect();
      journalRedis.disconnect();
      io.close();
      await webhooks.close();
      await alerts.close();
      await notifications.close();
      await domainChecks.close();
      await temporal.close();
      await pool.end();
    },
  };
}
