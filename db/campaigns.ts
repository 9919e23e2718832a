import type pg from "pg";
import { v7 as uuidv7 } from "uuid";
import type { CampaignStatus } from "../domain/send-status.js";
import { removeCampaign, updateCampaign } from "./campaign-edits.js";
import {
  campaignColumns,
  loadCampaign,
  resolveCampaign,
  type Campaign,
  type CampaignChange,
  type NewCampaign,
} from "./campaign-row.js";
import type { Queryable } from "./pool.js";

export type { Campaign, NewCampaign } from "./campaign-row.js";

export interface CampaignStore {
  /**
   * Resolves names, checks everything that later becomes a header, and saves the campaign as a draft.
   * @throws InvalidInput naming every wrong field; NotFound (tenant, template, list, segment)
   */
  createCampaign(campaign: NewCampaign): Promise<{ campaignId: string }>;
  /** @param campaignId a UUID. @throws NotFound */
  loadCampaign(tenantId: string, campaignId: string): Promise<Campaign>;
  /** Changes a draft; what is not given stays. @throws InvalidInput, NotFound, Conflict once it was started */
  updateCampaign(change: CampaignChange): Promise<Campaign>;
  /** Deletes a draft. @throws NotFound, Conflict once it was started */
  removeCampaign(ref: { tenantId: string; campaignId: string }): Promise<void>;
  /** Newest first; `before` is the last campaign id of the page before. */
  listCampaigns(
    tenantId: string,
    page: { status?: CampaignStatus; before?: string; limit: number },
  ): Promise<Campaign[]>;
}

export function createCampaignStore(pool: pg.Pool): CampaignStore {
  return {
    createCampaign: (campaign) => createCampaign(pool, campaign),
    loadCampaign: (tenantId, campaignId) => loadCampaign(pool, tenantId, campaignId),
    updateCampaign: (change) => updateCampaign(pool, change),
    removeCampaign: (ref) => removeCampaign(pool, ref),
    listCampaigns: (tenantId, page) => listCampaigns(pool, tenantId, page),
  };
}

/** `CampaignStore.createCampaign`, also inside a transaction. */
export async function createCampaign(db: Queryable, campaign: NewCampaign): Promise<{ campaignId: string }> {
  const { tenantId, campaignId = uuidv7() } = campaign;
  const values = await resolveCampaign(db, campaign);
  await db.query(
    `insert into campaigns (campaign_id, tenant_id, name, template_version_id, list_id, segment_id, from_name,
       from_email, reply_to, headers, lane, on_unknown, on_missing_variable, track_opens, track_clicks)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
     on conflict (campaign_id) do nothing`,
    [campaignId, tenantId, ...values],
  );
  return { campaignId };
}

async function listCampaigns(
  pool: pg.Pool,
  tenantId: string,
  page: { status?: CampaignStatus; before?: string; limit: number },
): Promise<Campaign[]> {
  const { rows } = await pool.query<Campaign>(
    `select ${campaignColumns}
     from campaigns c
     where c.tenant_id = $1 and ($3::text is null or c.status = $3)
       and ($2::uuid is null or (c.created_at, c.campaign_id) < (
         (select created_at from campaigns where tenant_id = $1 and campaign_id = $2), $2))
     order by c.created_at desc, c.campaign_id desc
     limit $4`,
    [tenantId, page.before ?? null, page.status ?? null, page.limit],
  );
  return rows;
}
