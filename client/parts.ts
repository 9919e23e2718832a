/** What both the SDK and the HTTP side are built of. */
import type pg from "pg";
import type { ObjectStore } from "../activities/object-ports.js";
import { createEmailRequestStore } from "../db/email-requests.js";
import { createEmailStore } from "../db/emails.js";
import { createExportRows } from "../db/exports.js";
import { createProgressStore } from "../db/progress.js";
import { prepareContent } from "../mail/template.js";
import { createProgressBell } from "../throttle/progress-bell.js";
import { createDownloadLinks, type DownloadLinksInput } from "./download-links.js";
import { createAcceptEmail } from "./email-requests.js";
import { createEmailWorkflow } from "./email-workflow.js";
import { createEmails, type Emails } from "./emails.js";
import { createExports, type Exports } from "./exports.js";
import { createExportWorkflow } from "./export-workflow.js";
import { createProgressReports, type ProgressReports } from "./progress.js";
import type { RedisConnection } from "./redis-connection.js";
import type { TemporalClient } from "./temporal.js";

export function createEmailsOf(pool: pg.Pool, temporal: TemporalClient): Emails {
  const workflow = createEmailWorkflow(() => temporal.connect());
  return createEmails({
    store: createEmailStore(pool),
    accept: createAcceptEmail(createEmailRequestStore(pool), workflow),
    workflow,
    prepare: prepareContent,
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

export function createProgressOf(pool: pg.Pool, redis: RedisConnection): ProgressReports {
  const bell = createProgressBell(() => redis.open("floe-progress"));
  return createProgressReports({ store: createProgressStore(pool), bell });
}
