import { orchestrationQueue } from "../domain/lanes.js";
import { inLane, laneQueueOf, onlyQueue, rowByRow, type JobSource } from "./job-source.js";

/** In order, so that it is found by the index: where most letters are of one send, all would be read for each. */
const openLetter = rowByRow(
  `select true from dead_letters d where d.send_id = s.send_id and d.resolved_at is null order by d.contact_id limit 1`,
);

/** One run of a campaign; what it is of (a sequence, a test) is told by its campaign. */
const sendJobs: JobSource<"campaign.process"> = {
  table: "campaign_sends s",
  joins: [{ table: "campaigns c", on: "c.campaign_id = s.campaign_id and c.tenant_id = s.tenant_id" }],
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
  walks: [
    {
      status: "scheduled",
      states: { scheduled: "s.local_start is not null or s.scheduled_at > now()", queued: null },
    },
    { status: "sending", states: { sending: null } },
    { status: "cancelling", states: { cancelling: null } },
    { status: "paused", states: { paused: null } },
    { status: "completed", states: { "completed-with-dead": openLetter, completed: null } },
    { status: "cancelled", states: { cancelled: null } },
  ],
  matches: {
    queue: inLane("c.lane"),
    campaignId: (value) => `s.campaign_id = ${value}`,
    text: (pattern) => `c.name ilike ${pattern}`,
  },
};

const sequenceJobs: JobSource<"campaign.sequence"> = {
  table: "sequences q",
  joins: [{ table: "campaigns c", on: "c.campaign_id = q.campaign_id and c.tenant_id = q.tenant_id" }],
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
  isJob: "q.status <> 'draft'",
  walks: [
    {
      states: {
        running: "q.status = 'running'",
        paused: "q.status = 'paused'",
        completed: "q.status = 'completed'",
        cancelled: "q.status = 'cancelled'",
      },
    },
  ],
  matches: {
    queue: onlyQueue(orchestrationQueue),
    campaignId: (value) => `q.campaign_id = ${value}`,
    text: (pattern) => `c.name ilike ${pattern}`,
  },
};

const abTestJobs: JobSource<"campaign.ab-test"> = {
  table: "ab_tests t",
  joins: [{ table: "campaigns c", on: "c.campaign_id = t.campaign_id and c.tenant_id = t.tenant_id" }],
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
  isJob: "(t.status <> 'draft' or t.scheduled_at is not null)",
  walks: [
    {
      states: {
        completed: "t.status = 'completed'",
        cancelled: "t.status = 'cancelled'",
        paused: "t.paused",
        queued: "t.status = 'draft' and t.scheduled_at <= now()",
        scheduled: "t.status = 'draft'",
        testing: "t.status = 'testing'",
        sending: "t.status = 'sending'",
        held: "t.status = 'held'",
      },
    },
  ],
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
