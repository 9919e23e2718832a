import type pg from "pg";
import { v7 as uuidv7 } from "uuid";
import { Conflict, NotFound } from "../domain/errors.js";
import type { SequenceRules, SequenceStep } from "../domain/sequence-rules.js";
import type { SequenceStatus } from "../domain/sequence-status.js";
import { composeAnew } from "./campaign-edits.js";
import { createCampaign, type NewCampaign } from "./campaigns.js";
import { findListId } from "./lists.js";
import { unlessReferred } from "./constraints.js";
import { transaction, type Queryable } from "./pool.js";
import { parseSegmentFilter } from "./segment-schema.js";
import { loadSegment } from "./segments.js";
import { loadTemplate } from "./templates.js";

/** A step as it is composed: its template by id or name. */
export type NewStep = Omit<SequenceStep, "templateVersionId"> & { template: string };

export interface NewSequence extends Omit<NewCampaign, "template"> {
  rules: Omit<SequenceRules, "steps">;
  /** At least one. */
  steps: NewStep[];
}

export interface Sequence {
  /** Also its campaign's id. */
  sequenceId: string;
  tenantId: string;
  name: string;
  status: SequenceStatus;
  rules: SequenceRules;
  createdAt: Date;
  /** When what was composed last changed, or its sends began or ended. */
  updatedAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

/** Exactly one of the three; list and segment by id or name. */
export interface NewAudience {
  tenantId: string;
  sequenceId: string;
  list?: string | undefined;
  segment?: string | undefined;
  contactIds?: string[] | undefined;
}

export interface SequenceCatalog {
  /** @throws InvalidInput naming the field; NotFound (tenant, template, list, segment) */
  createSequence(sequence: NewSequence): Promise<{ sequenceId: string }>;
  /** A draft becomes what is given, all of it. @throws as `createSequence`; Conflict once it was started */
  replaceSequence(sequenceId: string, sequence: NewSequence): Promise<Sequence>;
  /** Deletes a draft. @throws NotFound, Conflict once it was started: what was sent names it */
  removeSequence(tenantId: string, sequenceId: string): Promise<void>;
  /** @throws NotFound */
  loadSequence(tenantId: string, sequenceId: string): Promise<Sequence>;
  /** Newest first; `before` is the last sequence of the page before. */
  listSequences(tenantId: string, page: { before?: string | undefined; limit: number }): Promise<Sequence[]>;
  /** A draft runs from here on, and its audience is noted for enrollment; once, however often it is called. @throws NotFound */
  beginSequence(tenantId: string, sequenceId: string): Promise<void>;
  /** Notes who else is to be enrolled. @throws NotFound (list, segment); Conflict when the sequence does not run. */
  addAudience(audience: NewAudience): Promise<void>;
}

export function createSequenceCatalog(pool: pg.Pool): SequenceCatalog {
  return {
    createSequence: (sequence) => transaction(pool, (client) => createSequence(client, sequence)),
    replaceSequence: (sequenceId, sequence) =>
      transaction(pool, (client) => replaceSequence(client, sequenceId, sequence)),
    removeSequence: (tenantId, sequenceId) => removeSequence(pool, tenantId, sequenceId),
    loadSequence: (tenantId, sequenceId) => loadSequence(pool, tenantId, sequenceId),
    listSequences: (tenantId, page) => listSequences(pool, tenantId, page),
    beginSequence: (tenantId, sequenceId) => beginSequence(pool, tenantId, sequenceId),
    addAudience: (audience) => addAudience(pool, audience),
  };
}

async function createSequence(
  client: pg.PoolClient,
  { rules, steps, ...campaign }: NewSequence,
): Promise<{ sequenceId: string }> {
  const { tenantId } = campaign;
  const { campaignId } = await createCampaign(client, { ...campaign, template: steps[0]?.template ?? "" });
  const whole = await resolveRules(client, { tenantId, rules, steps });
  await client.query("update campaigns set kind = 'sequence' where campaign_id = $1 and tenant_id = $2", [
    campaignId,
    tenantId,
  ]);
  await client.query("insert into sequences (campaign_id, tenant_id, rules) values ($1, $2, $3)", [
    campaignId,
    tenantId,
    JSON.stringify(whole),
  ]);
  return { sequenceId: campaignId };
}

async function replaceSequence(
  client: pg.PoolClient,
  sequenceId: string,
  { rules, steps, ...campaign }: NewSequence,
): Promise<Sequence> {
  const { tenantId } = campaign;
  const status = await lockSequence(client, tenantId, sequenceId);
  if (status !== "draft")
    throw new Conflict(`Sequence ${sequenceId} was started; compose another one instead.`, { sequenceId });
  await composeAnew(client, sequenceId, { ...campaign, template: steps[0]?.template ?? "" });
  const whole = await resolveRules(client, { tenantId, rules, steps });
  await client.query("update sequences set rules = $3 where tenant_id = $1 and campaign_id = $2", [
    ...[tenantId, sequenceId, JSON.stringify(whole)],
  ]);
  return loadSequence(client, tenantId, sequenceId);
}

/** Whoever starts it meanwhile waits, and starts what it then is, or finds it gone. @throws NotFound */
async function lockSequence(
  client: pg.PoolClient,
  tenantId: string,
  sequenceId: string,
): Promise<SequenceStatus> {
  const { rows } = await client.query<{ status: SequenceStatus }>(
    "select status from sequences where tenant_id = $1 and campaign_id = $2 for update",
    [tenantId, sequenceId],
  );
  if (!rows[0]) throw new NotFound("sequence", sequenceId);
  return rows[0].status;
}

async function removeSequence(pool: pg.Pool, tenantId: string, sequenceId: string): Promise<void> {
  await transaction(pool, async (client) => {
    const status = await lockSequence(client, tenantId, sequenceId);
    if (status !== "draft") {
      throw new Conflict(
        `Sequence ${sequenceId} is ${status}; only one that was never started can be deleted.`,
        { sequenceId, status },
      );
    }
    await unlessReferred(`Sequence ${sequenceId}`, async () => {
      await client.query("delete from sequences where tenant_id = $1 and campaign_id = $2", [
        tenantId,
        sequenceId,
      ]);
      await client.query("delete from campaigns where tenant_id = $1 and campaign_id = $2", [
        tenantId,
        sequenceId,
      ]);
    });
  });
}

async function resolveRules(
  db: Queryable,
  { tenantId, rules, steps }: Pick<NewSequence, "tenantId" | "rules" | "steps">,
): Promise<SequenceRules> {
  const saved: SequenceStep[] = [];
  for (const { template, ...step } of steps) {
    const { templateVersionId } = await loadTemplate(db, tenantId, template);
    saved.push({ ...step, templateVersionId });
  }
  const whole: SequenceRules = { ...rules, steps: saved };
  checkFilters(whole);
  return whole;
}

/** @throws InvalidInput naming the place in the filter. */
function checkFilters({ exits, steps }: SequenceRules): void {
  if (exits.contact !== null) parseSegmentFilter(exits.contact);
  for (const condition of steps.flatMap((step) => step.conditions)) {
    if (condition.kind === "contact") parseSegmentFilter(condition.filter);
  }
}

const selectSequence = `
  select q.campaign_id as "sequenceId", q.tenant_id as "tenantId", c.name, q.status, q.rules, q.created_at as "createdAt",
    c.updated_at as "updatedAt",
    q.started_at as "startedAt", q.finished_at as "finishedAt"
  from`;
const withCampaign = "join campaigns c on c.campaign_id = q.campaign_id and c.tenant_id = q.tenant_id";

async function loadSequence(db: Queryable, tenantId: string, sequenceId: string): Promise<Sequence> {
  const { rows } = await db.query<Sequence>(
    `${selectSequence} sequences q ${withCampaign} where q.tenant_id = $1 and q.campaign_id = $2`,
    [tenantId, sequenceId],
  );
  if (!rows[0]) throw new NotFound("sequence", sequenceId);
  return rows[0];
}

async function listSequences(
  pool: pg.Pool,
  tenantId: string,
  { before, limit }: { before?: string | undefined; limit: number },
): Promise<Sequence[]> {
  const { rows } = await pool.query<Sequence>(
    `${selectSequence} (
       select * from sequences
       where tenant_id = $1 and ($2::uuid is null or (created_at, campaign_id) < (
         (select created_at from sequences where tenant_id = $1 and campaign_id = $2), $2))
       order by created_at desc, campaign_id desc limit $3
     ) q ${withCampaign}
     order by q.created_at desc, q.campaign_id desc`,
    [tenantId, before ?? null, limit],
  );
  return rows;
}

async function beginSequence(pool: pg.Pool, tenantId: string, sequenceId: string): Promise<void> {
  await transaction(pool, async (client) => {
    await lockSequence(client, tenantId, sequenceId);
    // Running from here on: whoever pauses or enrolls at once need not wait for the workflow to say so.
    await client.query(
      `with audience as (
       insert into sequence_audiences (audience_id, campaign_id, tenant_id, list_id, segment_id)
       select campaign_id, campaign_id, tenant_id, list_id, segment_id from campaigns
       where campaign_id = $1 and tenant_id = $2
       on conflict do nothing
     ), begun as (
       update sequences set status = 'running', started_at = now()
       where campaign_id = $1 and tenant_id = $2 and status = 'draft'
       returning campaign_id
     )
     update campaigns c set status = 'sending', updated_at = now() from begun b
     where c.campaign_id = b.campaign_id and c.tenant_id = $2`,
      [sequenceId, tenantId],
    );
  });
}

async function addAudience(pool: pg.Pool, audience: NewAudience): Promise<void> {
  const { tenantId, sequenceId, list, segment, contactIds } = audience;
  const { status } = await loadSequence(pool, tenantId, sequenceId);
  if (status === "draft" || status === "cancelled") {
    throw new Conflict(`Sequence ${sequenceId} is ${status}; nobody can be enrolled.`, {
      sequenceId,
      status,
    });
  }
  await pool.query(
    `insert into sequence_audiences (audience_id, campaign_id, tenant_id, list_id, segment_id, contact_ids)
     values ($1, $2, $3, $4, $5, $6)`,
    [
      ...[uuidv7(), sequenceId, tenantId],
      list === undefined ? null : await findListId(pool, tenantId, list),
      segment === undefined ? null : (await loadSegment(pool, tenantId, segment)).segmentId,
      contactIds ?? null,
    ],
  );
}
