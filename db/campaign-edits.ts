import type pg from "pg";
import { Conflict, NotFound } from "../domain/errors.js";
import {
  loadCampaign,
  resolveCampaign,
  type Campaign,
  type CampaignChange,
  type NewCampaign,
} from "./campaign-row.js";
import { unlessReferred } from "./constraints.js";
import { transaction } from "./pool.js";

/**
 * Changes a draft; what is not given stays. A list replaces a segment, and the other way round.
 * @throws InvalidInput, NotFound, Conflict once it was started: what was sent stays as it was
 */
export async function updateCampaign(pool: pg.Pool, change: CampaignChange): Promise<Campaign> {
  const { tenantId, campaignId } = change;
  return transaction(pool, async (client) => {
    await lockDraft(client, change, "change");
    const old = await loadCampaign(client, tenantId, campaignId);
    const audience =
      change.list === undefined && change.segment === undefined
        ? { list: old.listId ?? undefined, segment: old.segmentId ?? undefined }
        : { list: change.list, segment: change.segment };
    const { templateVersionId: template, fromName, replyTo, ...kept } = old;
    const wanted = { ...kept, template, fromName, replyTo, ...given(change), ...audience };
    await composeAnew(client, campaignId, {
      ...wanted,
      ...{ fromName: wanted.fromName ?? undefined, replyTo: wanted.replyTo ?? undefined },
    });
    return loadCampaign(client, tenantId, campaignId);
  });
}

/** What was composed becomes all that is given; the caller holds what keeps it from being started meanwhile. */
export async function composeAnew(
  client: pg.PoolClient,
  campaignId: string,
  campaign: NewCampaign,
): Promise<void> {
  const values = await resolveCampaign(client, campaign);
  await client.query(
    `update campaigns set name = $3, template_version_id = $4, list_id = $5, segment_id = $6, from_name = $7,
       from_email = $8, reply_to = $9, headers = $10, lane = $11, on_unknown = $12, on_missing_variable = $13,
       track_opens = $14, track_clicks = $15, updated_at = now()
     where tenant_id = $1 and campaign_id = $2`,
    [campaign.tenantId, campaignId, ...values],
  );
}

/** Deletes a draft. @throws NotFound, Conflict once it was started: its ledger names it */
export async function removeCampaign(pool: pg.Pool, ref: CampaignRef): Promise<void> {
  await transaction(pool, async (client) => {
    await lockDraft(client, ref, "delete");
    await unlessReferred(`Campaign ${ref.campaignId}`, () =>
      client.query("delete from campaigns where tenant_id = $1 and campaign_id = $2", [
        ...[ref.tenantId, ref.campaignId],
      ]),
    );
  });
}

interface CampaignRef {
  tenantId: string;
  campaignId: string;
}

/** Whoever starts it meanwhile waits, and starts what it then is. */
async function lockDraft(
  client: pg.PoolClient,
  { tenantId, campaignId }: CampaignRef,
  what: "change" | "delete",
): Promise<void> {
  const { rows } = await client.query<{ kind: string }>(
    "select kind from campaigns where tenant_id = $1 and campaign_id = $2 for update",
    [tenantId, campaignId],
  );
  if (!rows[0]) throw new NotFound("campaign", campaignId);
  if (rows[0].kind !== "broadcast") {
    const whose = rows[0].kind === "sequence" ? "a sequence" : "an A/B test";
    throw new Conflict(`Campaign ${campaignId} belongs to ${whose}; ${what} that.`, { campaignId });
  }
  const { rowCount } = await client.query(
    "select from campaign_sends where tenant_id = $1 and campaign_id = $2 limit 1",
    [tenantId, campaignId],
  );
  if (rowCount)
    throw new Conflict(`Campaign ${campaignId} was started; compose another one instead.`, { campaignId });
}

/** Without what is undefined, which would hide what stays. */
function given(change: CampaignChange): CampaignChange {
  const entries = Object.entries(change).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as unknown as CampaignChange;
}
