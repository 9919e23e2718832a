/** How a request for an email becomes rows. */
import type pg from "pg";
import type { NewEmail, NewEmailGroup } from "./email-requests.js";

/** What a campaign gives to its single emails. */
export interface CampaignSender {
  campaignId: string;
  fromEmail: string;
  fromName: string | null;
  replyTo: string | null;
  trackOpens: boolean;
  trackClicks: boolean;
}

/** What the names in a request stand for. */
export interface Resolved {
  templates: Map<string, string>;
  campaigns: Map<string, CampaignSender>;
}

/** As the statement's `jsonb_to_recordset` names its columns. */
export function toRow(email: NewEmail, { templates, campaigns }: Resolved) {
  const campaign = email.campaignId === null ? undefined : campaigns.get(email.campaignId);
  const { content } = email;
  return {
    email_id: email.emailId,
    campaign_id: email.campaignId,
    idempotency_key: email.idempotencyKey,
    fingerprint: email.fingerprint,
    ...("template" in content ? { template_version_id: templates.get(content.template) } : content),
    variables: email.variables,
    // A sender's name belongs to the address it was given for.
    from_name: email.fromName ?? (email.fromEmail === null ? campaign?.fromName : null),
    from_email: email.fromEmail ?? campaign?.fromEmail,
    reply_to: email.replyTo ?? campaign?.replyTo,
    headers: email.headers,
    track_opens: email.trackOpens ?? campaign?.trackOpens ?? false,
    track_clicks: email.trackClicks ?? campaign?.trackClicks ?? false,
    bulk: campaign !== undefined,
    on_missing_variable: email.onMissingVariable,
    requested_by: email.requestedBy,
    recipients: email.recipients,
  };
}

/** The group with its emails and their recipients; returns the ids of those whose key was not taken. */
export async function insertEmails(
  client: pg.PoolClient,
  group: NewEmailGroup,
  emails: ReturnType<typeof toRow>[],
): Promise<Set<string>> {
  if (emails.length === 0) return new Set();
  const { rows } = await client.query<{ email_id: string }>({
    name: "insert-emails",
    text: `
      with input as materialized (
        select * from jsonb_to_recordset($6::jsonb) as i (
          email_id uuid, campaign_id uuid, idempotency_key text, fingerprint jsonb, template_version_id uuid,
          subject text, preheader text, html text, "text" text, links text[], variables jsonb, from_name text,
          from_email text, reply_to text, headers jsonb, track_opens boolean, track_clicks boolean, bulk boolean,
          on_missing_variable text, requested_by text, recipients jsonb, nth bigint)
      ), g as (
        insert into email_groups (group_id, tenant_id, lane, on_unknown, send_at, node_id, emails, recipients)
        select $1, $2, $3, $4, $5, $7, count(*), sum(jsonb_array_length(recipients)) from input
      ), created as (
        insert into emails (email_id, group_id, tenant_id, campaign_id, idempotency_key, fingerprint,
          template_version_id, subject, preheader, html, text, links, variables, from_name, from_email, reply_to,
          headers, track_opens, track_clicks, bulk, on_missing_variable, requested_by)
        select email_id, $1, $2, campaign_id, idempotency_key, fingerprint, template_version_id, subject, preheader,
          html, "text", coalesce(links, '{}'), variables, from_name, from_email, reply_to, headers, track_opens,
          track_clicks, bulk, on_missing_variable, requested_by
        -- By key, so that two processes with the same keys wait for each other instead of deadlocking.
        from input order by idempotency_key
        on conflict (tenant_id, idempotency_key) where idempotency_key is not null do nothing
        returning email_id
      ), placed as (
        insert into email_recipients (group_id, position, email_id, tenant_id, kind, email)
        select $1, row_number() over (order by i.nth, r.nth) - 1, i.email_id, $2, r.value ->> 'kind',
          r.value ->> 'email'
        from created c join input i on i.email_id = c.email_id
        cross join lateral jsonb_array_elements(i.recipients) with ordinality as r (value, nth)
      )
      select email_id from created`,
    values: [
      group.groupId,
      group.tenantId,
      group.lane,
      group.onUnknown,
      group.sendAt,
      JSON.stringify(emails.map((email, nth) => ({ nth, ...email }))),
      group.nodeId,
    ],
  });
  if (rows.length === 0) await client.query("delete from email_groups where group_id = $1", [group.groupId]);
  return new Set(rows.map((row) => row.email_id));
}

export async function insertAttachments(client: pg.PoolClient, emails: NewEmail[]): Promise<void> {
  const rows = emails.flatMap(({ emailId, attachments }) =>
    attachments.map((attachment, ordinal) => ({ emailId, ordinal, ...attachment })),
  );
  if (rows.length === 0) return;
  await client.query(
    `insert into email_attachments (email_id, ordinal, filename, content_type, content_id, content)
     select * from unnest($1::uuid[], $2::smallint[], $3::text[], $4::text[], $5::text[], $6::bytea[])`,
    [
      rows.map((row) => row.emailId),
      rows.map((row) => row.ordinal),
      rows.map((row) => row.filename),
      rows.map((row) => row.contentType),
      rows.map((row) => row.contentId),
      rows.map((row) => row.content),
    ],
  );
}
