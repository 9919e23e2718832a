/** What both the SDK and the HTTP side are built of. */
import type pg from "pg";
import type { ObjectStore } from "../activities/object-ports.js";
import { createAnalyticsStore } from "../db/analytics.js";
import { createCampaignStore } from "../db/campaigns.js";
import { createDeadLetterDetails } from "../db/dead-letter-details.js";
import { createDeadLetterEdits } from "../db/dead-letter-edits.js";
import { createDeadLetterStore } from "../db/dead-letters.js";
import { createReplayRows } from "../db/replays.js";
import { createContactStore } from "../db/contacts.js";
import { createEmailRequestStore } from "../db/email-requests.js";
import { createEmailStore } from "../db/emails.js";
import { createExportRows } from "../db/exports.js";
import { createJobBulkRows } from "../db/job-bulks.js";
import { createJobChange } from "../db/job-change.js";
import { createJobDetails } from "../db/job-details.js";
import { createJobStore } from "../db/jobs.js";
import { createImportRows } from "../db/imports.js";
import { createInvitationStore } from "../db/invitations.js";
import { createListStore } from "../db/lists.js";
import { createMembershipStore } from "../db/memberships.js";
import { listRunningSends, loadRecentThroughput, loadRecentWork, loadSampledAt } from "../db/overview.js";
import { createProgressStore } from "../db/progress.js";
import { countLanes, countQueueExtras } from "../db/queue-counts.js";
import { createRecipientExporter } from "../db/recipient-export.js";
import { createSendOutcomeStore } from "../db/send-outcomes.js";
import { createSends } from "../db/sends.js";
import { createNotificationDeviceStore } from "../db/notification-devices.js";
import { createNotificationHistory } from "../db/notification-history.js";
import { createNotificationPreferenceStore } from "../db/notification-preferences.js";
import { createNotificationStore } from "../db/notifications.js";
import { createVapidKeyStore } from "../db/vapid-keys.js";
import { createVapidKeys } from "../notify/web-push.js";
import { createSealer, type Sealer } from "../db/sealed.js";
import { createSecondFactorStore } from "../db/second-factors.js";
import { createSessionStore } from "../db/sessions.js";
import { createTemplateStore } from "../db/templates.js";
import { createTrendStore } from "../db/trends.js";
import { createLeadsInside } from "../webhooks/leads-inside.js";
import { createUserStore } from "../db/users.js";
import { createWebhookStore } from "../db/webhook-endpoints.js";
import { createWebhookReports } from "../db/webhook-reports.js";
import type { EncryptionKey } from "../domain/encryption-key.js";
import type { PortRange } from "../domain/webhook-url.js";
import { countDeadLetters, countOpenWork } from "../db/work-counts.js";
import { listWorkers } from "../db/worker-processes.js";
import { prepareContent, prepareTemplate } from "../mail/template.js";
import { createProgressBell } from "../throttle/progress-bell.js";
import type { RateLimiter } from "../throttle/rate-limiter.js";
import { createCampaigns, type Campaigns } from "./campaigns.js";
import { createCampaignWorkflow } from "./campaign-workflow.js";
import { createDeadLetters, type DeadLetters } from "./dead-letters.js";
import { createReplays } from "./replays.js";
import { createReplayWorkflow } from "./replay-workflow.js";
import type { SendSteering } from "./send-steering.js";
import { createDownloadLinks, type DownloadLinksInput } from "./download-links.js";
import { createAcceptEmail } from "./email-requests.js";
import { createEmailWorkflow } from "./email-workflow.js";
import { createEmails, type Emails } from "./emails.js";
import { createExports, type Exports } from "./exports.js";
import { createExportWorkflow } from "./export-workflow.js";
import { createImports, type Imports } from "./imports.js";
import { createInvitations } from "./invitations.js";
import { createImportWorkflow } from "./import-workflow.js";
import { createJobBulks } from "./job-bulks.js";
import { createJobBulkWorkflow } from "./job-bulk-workflow.js";
import { createJobTellings } from "./job-telling.js";
import { createJobs, type Jobs } from "./jobs.js";
import type { NotifyConfig } from "../runtime/notify-config.js";
import { createNotifications, type Notifications } from "./notifications.js";
import { createProgressReports, type ProgressReports } from "./progress.js";
import { createQueues, type Queues } from "./queues.js";
import { createRecipientSends, type RecipientSends } from "./recipient-sends.js";
import type { RedisConnection } from "./redis-connection.js";
import { createSendHolds } from "./send-holds.js";
import { describeTaskQueues } from "./task-queues.js";
import type { TemporalClient } from "./temporal.js";
import { createUsers, type Users } from "./users.js";
import { createWebhookWorkflow } from "./webhook-workflow.js";
import { createWebhooks, type Webhooks } from "./webhooks.js";

export function createCampaignsOf(pool: pg.Pool, temporal: TemporalClient): Campaigns & RecipientSends {
  const catalog = createCampaignStore(pool);
  const campaigns = createCampaigns({
    catalog,
    sends: createSends(pool),
    analytics: createAnalyticsStore(pool),
    outcomes: createSendOutcomeStore(pool),
    exporter: createRecipientExporter(pool),
    workflow: createCampaignWorkflow(() => temporal.connect()),
  });
  const recipientSends = createRecipientSends({
    ...{ campaigns, catalog, prepare: prepareTemplate },
    ...{
      templates: createTemplateStore(pool),
      lists: createListStore(pool),
      contacts: createContactStore(pool),
    },
  });
  return { ...campaigns, ...recipientSends };
}

export function createImportsOf(
  pool: pg.Pool,
  temporal: TemporalClient,
  { objects, maxBytes }: { objects: ObjectStore; maxBytes: number },
): Imports {
  return createImports({
    rows: createImportRows(pool),
    lists: createListStore(pool),
    workflow: createImportWorkflow(() => temporal.connect()),
    objects,
    maxBytes,
  });
}

export function createEmailsOf(pool: pg.Pool, temporal: TemporalClient): Emails {
  const workflow = createEmailWorkflow(() => temporal.connect());
  return createEmails({
    store: createEmailStore(pool),
    accept: createAcceptEmail(createEmailRequestStore(pool), workflow),
    workflow,
    prepare: prepareContent,
  });
}

export function createDeadLettersOf(
  pool: pg.Pool,
  temporal: TemporalClient,
  steering: Pick<SendSteering, "retryFailed">,
): DeadLetters {
  const details = createDeadLetterDetails(pool);
  return createDeadLetters({
    store: createDeadLetterStore(pool),
    details,
    edits: createDeadLetterEdits(pool, details),
    replays: createReplays(
      createReplayRows(pool),
      createReplayWorkflow(() => temporal.connect()),
    ),
    steering,
  });
}

export function createExportsOf(
  pool: pg.Pool,
  temporal: TemporalClient,
  signing: DownloadLinksInput,
  objects: ObjectStore,
): Exports {
  return createExports({
    rows: createExportRows(pool),
    workflow: createExportWorkflow(() => temporal.connect()),
    objects,
    links: createDownloadLinks(signing),
  });
}

export function createJobsOf(pool: pg.Pool, temporal: TemporalClient): Jobs {
  const store = createJobStore(pool);
  return createJobs({
    store,
    details: createJobDetails(pool),
    apply: createJobChange(pool),
    tellings: createJobTellings(pool, () => temporal.connect()),
    bulks: createJobBulks({
      store,
      rows: createJobBulkRows(pool),
      workflow: createJobBulkWorkflow(() => temporal.connect()),
    }),
  });
}

export function createQueuesOf(
  pool: pg.Pool,
  temporal: TemporalClient,
  redis: RedisConnection,
  limiter: Pick<RateLimiter, "load">,
): Queues {
  const connect = () => temporal.connect();
  const holds = createSendHolds(createSends(pool), createCampaignWorkflow(connect));
  return createQueues({
    countOpenWork: (tenantId) => countOpenWork(pool, tenantId),
    connect,
    overview: {
      describe: async () => describeTaskQueues(await connect()),
      countExtras: () => countQueueExtras(pool),
      countLanes: (tenantId) => countLanes(pool, tenantId),
      countDeadLetters: (tenantId) => countDeadLetters(pool, tenantId),
      recentWork: () => loadRecentWork(pool),
      recentThroughput: (tenantId) => loadRecentThroughput(pool, tenantId),
      runningSends: (tenantId, limit) => listRunningSends(pool, tenantId, limit),
      holdsOf: ({ tenantId, sendId }) => holds.load(tenantId, sendId),
      workers: () => listWorkers(pool),
      sampledAt: () => loadSampledAt(pool),
    },
    trends: createTrendStore(pool),
    redis: redis.get,
    load: () => limiter.load(),
    pingPostgres: () => pool.query("select 1"),
  });
}

export function createProgressOf(pool: pg.Pool, redis: RedisConnection): ProgressReports {
  const bell = createProgressBell(() => redis.open("floe-progress"));
  return createProgressReports({ store: createProgressStore(pool), bell });
}

export interface WebhooksInput {
  webhookPorts: readonly PortRange[];
  encryptionKeys: readonly EncryptionKey[];
  dnsServers?: readonly string[] | undefined;
}

export function createWebhooksOf(
  pool: pg.Pool,
  temporal: TemporalClient,
  { webhookPorts: ports, encryptionKeys, dnsServers }: WebhooksInput,
): Webhooks {
  return createWebhooks({
    store: createWebhookStore(pool, createSealer(encryptionKeys)),
    reports: createWebhookReports(pool),
    workflow: createWebhookWorkflow(() => temporal.connect()),
    ports,
    leadsInside: createLeadsInside(dnsServers),
  });
}

/** @param keyPool where people's own things are */
export function createNotificationsOf(
  { pool, keyPool }: { pool: pg.Pool; keyPool: pg.Pool },
  sealer: Sealer,
  { notify, webhookPorts: ports }: { notify?: NotifyConfig; webhookPorts: readonly PortRange[] },
): Notifications {
  const vapid = createVapidKeyStore(keyPool, sealer, createVapidKeys);
  const given = notify?.webPush.keys;
  return createNotifications({
    store: createNotificationStore(pool),
    history: createNotificationHistory(pool),
    wishes: {
      users: createUserStore(keyPool),
      preferences: createNotificationPreferenceStore(keyPool),
      devices: createNotificationDeviceStore(keyPool),
      publicKey: async () => given?.publicKey ?? vapid.loadPublicKey(),
      ...{ ports, allowPrivate: notify?.webPush.allowPrivate ?? false },
    },
  });
}

export function createUsersOf(pool: pg.Pool, sealer: Sealer, { publicUrl }: { publicUrl?: string }): Users {
  const stores = {
    users: createUserStore(pool),
    memberships: createMembershipStore(pool),
    sessions: createSessionStore(pool),
    secondFactors: createSecondFactorStore(pool, sealer),
  };
  return createUsers(stores, createInvitations(createInvitationStore(pool), publicUrl));
}
