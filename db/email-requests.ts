import type pg from "pg";
import { NotFound } from "../domain/errors.js";
import type { EmailRecipientKind } from "../domain/email-status.js";
import type { Lane } from "../domain/lanes.js";
import type { OnUnknown } from "../domain/outcome.js";
import { insertAttachments, insertEmails, toRow, type CampaignSender } from "./email-rows.js";
import { transaction } from "./pool.js";
import { requireNode } from "./require-node.js";
import { requireTenant } from "./require-tenant.js";
import type { TemplateContent } from "./templates.js";

/** What the emails of one group share. */
export interface NewEmailGroup {
  groupId: string;
  tenantId: string;
  lane: Lane;
  onUnknown: OnUnknown;
  /** Null: at once. */
  sendAt: Date | null;
  /** Null: whichever node is free. */
  nodeId: string | null;
}

export interface NewEmail {
  emailId: string;
  recipients: { kind: EmailRecipientKind; email: string }[];
  /** A template's id or name (its latest version), the id of one version, or content of the email's own. */
  content: { template: string } | TemplateContent;
  variables: Record<string, unknown>;
  campaignId: string | null;
  /** Null: the campaign's sender. */
  fromEmail: string | null;
  fromName: string | null;
  replyTo: string | null;
  headers: Record<string, string>;
  /** Null: as the campaign does, or not at all. */
  trackOpens: boolean | null;
  trackClicks: boolean | null;
  onMissingVariable: "empty" | "refuse";
  /** Null: nobody who said so. */
  requestedBy: string | null;
  attachments: { filename: string; contentType: string | null; contentId: string | null; content: Buffer }[];
  idempotencyKey: string | null;
  /** Hashes of the request's fields, kept with the key. */
  fingerprint: Record<string, string> | null;
}

export type SavedEmail =
  | { kind: "created"; emailId: string }
  /** The key was used before: that email, and the fields in which its request differs from this one. */
  | { kind: "repeated"; emailId: string; groupId: string; isOpen: boolean; differences: string[] }
  | { kind: "refused"; error: NotFound };

export interface EmailRequestStore {
  /**
   * Saves the emails as one group, in one transaction; answers each in order. A group of which nothing was created does
   * not exist afterwards.
   * @throws NotFound (tenant)
   */
  saveEmails(group: NewEmailGroup, emails: NewEmail[]): Promise<SavedEmail[]>;
  /** Removes a group whose workflow could not be started. @returns false when it was started after all: it stays. */
  discardGroup(groupId: string): Promise<boolean>;
  /**
   * Groups that are due since `dueForMs` and that no attempt has taken up: perhaps the process that saved them died before
   * it started their workflow.
   */
  findStranded(dueForMs: number): Promise<Omit<NewEmailGroup, "onUnknown" | "nodeId">[]>;
}

/** Of stranded groups, taken up at once. */
const strandedAtOnce = 100;

export function createEmailRequestStore(pool: pg.Pool): EmailRequestStore {
  return {
    saveEmails: (group, emails) => transaction(pool, (client) => saveEmails(client, group, emails)),
    discardGroup: (groupId) => transaction(pool, (client) => discardGroup(client, groupId)),
    findStranded: (dueForMs) => findStranded(pool, dueForMs),
  };
}

async function saveEmails(
  client: pg.PoolClient,
  group: NewEmailGroup,
  emails: NewEmail[],
): Promise<SavedEmail[]> {
  const { tenantId } = group;
  await requireTenant(client, tenantId);
  if (group.nodeId !== null) await requireNode(client, tenantId, group.nodeId);
  const templates = await resolveTemplates(client, tenantId, emails);
  const campaigns = await loadCampaigns(client, tenantId, emails);
  const known = await loadKnown(client, tenantId, emails);
  const missing = (email: NewEmail): NotFound | null => {
    if (email.campaignId !== null && !campaigns.has(email.campaignId))
      return new NotFound("campaign", email.campaignId);
    if ("template" in email.content && !templates.has(email.content.template))
      return new NotFound("template", email.content.template);
    return null;
  };
  const fresh = firstOfKey(emails.filter((email) => !known.has(email.idempotencyKey) && !missing(email)));
  const created = await insertEmails(
    client,
    group,
    fresh.map((email) => toRow(email, { templates, campaigns })),
  );
  await insertAttachments(
    client,
    fresh.filter(({ emailId }) => created.has(emailId)),
  );
  // Those of this group that came second under their key, and those that another process was quicker with.
  const raced = created.size < emails.length ? await loadKnown(client, tenantId, emails) : known;
  return emails.map((email): SavedEmail => {
    if (created.has(email.emailId)) return { kind: "created", emailId: email.emailId };
    const before = raced.get(email.idempotencyKey);
    if (before) return { ...before, differences: differences(before.fingerprint, email.fingerprint) };
    return { kind: "refused", error: missing(email) ?? new NotFound("email", email.emailId) };
  });
}

function firstOfKey(emails: NewEmail[]): NewEmail[] {
  const seen = new Set<string>();
  return emails.filter(({ idempotencyKey: key }) => {
    if (key === null) return true;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function differences(before: Record<string, string>, now: Record<string, string> | null): string[] {
  const fields = new Set([...Object.keys(before), ...Object.keys(now ?? {})]);
  return [...fields].filter((field) => before[field] !== now?.[field]).sort();
}

async function resolveTemplates(
  client: pg.PoolClient,
  tenantId: string,
  emails: NewEmail[],
): Promise<Map<string, string>> {
  const asked = new Set(emails.flatMap(({ content }) => ("template" in content ? [content.template] : [])));
  if (asked.size === 0) return new Map();
  const { rows } = await client.query<{ asked: string; versionId: string }>(
    `select i.asked, v.template_version_id as "versionId"
     from unnest($2::text[]) as i (asked)
     cross join lateral (
       select v.template_version_id from templates t
       join template_versions v on v.template_id = t.template_id
       where t.tenant_id = $1
         and (v.template_version_id::text = lower(i.asked)
           or v.version = t.latest_version and (t.template_id::text = lower(i.asked) or t.name = i.asked))
       order by v.template_version_id::text = lower(i.asked) desc, t.template_id::text = lower(i.asked) desc
       limit 1
     ) v`,
    [tenantId, [...asked]],
  );
  return new Map(rows.map((row) => [row.asked, row.versionId]));
}

async function loadCampaigns(
  client: pg.PoolClient,
  tenantId: string,
  emails: NewEmail[],
): Promise<Map<string, CampaignSender>> {
  const asked = new Set(emails.flatMap(({ campaignId }) => (campaignId === null ? [] : [campaignId])));
  if (asked.size === 0) return new Map();
  const { rows } = await client.query<CampaignSender>(
    `select campaign_id as "campaignId", from_email as "fromEmail", from_name as "fromName",
       reply_to as "replyTo", track_opens as "trackOpens", track_clicks as "trackClicks"
     from campaigns where tenant_id = $1 and campaign_id = any ($2::uuid[])`,
    [tenantId, [...asked]],
  );
  return new Map(rows.map((row) => [row.campaignId, row]));
}

interface KnownEmail {
  kind: "repeated";
  emailId: string;
  groupId: string;
  isOpen: boolean;
  fingerprint: Record<string, string>;
}

async function loadKnown(
  client: pg.PoolClient,
  tenantId: string,
  emails: NewEmail[],
): Promise<Map<string | null, KnownEmail>> {
  const keys = emails.flatMap(({ idempotencyKey }) => (idempotencyKey === null ? [] : [idempotencyKey]));
  if (keys.length === 0) return new Map();
  const { rows } = await client.query<KnownEmail & { key: string }>(
    `select e.idempotency_key as key, 'repeated' as kind, e.email_id as "emailId", e.group_id as "groupId",
       e.fingerprint, exists (
         select from email_recipients r where r.email_id = e.email_id and r.status in ('pending', 'deferred')
       ) as "isOpen"
     from emails e where e.tenant_id = $1 and e.idempotency_key = any ($2::text[])`,
    [tenantId, keys],
  );
  return new Map(rows.map(({ key, ...known }) => [key, known]));
}

/** Whoever holds the group's lock first decides: an attempt that wants to announce, or this. */
async function discardGroup(client: pg.PoolClient, groupId: string): Promise<boolean> {
  await client.query("select 1 from email_groups where group_id = $1 for update", [groupId]);
  const { rows } = await client.query<{ begun: boolean }>(
    `select exists (select from email_recipients
       where group_id = $1 and (status <> 'pending' or announced_at is not null)) as begun`,
    [groupId],
  );
  if (rows[0]?.begun) return false;
  await client.query("delete from email_recipients where group_id = $1", [groupId]);
  await client.query("delete from emails where group_id = $1", [groupId]);
  await client.query("delete from email_groups where group_id = $1", [groupId]);
  return true;
}

async function findStranded(
  pool: pg.Pool,
  dueForMs: number,
): Promise<Omit<NewEmailGroup, "onUnknown" | "nodeId">[]> {
  const { rows } = await pool.query<Omit<NewEmailGroup, "onUnknown" | "nodeId">>(
    `select group_id as "groupId", tenant_id as "tenantId", lane, send_at as "sendAt"
     from email_groups
     where finished_at is null and claims = 0
       and coalesce(send_at, created_at) < now() - $1 * interval '1 millisecond'
     order by created_at limit $2`,
    [dueForMs, strandedAtOnce],
  );
  return rows;
}
