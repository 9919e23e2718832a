import { emailRetryBackoff } from "../domain/email-status.js";
import { inLane, laneQueueOf, rowByRow, type JobSource } from "./job-source.js";

/** An email stands as `emailStatusOf` says: by the first of its recipients that tells. */
const rank = (recipient: string): string =>
  `(case ${recipient}.status when 'pending' then 0 when 'deferred' then 1 when 'sent' then 2 else 3 end, ${recipient}.position)`;
const tells = rowByRow(
  `not exists (select from email_recipients o where o.email_id = r.email_id and ${rank("o")} < ${rank("r")})`,
);

const openLetter = rowByRow(`exists (select from dead_letters d
  where d.email_id = r.email_id and d.tenant_id = r.tenant_id and d.resolved_at is null)`);

/** The whole delay; half of it is random. */
const { baseMs, factor, capMs } = emailRetryBackoff;
const retriedBy = `r.settled_at
  + least(${capMs}, ${baseMs} * ${factor}::float8 ^ (greatest(r.attempts, 1) - 1)) * interval '1 millisecond'`;

export const emailJobs: JobSource<"email.send"> = {
  from: `email_recipients r join emails e on e.email_id = r.email_id and e.tenant_id = r.tenant_id
    join email_groups g on g.group_id = r.group_id`,
  tenant: "r.tenant_id",
  id: "r.email_id",
  idType: "uuidv7",
  created: null,
  columns: {
    title: "r.email",
    campaignId: "e.campaign_id",
    queue: laneQueueOf("g.lane"),
    attempts: "r.attempts",
    error: "case when r.status <> 'sent' then coalesce(r.reason, r.enhanced_code, r.reply_code::text) end",
    startedAt: "coalesce(r.announced_at, r.settled_at)",
    finishedAt: "case when r.status not in ('pending', 'deferred') then r.settled_at end",
    nextAttemptAt: `case r.status when 'pending' then g.send_at when 'deferred' then ${retriedBy} end`,
  },
  states: {
    queued: `r.status = 'pending' and r.announced_at is null and (g.send_at is null or g.send_at <= now()) and ${tells}`,
    sending: `r.status in ('pending', 'deferred') and r.announced_at is not null and ${tells}`,
    scheduled: `r.status = 'pending' and r.announced_at is null and g.send_at > now() and ${tells}`,
    deferred: `r.status = 'deferred' and r.announced_at is null and ${tells}`,
    unknown: `r.status = 'unknown' and ${tells}`,
    sent: `r.status = 'sent' and ${tells}`,
    bounced: `r.status = 'bounced' and ${tells}`,
    suppressed: `r.status = 'suppressed' and ${tells}`,
    dead: `r.status = 'dead' and ${tells} and ${openLetter}`,
    dismissed: `r.status = 'dead' and ${tells} and not ${openLetter}`,
    cancelled: `r.status = 'cancelled' and ${tells}`,
  },
  split: { within: `r.status = 'dead' and ${tells}`, by: openLetter, yes: "dead", no: "dismissed" },
  faultless: ["queued", "sending", "scheduled", "sent"],
  many: true,
  matches: {
    queue: inLane("g.lane"),
    // Any address of the envelope; that of the one who tells is led to by its index.
    recipient: (value) => `r.email_id in (select a.email_id from email_recipients a
      where a.tenant_id = r.tenant_id and a.email = ${value})`,
    campaignId: (value) => `e.campaign_id = ${value}`,
    error: (pattern) => `concat_ws(' ', r.reason, r.enhanced_code, r.reply_code) ilike ${pattern}`,
    text: (pattern) => `concat_ws(' ', r.reason, r.enhanced_code, r.reply_code) ilike ${pattern}`,
  },
};

const underWay = `d.attempts > 0 and d.next_attempt_at > now() and ${rowByRow(`exists (
  select from webhook_attempts a
  where a.delivery_id = d.delivery_id and a.attempt = d.attempts and a.outcome is null)`)}`;
const letterOfDelivery = rowByRow(
  "exists (select from dead_letters l where l.delivery_id = d.delivery_id and l.resolved_at is null)",
);

export const webhookJobs: JobSource<"webhook.dispatch"> = {
  from: `webhook_deliveries d join webhook_endpoints w on w.webhook_id = d.webhook_id and w.tenant_id = d.tenant_id
    join webhook_events e on e.event_id = d.event_id`,
  tenant: "d.tenant_id",
  id: "d.delivery_id",
  idType: "bigint",
  created: "d.created_at",
  columns: {
    title: "e.type",
    endpoint: "w.url",
    queue: "'webhooks' || coalesce('-' || w.region, '')",
    attempts: "d.attempts",
    error: `case when d.status <> 'delivered' then coalesce(d.error, 'answered ' || d.response_status) end`,
    startedAt: "(select min(a.started_at) from webhook_attempts a where a.delivery_id = d.delivery_id)",
    finishedAt: "d.finished_at",
    nextAttemptAt: `case when d.status = 'pending' and not (${underWay})
      then greatest(d.next_attempt_at, w.blocked_until) end`,
  },
  states: {
    queued: "d.status = 'pending' and d.next_attempt_at <= now() and w.status = 'active'",
    held: "d.status = 'pending' and d.next_attempt_at <= now() and w.status <> 'active'",
    posting: `d.status = 'pending' and ${underWay}`,
    scheduled: "d.status = 'pending' and d.next_attempt_at > now() and d.attempts = 0",
    deferred: `d.status = 'pending' and d.next_attempt_at > now() and d.attempts > 0 and not (${underWay})`,
    delivered: "d.status = 'delivered'",
    dead: `d.status = 'dead' and ${letterOfDelivery}`,
    dismissed: `d.status = 'dead' and not ${letterOfDelivery}`,
    cancelled: "d.status = 'cancelled'",
  },
  split: { within: "d.status = 'dead'", by: letterOfDelivery, yes: "dead", no: "dismissed" },
  faultless: ["scheduled", "delivered"],
  many: true,
  matches: {
    queue: (queue, bind) => {
      const known = /^webhooks(?:-([a-z0-9][a-z0-9-]*))?$/.exec(queue);
      return known && `w.region is not distinct from ${bind(known[1] ?? null)}::text`;
    },
    webhookId: (value) => `d.webhook_id = ${value}`,
    error: (pattern) => `concat_ws(' ', d.error, 'answered ' || d.response_status) ilike ${pattern}`,
    text: (pattern) => `concat_ws(' ', e.type, d.error, 'answered ' || d.response_status) ilike ${pattern}`,
  },
};
