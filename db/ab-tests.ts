import type pg from "pg";
import type { AbTestRules, AbTestStatus } from "../domain/ab-test.js";
import type { ChoiceReason, VariantFigures } from "../domain/ab-test-choice.js";
import { Conflict, NotFound } from "../domain/errors.js";
import { loadFigures } from "./ab-test-figures.js";
import { composeAnew } from "./campaign-edits.js";
import { createCampaign, type NewCampaign } from "./campaigns.js";
import { unlessReferred } from "./constraints.js";
import { transaction, type Queryable } from "./pool.js";
import { loadTemplate } from "./templates.js";

export interface NewVariant {
  name: string;
  /** Template id or name (its latest version), or the id of one version. */
  template: string;
  /** Null: the campaign's. */
  fromName: string | null;
}

export interface NewAbTest extends Omit<NewCampaign, "template"> {
  rules: AbTestRules;
  /** Two at least. */
  variants: NewVariant[];
}

export interface AbTestVariant {
  /** Counts from 1. */
  variant: number;
  name: string;
  templateVersionId: string;
  fromName: string | null;
  /** Null before the test began. */
  sendId: string | null;
}

export interface AbTest {
  /** Also its campaign's id. */
  abTestId: string;
  tenantId: string;
  name: string;
  status: AbTestStatus;
  paused: boolean;
  rules: AbTestRules;
  variants: AbTestVariant[];
  scheduledAt: Date | null;
  startedAt: Date | null;
  testedAt: Date | null;
  decideAt: Date | null;
  decidedAt: Date | null;
  winner: number | null;
  decidedBy: "rules" | "person" | null;
  /** Of the choice, or why a person has to make it. */
  reason: ChoiceReason | null;
  /** How much later than planned it was made. */
  lateMs: number | null;
  /** Of the winner to the rest; null before there is one. */
  restSendId: string | null;
  createdAt: Date;
  /** When what was composed last changed, or its sends began or ended. */
  updatedAt: Date;
  finishedAt: Date | null;
}

export interface AbTestCatalog {
  /** @throws InvalidInput naming the field; NotFound (tenant, template, list, segment) */
  createAbTest(test: NewAbTest): Promise<{ abTestId: string }>;
  /** A draft becomes what is given, all of it. @throws as `createAbTest`; Conflict once it is to begin */
  replaceAbTest(abTestId: string, test: NewAbTest): Promise<AbTest>;
  /** Deletes a draft. @throws NotFound, Conflict once it is to begin */
  removeAbTest(tenantId: string, abTestId: string): Promise<void>;
  /** @throws NotFound */
  loadAbTest(tenantId: string, abTestId: string): Promise<AbTest>;
  /** Newest first; `before` is the last test of the page before. */
  listAbTests(tenantId: string, page: { before?: string | undefined; limit: number }): Promise<AbTest[]>;
  /** When a draft is to begin; the first word counts. From here on it can be paused and cancelled. @throws NotFound */
  scheduleAbTest(tenantId: string, abTestId: string, at: Date): Promise<void>;
  loadFigures(tenantId: string, abTestId: string): Promise<VariantFigures[]>;
}

export function createAbTestCatalog(pool: pg.Pool): AbTestCatalog {
  return {
    createAbTest: (test) => transaction(pool, (client) => createAbTest(client, test)),
    replaceAbTest: (abTestId, test) => transaction(pool, (client) => replaceAbTest(client, abTestId, test)),
    removeAbTest: (tenantId, abTestId) => removeAbTest(pool, tenantId, abTestId),
    loadAbTest: (tenantId, abTestId) => loadAbTest(pool, tenantId, abTestId),
    listAbTests: (tenantId, page) => listAbTests(pool, tenantId, page),
    scheduleAbTest: (tenantId, abTestId, at) => scheduleAbTest(pool, { tenantId, abTestId, at }),
    loadFigures: (tenantId, abTestId) => loadFigures(pool, tenantId, abTestId),
  };
}

async function createAbTest(
  client: pg.PoolClient,
  { rules, variants, ...campaign }: NewAbTest,
): Promise<{ abTestId: string }> {
  const { tenantId } = campaign;
  const { campaignId } = await createCampaign(client, { ...campaign, template: variants[0]?.template ?? "" });
  await client.query(
    `with marked as (update campaigns set kind = 'ab-test' where campaign_id = $1 and tenant_id = $2)
     insert into ab_tests (campaign_id, tenant_id, rules) values ($1, $2, $3)`,
    [campaignId, tenantId, JSON.stringify(rules)],
  );
  await insertVariants(client, { tenantId, abTestId: campaignId, variants });
  return { abTestId: campaignId };
}

async function replaceAbTest(
  client: pg.PoolClient,
  abTestId: string,
  { rules, variants, ...campaign }: NewAbTest,
): Promise<AbTest> {
  const { tenantId } = campaign;
  const { isDraft } = await lockAbTest(client, tenantId, abTestId);
  if (!isDraft)
    throw new Conflict(`A/B test ${abTestId} was started; compose another one instead.`, { abTestId });
  await composeAnew(client, abTestId, { ...campaign, template: variants[0]?.template ?? "" });
  await client.query(
    `with emptied as (delete from ab_test_variants where tenant_id = $1 and campaign_id = $2)
     update ab_tests set rules = $3 where tenant_id = $1 and campaign_id = $2`,
    [tenantId, abTestId, JSON.stringify(rules)],
  );
  await insertVariants(client, { tenantId, abTestId, variants });
  return loadAbTest(client, tenantId, abTestId);
}

/** Whoever starts it meanwhile waits, and starts what it then is, or finds it gone. @throws NotFound */
async function lockAbTest(
  client: pg.PoolClient,
  tenantId: string,
  abTestId: string,
): Promise<{ status: AbTestStatus; isDraft: boolean }> {
  const { rows } = await client.query<{ status: AbTestStatus; isDraft: boolean }>(
    `select status, status = 'draft' and scheduled_at is null as "isDraft" from ab_tests
     where tenant_id = $1 and campaign_id = $2 for update`,
    [tenantId, abTestId],
  );
  if (!rows[0]) throw new NotFound("A/B test", abTestId);
  return rows[0];
}

async function removeAbTest(pool: pg.Pool, tenantId: string, abTestId: string): Promise<void> {
  await transaction(pool, async (client) => {
    const { status, isDraft } = await lockAbTest(client, tenantId, abTestId);
    if (!isDraft) {
      const stands = status === "draft" ? "about to begin" : status;
      throw new Conflict(
        `A/B test ${abTestId} is ${stands}; only one that was never started can be deleted.`,
        { abTestId, status },
      );
    }
    // Its variants go with it.
    await unlessReferred(`A/B test ${abTestId}`, async () => {
      await client.query("delete from ab_tests where tenant_id = $1 and campaign_id = $2", [
        tenantId,
        abTestId,
      ]);
      await client.query("delete from campaigns where tenant_id = $1 and campaign_id = $2", [
        tenantId,
        abTestId,
      ]);
    });
  });
}

async function insertVariants(
  client: pg.PoolClient,
  { tenantId, abTestId, variants }: { tenantId: string; abTestId: string; variants: NewVariant[] },
): Promise<void> {
  for (const [index, { name, template, fromName }] of variants.entries()) {
    const { templateVersionId } = await loadTemplate(client, tenantId, template);
    await client.query(
      `insert into ab_test_variants (campaign_id, variant, tenant_id, name, template_version_id, from_name)
       values ($1, $2, $3, $4, $5, $6)`,
      [abTestId, index + 1, tenantId, name, templateVersionId, fromName],
    );
  }
}

const selectAbTest = `
  select t.campaign_id as "abTestId", t.tenant_id as "tenantId", c.name, t.status, t.paused, t.rules,
    t.scheduled_at as "scheduledAt", t.started_at as "startedAt", t.tested_at as "testedAt", t.decide_at as "decideAt",
    t.decided_at as "decidedAt", t.winner, t.decided_by as "decidedBy", t.reason, t.late_ms::float8 as "lateMs",
    t.created_at as "createdAt", c.updated_at as "updatedAt", t.finished_at as "finishedAt",
    (select send_id from campaign_sends where campaign_id = t.campaign_id and run_key = 'rest') as "restSendId",
    (select json_agg(json_build_object('variant', v.variant, 'name', v.name, 'templateVersionId', v.template_version_id,
         'fromName', v.from_name, 'sendId', s.send_id) order by v.variant)
     from ab_test_variants v
     left join campaign_sends s on s.campaign_id = v.campaign_id and s.run_key = 'variant-' || v.variant
     where v.campaign_id = t.campaign_id) as variants
  from`;
const withCampaign = "join campaigns c on c.campaign_id = t.campaign_id and c.tenant_id = t.tenant_id";

async function loadAbTest(db: Queryable, tenantId: string, abTestId: string): Promise<AbTest> {
  const { rows } = await db.query<AbTest>(
    `${selectAbTest} ab_tests t ${withCampaign} where t.tenant_id = $1 and t.campaign_id = $2`,
    [tenantId, abTestId],
  );
  if (!rows[0]) throw new NotFound("A/B test", abTestId);
  return rows[0];
}

async function listAbTests(
  pool: pg.Pool,
  tenantId: string,
  { before, limit }: { before?: string | undefined; limit: number },
): Promise<AbTest[]> {
  const { rows } = await pool.query<AbTest>(
    `${selectAbTest} (
       select * from ab_tests
       where tenant_id = $1 and ($2::uuid is null or (created_at, campaign_id) < (
         (select created_at from ab_tests where tenant_id = $1 and campaign_id = $2), $2))
       order by created_at desc, campaign_id desc limit $3
     ) t ${withCampaign}
     order by t.created_at desc, t.campaign_id desc`,
    [tenantId, before ?? null, limit],
  );
  return rows;
}

async function scheduleAbTest(
  pool: pg.Pool,
  { tenantId, abTestId, at }: { tenantId: string; abTestId: string; at: Date },
): Promise<void> {
  await pool.query(
    `with scheduled as (
       update ab_tests set scheduled_at = $3
       where campaign_id = $1 and tenant_id = $2 and status = 'draft' and scheduled_at is null
       returning campaign_id, tenant_id
     )
     select open_progress(campaign_id, tenant_id, null, 'ab-test') from scheduled`,
    [abTestId, tenantId, at],
  );
  // Deleted while it waited for whoever deleted it.
  await loadAbTest(pool, tenantId, abTestId);
}
