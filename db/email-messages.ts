import type pg from "pg";
import type { EmailAttachment, EmailMessage, EmailMessages } from "../activities/email-ports.js";

/** What single emails say: their own content, or that of a template's version. */
export function createEmailMessages(pool: pg.Pool): EmailMessages {
  return {
    loadMessages: (groupId, positions) => loadMessages(pool, groupId, positions),
    loadAttachments: (emailId) => loadAttachments(pool, emailId),
  };
}

async function loadMessages(pool: pg.Pool, groupId: string, positions?: number[]): Promise<EmailMessage[]> {
  const { rows } = await pool.query<EmailMessage>({
    name: "load-emails",
    text: `
      select e.email_id as "emailId", e.group_id as "groupId", e.tenant_id as "tenantId",
        e.campaign_id as "campaignId", g.lane, coalesce(g.send_at, e.created_at) as date,
        a.position, a.addresses, e.from_name as "fromName", e.from_email as "fromEmail",
        e.reply_to as "replyTo", e.headers, e.variables, e.track_opens as "trackOpens",
        e.track_clicks as "trackClicks", e.bulk, e.on_missing_variable as "onMissingVariable",
        (select count(*)::int from email_attachments where email_id = e.email_id) as attachments,
        jsonb_build_object(
          'templateVersionId', coalesce(v.template_version_id, e.email_id),
          'subject', coalesce(v.subject, e.subject), 'preheader', coalesce(v.preheader, e.preheader),
          'html', coalesce(v.html, e.html, ''), 'text', coalesce(v.text, e.text, ''),
          'links', to_jsonb(coalesce(v.links, e.links))) as template
      from emails e
      join email_groups g on g.group_id = e.group_id and g.tenant_id = e.tenant_id
      left join template_versions v
        on v.template_version_id = e.template_version_id and v.tenant_id = e.tenant_id
      cross join lateral (
        select min(r.position) as position,
          jsonb_agg(jsonb_build_object('kind', r.kind, 'email', r.email) order by r.position) as addresses,
          bool_or(r.status in ('pending', 'deferred')
            and ($2::int[] is null or r.position = any ($2))) as wanted
        from email_recipients r where r.email_id = e.email_id
      ) a
      where e.group_id = $1 and a.wanted
      order by a.position`,
    values: [groupId, positions ?? null],
  });
  return rows;
}

async function loadAttachments(pool: pg.Pool, emailId: string): Promise<EmailAttachment[]> {
  const { rows } = await pool.query<EmailAttachment>(
    `select filename, content_type as "contentType", content_id as "contentId", content
     from email_attachments where email_id = $1 order by ordinal`,
    [emailId],
  );
  return rows;
}
