import type pg from "pg";
import type { ObjectStore } from "../activities/object-ports.js";
import { createAbTestCatalog } from "../db/ab-tests.js";
import { createBlacklistReader } from "../db/blacklists.js";
import { createAlertRuleStore } from "../db/alert-rules.js";
import { createAlertStore } from "../db/alerts.js";
import { createAllowanceStore } from "../db/allowances.js";
import { createAnalyticsStore } from "../db/analytics.js";
import { createContactExporter } from "../db/contact-export.js";
import { createContactStore } from "../db/contacts.js";
import { createApiKeyStore } from "../db/api-keys.js";
import { createAuditLog } from "../db/audit-log.js";
import { createDkimKeyStore } from "../db/dkim-keys.js";
import { createDmarcReportStore } from "../db/dmarc-reports.js";
import { createDmarcSummaryReader } from "../db/dmarc-summary.js";
import { createDomainCheckReader } from "../db/domain-checks.js";
import { createJobGraphStore } from "../db/job-graphs.js";
import { createLimitStore } from "../db/limits.js";
import { createListStore } from "../db/lists.js";
import { createFindingStore } from "../db/maintenance-reports.js";
import { createNodeStore } from "../db/nodes.js";
import { createSealer } from "../db/sealed.js";
import { createStoredSecrets } from "../db/secret-rotation.js";
import { createSegmentStore } from "../db/segments.js";
import { createSequenceReports } from "../db/sequence-progress.js";
import { createSequenceCatalog } from "../db/sequences.js";
import { createReportStore } from "../db/inbound-reports.js";
import { createSuppressionStore } from "../db/suppressions.js";
import { createSuspensionStore } from "../db/suspensions.js";
import { createTemplateStore } from "../db/templates.js";
import { createTenantStore } from "../db/tenants.js";
import { createReputationReader } from "../db/reputations.js";
import { checkGates, releaseGate } from "../db/reputation-gates.js";
import { listGateLimits } from "../db/reputation-limits.js";
import { calculateReputations } from "../db/reputation-scores.js";
import { requireTenant } from "../db/require-tenant.js";
import { createWarmupMailboxRows } from "../db/warmup-mailboxes.js";
import { createPoolMessageReader } from "../db/warmup-messages.js";
import { createWarmupRows } from "../db/warmups.js";
import { compileMjml } from "../mail/mjml.js";
import { createPoolMailboxes } from "../mail/pool-mailbox.js";
import { prepareTemplate } from "../mail/template.js";
import { renderPreview } from "../mail/template-preview.js";
import { createAbTests, type AbTests } from "./ab-tests.js";
import { createAbTestWorkflow } from "./ab-test-workflow.js";
import { createAlertWorkflow } from "./alert-workflow.js";
import { createAlerts, type Alerts } from "./alerts.js";
import { createAnalytics, type Analytics } from "./analytics.js";
import type { Campaigns } from "./campaigns.js";
import { createApiKeys, type ApiKeys } from "./api-keys.js";
import { createContacts, type Contacts } from "./contacts.js";
import { createAudit, type Audit } from "./audit.js";
import type { DeadLetters } from "./dead-letters.js";
import { createDkimKeys, type DkimKeys } from "./dkim-keys.js";
import { createDmarc, type Dmarc } from "./dmarc.js";
import { createDomainChecks, type DomainChecks } from "./domain-checks.js";
import type { Emails } from "./emails.js";
import type { Exports } from "./exports.js";
import { withFloeErrors } from "./guard.js";
import type { Imports } from "./imports.js";
import { createJobGraphs, type JobGraphs } from "./job-graphs.js";
import { createJobGraphSchedules } from "./job-graph-schedule.js";
import type { Jobs } from "./jobs.js";
import { createJobGraphWorkflow } from "./job-graph-workflow.js";
import { createLeads, type Leads } from "./leads.js";
import { createLimits, type Limits } from "./limits.js";
import { createLists, type Lists } from "./lists.js";
import { createMaintenance, type Maintenance } from "./maintenance.js";
import { createNodes, type Nodes } from "./nodes.js";
import {
  createCampaignsOf,
  createDeadLettersOf,
  createEmailsOf,
  createExportsOf,
  createImportsOf,
  createJobsOf,
  createNotificationsOf,
  createProgressOf,
  createQueuesOf,
  createUsersOf,
  createWebhooksOf,
} from "./parts.js";
import type { Notifications } from "./notifications.js";
import { createPermitStore } from "./permit-store.js";
import { createSchedules, type Schedules } from "./schedules.js";
import type { ProgressReports } from "./progress.js";
import type { Queues } from "./queues.js";
import { createRateLimits, type RateLimits } from "./rate-limits.js";
import type { RecipientSends } from "./recipient-sends.js";
import { createSecrets, type Secrets } from "./secrets.js";
import { createSegments, type Segments } from "./segments.js";
import { createSequences, type Sequences } from "./sequences.js";
import { createSequenceWorkflow } from "./sequence-workflow.js";
import { createBlacklists, type Blacklists } from "./blacklist.js";
import { createBounces, type Bounces } from "./bounces.js";
import { createSuppressions, type Suppressions } from "./suppressions.js";
import { createTemplates, type Templates } from "./templates.js";
import { createTenants, type Tenants } from "./tenants.js";
import type { Users } from "./users.js";
import { createReputations, type Reputations } from "./reputation.js";
import { createWarmups, type Warmups } from "./warmups.js";
import { createWarmupEngagementWorkflow } from "./warmup-engagement-workflow.js";
import { createWarmupMailboxes, type WarmupMailboxes } from "./warmup-mailboxes.js";
import { createWarmupWorkflow } from "./warmup-workflow.js";
import type { Webhooks } from "./webhooks.js";

import type { RedisConnection } from "./redis-connection.js";
import type { ResolvedConfig } from "./resolve-config.js";
import type { TemporalClient } from "./temporal.js";
import type { RateLimiter } from "../throttle/rate-limiter.js";

/** The SDK: start, steer, ask. Calls reject with the errors of `domain/errors`, and may be repeated. */
export interface FloeCalls {
  tenants: Tenants;
  contacts: Contacts;
  imports: Imports;
  leads: Leads;
  exports: Exports;
  lists: Lists;
  segments: Segments;
  templates: Templates;
  campaigns: Campaigns & RecipientSends;
  sequences: Sequences;
  abTests: AbTests;
  analytics: Analytics;
  emails: Emails;
  jobGraphs: JobGraphs;
  suppressions: Suppressions;
  bounces: Bounces;
  blacklists: Blacklists;
  deadLetters: DeadLetters;
  jobs: Jobs;
  audit: Audit;
  keys: ApiKeys;
  users: Users;
  limits: Limits;
  rateLimits: RateLimits;
  progress: ProgressReports;
  queues: Queues;
  alerts: Alerts;
  reputation: Reputations;
  warmups: Warmups;
  warmupMailboxes: WarmupMailboxes;
  webhooks: Webhooks;
  nodes: Nodes;
  dkimKeys: DkimKeys;
  domainChecks: DomainChecks;
  dmarc: Dmarc;
  secrets: Secrets;
  schedules: Schedules;
  notifications: Notifications;
  maintenance: Maintenance;
}

export interface FloeServers {
  pool: pg.Pool;
  temporal: TemporalClient;
  redis: RedisConnection;
  limiter: RateLimiter;
  objects: ObjectStore;
  /** Where API keys, users and sealed secrets are, when it is not `pool`: what serves tenants does not see them. */
  keyPool?: pg.Pool;
}

/** Every call of the SDK, on servers that are connected to when a call first needs them. */
export function assembleFloe(
  { pool, temporal, redis, limiter, objects, keyPool }: FloeServers,
  config: Omit<ResolvedConfig, "databaseUrl" | "redisUrl" | "temporal">,
): FloeCalls {
  const sealer = createSealer(config.encryptionKeys);
  const campaigns = createCampaignsOf(pool, temporal);
  const imports = createImportsOf(pool, temporal, { objects, maxBytes: config.importMaxBytes });
  return {
    tenants: withFloeErrors(createTenants(createTenantStore(pool))),
    contacts: withFloeErrors(
      createContacts({ store: createContactStore(pool), imports, exporter: createContactExporter(pool) }),
    ),
    imports: withFloeErrors(imports),
    leads: withFloeErrors(createLeads(imports)),
    notifications: withFloeErrors(createNotificationsOf({ pool, keyPool: keyPool ?? pool }, sealer, config)),
    exports: withFloeErrors(createExportsOf(pool, temporal, config, objects)),
    lists: withFloeErrors(createLists(createListStore(pool))),
    segments: withFloeErrors(createSegments(createSegmentStore(pool))),
    templates: withFloeErrors(
      createTemplates({
        ...{ store: createTemplateStore(pool), prepare: prepareTemplate },
        ...{ compileMjml, render: renderPreview },
      }),
    ),
    campaigns: withFloeErrors(campaigns),
    sequences: withFloeErrors(
      createSequences({
        catalog: createSequenceCatalog(pool),
        reports: createSequenceReports(pool),
        workflow: createSequenceWorkflow(() => temporal.connect()),
      }),
    ),
    abTests: withFloeErrors(
      createAbTests(
        createAbTestCatalog(pool),
        createAbTestWorkflow(() => temporal.connect()),
      ),
    ),
    analytics: withFloeErrors(createAnalytics(createAnalyticsStore(pool))),
    emails: withFloeErrors(createEmailsOf(pool, temporal)),
    jobGraphs: withFloeErrors(
      createJobGraphs({
        store: createJobGraphStore(pool),
        workflow: createJobGraphWorkflow(() => temporal.connect()),
        schedules: createJobGraphSchedules(() => temporal.connect()),
      }),
    ),
    suppressions: withFloeErrors(createSuppressions(createSuppressionStore(pool))),
    bounces: withFloeErrors(createBounces(createReportStore(pool, config.softBounces), config.secret)),
    blacklists: withFloeErrors(createBlacklists(createBlacklistReader(pool), () => temporal.connect())),
    deadLetters: withFloeErrors(createDeadLettersOf(pool, temporal, campaigns)),
    jobs: withFloeErrors(createJobsOf(pool, temporal)),
    keys: withFloeErrors(createApiKeys(createApiKeyStore(keyPool ?? pool))),
    users: withFloeErrors(createUsersOf(keyPool ?? pool, sealer, config)),
    audit: withFloeErrors(createAudit(createAuditLog(pool))),
    limits: withFloeErrors(
      createLimits(
        createLimitStore(pool),
        createPermitStore(
          redis.get,
          { allowances: createAllowanceStore(pool), suspensions: createSuspensionStore(pool) },
          config.timeZone,
        ),
        async (tenantId) => (config.reputationGatesEnabled === false ? [] : listGateLimits(pool, tenantId)),
      ),
    ),
    rateLimits: withFloeErrors(createRateLimits(limiter)),
    progress: withFloeErrors(createProgressOf(pool, redis)),
    reputation: withFloeErrors(
      createReputations({
        reader: createReputationReader(pool),
        release: (gated, by) => releaseGate(pool, gated, by),
        requireTenant: (tenantId) => requireTenant(pool, tenantId),
        calculate: (of) => calculateReputations(pool, of),
        checkGates: (of) => checkGates(pool, of),
        timeZone: config.timeZone,
      }),
    ),
    warmups: withFloeErrors(
      createWarmups({
        ...{ rows: createWarmupRows(pool, config.timeZone), timeZone: config.timeZone },
        workflow: createWarmupWorkflow(() => temporal.connect()),
      }),
    ),
    warmupMailboxes: withFloeErrors(
      createWarmupMailboxes({
        rows: createWarmupMailboxRows(pool, sealer),
        messages: createPoolMessageReader(pool),
        mailboxes: createPoolMailboxes(),
        emails: createEmailsOf(pool, temporal),
        workflow: createWarmupEngagementWorkflow(() => temporal.connect()),
        wakeWarmup: createWarmupWorkflow(() => temporal.connect()).wake,
        isOn: config.warmupEngagement ?? false,
      }),
    ),
    webhooks: withFloeErrors(createWebhooksOf(pool, temporal, config)),
    alerts: withFloeErrors(
      createAlerts({
        rules: createAlertRuleStore(pool),
        alerts: createAlertStore(pool),
        workflow: createAlertWorkflow(() => temporal.connect()),
      }),
    ),
    queues: withFloeErrors(createQueuesOf(pool, temporal, redis, limiter)),
    nodes: withFloeErrors(createNodes(createNodeStore(pool, sealer))),
    dkimKeys: withFloeErrors(createDkimKeys(createDkimKeyStore(pool, sealer))),
    dmarc: withFloeErrors(createDmarc(createDmarcReportStore(pool), createDmarcSummaryReader(pool))),
    domainChecks: withFloeErrors(createDomainChecks(createDomainCheckReader(pool), () => temporal.connect())),
    secrets: withFloeErrors(createSecrets(createStoredSecrets(keyPool ?? pool), sealer)),
    schedules: withFloeErrors(createSchedules(() => temporal.connect())),
    maintenance: withFloeErrors(
      createMaintenance({ findings: createFindingStore(pool), connect: () => temporal.connect() }),
    ),
  };
}
