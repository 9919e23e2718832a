import type { Operation } from "../operation.js";
import { abTestOperations } from "./ab-tests.js";
import { alertOperations } from "./alerts.js";
import { analyticsOperations } from "./analytics.js";
import { auditOperations } from "./audit.js";
import { blacklistOperations } from "./blacklist.js";
import { bounceOperations } from "./bounces.js";
import { campaignQueueOperations } from "./campaign-queue.js";
import { campaignOperations } from "./campaigns.js";
import { contactOperations } from "./contacts.js";
import { deadLetterReplayOperations } from "./dead-letter-replays.js";
import { deadLetterOperations } from "./dead-letters.js";
import { dmarcOperations } from "./dmarc.js";
import { domainCheckOperations } from "./domain-checks.js";
import { domainOperations } from "./domains.js";
import { emailOperations } from "./emails.js";
import { exportOperations } from "./exports.js";
import { graphOperations } from "./graphs.js";
import { importOperations } from "./imports.js";
import { jobBulkOperations } from "./job-bulks.js";
import { jobOperations } from "./jobs.js";
import { keyOperations } from "./keys.js";
import { leadOperations } from "./leads.js";
import { limitOperations } from "./limits.js";
import { listOperations } from "./lists.js";
import { maintenanceOperations } from "./maintenance.js";
import { nodeOperations } from "./nodes.js";
import { notificationOperations } from "./notifications.js";
import { notificationWishOperations } from "./notification-wishes.js";
import { progressOperations } from "./progress.js";
import { queueAdminOperations } from "./queue-admin.js";
import { queueOperations } from "./queues.js";
import { rateLimitOperations } from "./rate-limits.js";
import { reputationOperations } from "./reputation.js";
import { scheduleOperations } from "./schedules.js";
import { segmentOperations } from "./segments.js";
import { sendOperations } from "./sends.js";
import { sequenceOperations } from "./sequences.js";
import { suppressionOperations } from "./suppressions.js";
import { templateOperations } from "./templates.js";
import { tenantOperations } from "./tenants.js";
import { userOperations } from "./users.js";
import { warmupMailboxOperations } from "./warmup-mailboxes.js";
import { warmupOperations } from "./warmups.js";
import { webhookDeliveryOperations } from "./webhook-deliveries.js";
import { webhookEventOperations } from "./webhook-events.js";
import { webhookOperations } from "./webhooks.js";

/** Everything that can be asked over HTTP with JSON, by resource. */
export const operations: readonly Operation[] = [
  ...abTestOperations,
  ...alertOperations,
  ...analyticsOperations,
  ...auditOperations,
  ...blacklistOperations,
  ...bounceOperations,
  ...campaignQueueOperations,
  ...campaignOperations,
  ...contactOperations,
  ...deadLetterReplayOperations,
  ...deadLetterOperations,
  ...domainCheckOperations,
  ...dmarcOperations,
  ...domainOperations,
  ...emailOperations,
  ...exportOperations,
  ...graphOperations,
  ...importOperations,
  // What is called `bulks` comes before what is called by kind and id.
  ...jobBulkOperations,
  ...jobOperations,
  ...keyOperations,
  ...leadOperations,
  ...limitOperations,
  ...listOperations,
  ...maintenanceOperations,
  ...nodeOperations,
  ...notificationOperations,
  ...notificationWishOperations,
  ...progressOperations,
  ...queueAdminOperations,
  ...queueOperations,
  ...rateLimitOperations,
  ...reputationOperations,
  ...scheduleOperations,
  ...segmentOperations,
  ...sendOperations,
  ...sequenceOperations,
  ...suppressionOperations,
  ...templateOperations,
  ...tenantOperations,
  ...userOperations,
  ...warmupMailboxOperations,
  ...warmupOperations,
  ...webhookDeliveryOperations,
  ...webhookEventOperations,
  ...webhookOperations,
];
