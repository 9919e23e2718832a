import type pg from "pg";
import { v7 as uuidv7 } from "uuid";
import { checkCustomHeaders } from "../domain/custom-headers.js";
import { checkAddress, hasControlCharacter } from "../domain/email-address.js";
import { InvalidInput, NotFound, type FieldProblem } from "../domain/errors.js";
import { isLane, lanes, type Lane } from "../domain/lanes.js";
import type { OnUnknown } from "../domain/outcome.js";
import type { CampaignStatus } from "../domain/send-status.js";
import { findListId } from "./lists.js";
import type { Queryable } from "./pool.js";
import { requireTenant } from "./require-tenant.js";
import { loadSegment } from "./segments.js";
import { loadTemplate } from "./templates.js";

export interface NewCampaign {
  tenantId: string;
  /** A UUID that the caller has chosen: a repeat is the same campaign. */
  campaignId?: string;
  name: string;
  /** Template id or name (its latest version), or the id of one version. */
  template: string;
  /** Id or name. Exactly one of list and segment. */
  list?: string;
  segment?: string;
  fromName?: string;
  fromEmail: string;
  replyTo?: string;
  headers?: Record<string, string>;
  lane?: Lane;
  onUnknown?: OnUnknown;
  onMissingVariable?: "empty" | "refuse";
  trackOpens?: boolean;
  trackClicks?: boolean;
}

export interface Campaign {
  campaignId: string;
  tenantId: string;
  name: string;
  templateVersionId: string;
  listId: string | null;
  segmentId: string | null;
  fromName: string | null;
  fromEmail: string;
  replyTo: string | null;
  headers: Record<string, string>;
  lane: Lane;
  onUnknown: OnUnknown;
  onMissingVariable: "empty" | "refuse";
  trackOpens: boolean;
  trackClicks: boolean;
  status: CampaignStatus;
  createdAt: Date;
  updatedAt: Date;
}

export interface CampaignStore {
  /**
   * Resolves names, checks everything that later becomes a header, and saves the campaign as a draft.
   * @throws InvalidInput naming every wrong field; NotFound (tenant, template, list, segment)
   */
  createCampaign(campaign: NewCampaign): Promise<{ campaignId: string }>;
  /** @param campaignId a UUID. @throws NotFound */
  loadCampaign(tenantId: string, campaignId: string): Promise<Campaign>;
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
    listCampaigns: (tenantId, page) => listCampaigns(pool, tenantId, page),
  };
}

/** `CampaignStore.createCampaign`, also inside a transaction. */
export async function createCampaign(db: Queryable, campaign: NewCampaign): Promise<{ campaignId: string }> {
  const { fromEmail, replyTo } = checkCampaign(campaign);
  const { tenantId } = campaign;
  await requireTenant(db, tenantId);
  const { templateVersionId } = await loadTemplate(db, tenantId, campaign.template);
  const audience = await findAudience(db, campaign);
  const { campaignId = uuidv7() } = campaign;
  await db.query(
    `insert into campaigns (campaign_id, tenant_id, name, template_version_id, list_id, segment_id, from_name,
       from_email, reply_to, headers, lane, on_unknown, on_missing_variable, track_opens, track_clicks)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
     on conflict (campaign_id) do nothing`,
    [
      campaignId,
      tenantId,
      campaign.name,
      templateVersionId,
      audience.listId,
      audience.segmentId,
      campaign.fromName ?? null,
      fromEmail,
      replyTo,
      JSON.stringify(campaign.headers ?? {}),
      campaign.lane ?? "campaign-standard",
      campaign.onUnknown ?? "resend",
      campaign.onMissingVariable ?? "empty",
      campaign.trackOpens ?? true,
      campaign.trackClicks ?? true,
    ],
  );
  return { campaignId };
}

/** Everything that can be wrong without asking the database, at once. Returns the addresses normalised. */
function checkCampaign(campaign: NewCampaign): { fromEmail: string; replyTo: string | null } {
  const problems: FieldProblem[] = [];
  const check = (field: string, problem: string): void => void problems.push({ field, problem });
  const address = (field: string, value: string): string => {
    const checked = checkAddress(value);
    // Trimming would hide a line break at the end.
    if (hasControlCharacter(value)) check(field, "contains a line break or control character");
    else if (checked.kind === "invalid") check(field, checked.problem);
    return checked.kind === "valid" ? checked.address : value;
  };
  const fromEmail = address("fromEmail", campaign.fromEmail);
  const replyTo = campaign.replyTo === undefined ? null : address("replyTo", campaign.replyTo);
  for (const field of ["name", "fromName"] as const) {
    const value = campaign[field];
    if (value !== undefined && hasControlCharacter(value))
      check(field, "contains a line break or control character");
  }
  if (campaign.name.trim() === "") check("name", "is empty");
  if ((campaign.list === undefined) === (campaign.segment === undefined)) {
    check("list", "exactly one audience is needed: give either list or segment");
  }
  if (campaign.lane !== undefined && !isLane(campaign.lane)) check("lane", `is none of ${lanes.join(", ")}`);
  problems.push(...checkCustomHeaders(campaign.headers ?? {}));
  if (problems.length > 0) throw new InvalidInput(problems);
  return { fromEmail, replyTo };
}

async function findAudience(
  db: Queryable,
  campaign: NewCampaign,
): Promise<{ listId: string | null; segmentId: string | null }> {
  const { tenantId, list, segment } = campaign;
  if (list !== undefined) return { listId: await findListId(db, tenantId, list), segmentId: null };
  return { listId: null, segmentId: (await loadSegment(db, tenantId, segment ?? "")).segmentId };
}

const columns = `c.campaign_id as "campaignId", c.tenant_id as "tenantId", c.name,
  c.template_version_id as "templateVersionId", c.list_id as "listId", c.segment_id as "segmentId",
  c.from_name as "fromName", c.from_email as "fromEmail", c.reply_to as "replyTo", c.headers, c.lane,
  c.on_unknown as "onUnknown", c.on_missing_variable as "onMissingVariable", c.track_opens as "trackOpens",
  c.track_clicks as "trackClicks", c.status, c.created_at as "createdAt", c.updated_at as "updatedAt"`;

async function loadCampaign(pool: pg.Pool, tenantId: string, campaignId: string): Promise<Campaign> {
  const { rows } = await pool.query<Campaign>(
    `select ${columns} from campaigns c where c.tenant_id = $1 and c.campaign_id = $2`,
    [tenantId, campaignId],
  );
  if (!rows[0]) throw new NotFound("campaign", campaignId);
  return rows[0];
}

async function listCampaigns(
  pool: pg.Pool,
  tenantId: string,
  page: { status?: CampaignStatus; before?: string; limit: number },
): Promise<Campaign[]> {
  const { rows } = await pool.query<Campaign>(
    `select ${columns}
     from campaigns c
     left join campaigns b on b.tenant_id = $1 and b.campaign_id = $2
     where c.tenant_id = $1 and ($3::text is null or c.status = $3)
       and ($2::uuid is null or c.created_at < b.created_at
         or c.created_at = b.created_at and c.campaign_id > b.campaign_id)
     order by c.created_at desc, c.campaign_id
     limit $4`,
    [tenantId, page.before ?? null, page.status ?? null, page.limit],
  );
  return rows;
}
