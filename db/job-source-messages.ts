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

const ofPending = { sending: "r.announced_at is not null", scheduled: "g.send_at > now()", queued: null };
const ofDeferred = { sending: "r.announced_at is not null", deferred: null };
const ofDead = { dead: openLetter, dismissed: null };
const others = ["unknown", "sent", "bounced", "suppressed", "cancelled"] as const;

const group = { table: "email_groups g", on: "g.group_id = r.group_id" };
const email = { table: "emails e", on: "e.email_id = r.email_id and e.tenant_id = r.tenant_id" };
const whoTells = (emailId: string) => ({
  table: "email_recipients r",
  on: `r.email_id = ${emailId}`,
  first: rank("r"),
});

export const emailJobs: JobSource<"email.send"> = {
  table: "email_recipients r",
  joins: [email, group],
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
  isJob: tells,
  walks: [
    { status: "pending", states: ofPending },
    { status: "deferred", states: ofDeferred },
    { status: "dead", states: ofDead },
    ...others.map((status) => ({ status, states: { [status]: null } })),
  ],
  faultless: ["queued", "sending", "scheduled", "sent"],
  many: true,
  matches: {
    queue: inLane("g.lane"),
    campaignId: (value) => `e.campaign_id = ${value}`,
    error: (pattern) => `concat_ws(' ', r.reason, r.enhanced_code, r.reply_code) ilike ${pattern}`,
    text: (pattern) => `concat_ws(' ', r.reason, r.enhanced_code, r.reply_code) ilike ${pattern}`,
  },
  ledBy: ({ recipient, campaignId }, bind) => {
    if (recipient !== undefined) return emailsTo(bind(recipient));
    return campaignId === undefined ? null : emailsOfCampaign(`${bind(campaignId)}::uuid`);
  },
};

/** By the status of the recipient who tells. */
const standings = {
  sending: "r.status in ('pending', 'deferred') and r.announced_at is not null",
  scheduled: "r.status = 'pending' and g.send_at > now()",
  queued: "r.status = 'pending'",
  deferred: "r.status = 'deferred'",
  dead: `r.status = 'dead' and ${openLetter}`,
  dismissed: "r.status = 'dead'",
  ...(Object.fromEntries(others.map((status) => [status, `r.status = '${status}'`])) as Record<
    (typeof others)[number],
    string
  >),
};

/** An address may be in an email twice. */
const firstOfAddress = rowByRow(`not exists (select from email_recipients b
  where b.email_id = a.email_id and b.email = a.email and b.position < a.position)`);

function emailsTo(address: string): JobSource<"email.send"> {
  return {
    ...emailJobs,
    table: "email_recipients a",
    joins: [whoTells("a.email_id"), email, group],
    ...{ tenant: "a.tenant_id", id: "a.email_id", isJob: firstOfAddress },
    walks: [{ within: `a.email = ${address}`, states: standings }],
  };
}

function emailsOfCampaign(campaignId: string): JobSource<"email.send"> {
  return {
    ...emailJobs,
    table: "emails e",
    joins: [whoTells("e.email_id"), group],
    ...{ tenant: "e.tenant_id", id: "e.email_id", isJob: "true" },
    walks: [{ within: `e.campaign_id = ${campaignId}`, states: standings }],
  };
}

const underWay = `d.attempts > 0 and d.next_attempt_at > now() and ${rowByRow(`exists (
  select from webhook_attempts a
  where a.delivery_id = d.delivery_id and a.attempt = d.attempts and a.outcome is null)`)}`;
const letterOfDelivery = rowByRow(
  "exists (select from dead_letters l where l.delivery_id = d.delivery_id and l.resolved_at is null)",
);

export const webhookJobs: JobSource<"webhook.dispatch"> = {
  table: "webhook_deliveries d",
  joins: [
    { table: "webhook_endpoints w", on: "w.webhook_id = d.webhook_id and w.tenant_id = d.tenant_id" },
    { table: "webhook_events e", on: "e.event_id = d.event_id" },
  ],
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
  walks: [
    {
      status: "pending",
      states: {
        held: "d.next_attempt_at <= now() and w.status <> 'active'",
        queued: "d.next_attempt_at <= now()",
        scheduled: "d.attempts = 0",
        posting: underWay,
        deferred: null,
      },
    },
    { status: "delivered", states: { delivered: null } },
    { status: "dead", states: { dead: letterOfDelivery, dismissed: null } },
    { status: "cancelled", states: { cancelled: null } },
  ],
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
