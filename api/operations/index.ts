import type { Operation } from "../operation.js";
import { analyticsOperations } from "./analytics.js";
import { contactOperations } from "./contacts.js";
import { domainOperations } from "./domains.js";
import { keyOperations } from "./keys.js";
import { limitOperations } from "./limits.js";
import { listOperations } from "./lists.js";
import { nodeOperations } from "./nodes.js";
import { notificationOperations } from "./notifications.js";
import { maintenanceOperations } from "./maintenance.js";
import { queueOperations } from "./queues.js";
import { rateLimitOperations } from "./rate-limits.js";
import { scheduleOperations } from "./schedules.js";
import { segmentOperations } from "./segments.js";
import { suppressionOperations } from "./suppressions.js";
import { templateOperations } from "./templates.js";
import { tenantOperations } from "./tenants.js";
import { userOperations } from "./users.js";

/** Everything that can be asked over HTTP with JSON, by resource. */
export const operations: readonly Operation[] = [
  ...analyticsOperations,
  ...contactOperations,
  ...domainOperations,
  ...keyOperations,
  ...limitOperations,
  ...listOperations,
  ...nodeOperations,
  ...notificationOperations,
  ...maintenanceOperations,
  ...queueOperations,
  ...rateLimitOperations,
  ...scheduleOperations,
  ...segmentOperations,
  ...suppressionOperations,
  ...templateOperations,
  ...tenantOperations,
  ...userOperations,
];
