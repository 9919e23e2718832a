import { orchestrationQueue } from "../domain/lanes.js";
import { inLane, laneQueueOf, onlyQueue, rowByRow, type JobSource } from "./job-source.js";

const openLetter = rowByRow(
  "exists (select from dead_letters d where d.send_id = s.send_id and d.resolved_at is null)",
);

/** One run of a campaign; what it is of (a sequence, a test) is told by its campaign. */
const sendJobs: JobSource<"campaign.process"> = {
  from: "campaign_sends s join campaigns c on c.campaign_id = s.campaign_id and c.tenant_id = s.tenant_id",
  tenant: "s.tenant_id",
  id: "s.send_id",
  idType: "uuid",
  created: "s.created_at",
  columns: {
    title: "c.name",
    campaignId: "s.campaign_id",
    queue: laneQueueOf("c.lane"),
    startedAt: "s.started_at",
    finishedAt: "s.finished_at",
    nextAttemptAt: `case when s.status = 'scheduled' then
      coalesce(s.scheduled_at, s.local_start::timestamp at time zone s.time_zone) end`,
  },
  states: {
    queued: `s.status = 'scheduled' and s.local_start is null and (s.scheduled_at is null or s.scheduled_at <= now())`,
    scheduled: "s.status = 'scheduled' and (s.local_start is not null or s.scheduled_at > now())",
    sending: "s.status = 'sending'",
    cancelling: "s.status = 'cancelling'",
    paused: "s.status = 'paused'",
    completed: `s.status = 'completed' and not ${openLetter}`,
    "completed-with-dead": `s.status = 'completed' and ${openLetter}`,
    cancelled: "s.status = 'cancelled'",
  },
  split: { within: "s.status = 'completed'", by: openLetter, yes: "completed-with-dead", no: "completed" },
  matches: {
    queue: inLane("c.lane"),
    campaignId: (value) => `s.campaign_id = ${value}`,
    text: (pattern) => `c.name ilike ${pattern}`,
  },
};

const sequenceJobs: JobSource<"campaign.sequence"> = {
  from: "sequences q join campaigns c on c.campaign_id = q.campaign_id and c.tenant_id = q.tenant_id",
  tenant: "q.tenant_id",
  id: "q.campaign_id",
  idType: "uuid",
  created: "q.created_at",
  columns: {
    title: "c.name",
    campaignId: "q.campaign_id",
    queue: `'${orchestrationQueue}'`,
    startedAt: "q.started_at",
    finishedAt: "q.finished_at",
  },
  // A draft is no work yet.
  states: {
    running: "q.status = 'running'",
    paused: "q.status = 'paused'",
    completed: "q.status = 'completed'",
    cancelled: "q.status = 'cancelled'",
  },
  matches: {
    queue: onlyQueue(orchestrationQueue),
    campaignId: (value) => `q.campaign_id = ${value}`,
    text: (pattern) => `c.name ilike ${pattern}`,
  },
};

const abTestJobs: JobSource<"campaign.ab-test"> = {
  from: "ab_tests t join campaigns c on c.campaign_id = t.campaign_id and c.tenant_id = t.tenant_id",
  tenant: "t.tenant_id",
  id: "t.campaign_id",
  idType: "uuid",
  created: "t.created_at",
  columns: {
    title: "c.name",
    campaignId: "t.campaign_id",
    queue: `'${orchestrationQueue}'`,
    startedAt: "t.started_at",
    finishedAt: "t.finished_at",
    nextAttemptAt: "case t.status when 'draft' then t.scheduled_at when 'testing' then t.decide_at end",
  },
  // A draft is work from when it was told to start.
  states: {
    queued: "t.status = 'draft' and t.scheduled_at <= now() and not t.paused",
    scheduled: "t.status = 'draft' and t.scheduled_at > now() and not t.paused",
    testing: "t.status = 'testing' and not t.paused",
    sending: "t.status = 'sending' and not t.paused",
    held: "t.status = 'held' and not t.paused",
    paused:
      "t.paused and (t.status in ('testing', 'held', 'sending') or t.status = 'draft' and t.scheduled_at is not null)",
    completed: "t.status = 'completed'",
    cancelled: "t.status = 'cancelled'",
  },
  matches: {
    queue: onlyQueue(orchestrationQueue),
    campaignId: (value) => `t.campaign_id = ${value}`,
    text: (pattern) => `c.name ilike ${pattern}`,
  },
};

export const campaignJobs = {
  "campaign.process": sendJobs,
  "campaign.sequence": sequenceJobs,
  "campaign.ab-test": abTestJobs,
};
