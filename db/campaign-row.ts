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

/** Of a draft; null clears. */
export type CampaignChange = Pick<Campaign, "tenantId" | "campaignId"> &
  Partial<
    Omit<NewCampaign, "tenantId" | "campaignId" | "fromName" | "replyTo"> & {
      fromName: string | null;
      replyTo: string | null;
    }
  >;

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

export const campaignColumns = `c.campaign_id as "campaignId", c.tenant_id as "tenantId", c.name,
  c.template_version_id as "templateVersionId", c.list_id as "listId", c.segment_id as "segmentId",
  c.from_name as "fromName", c.from_email as "fromEmail", c.reply_to as "replyTo", c.headers, c.lane,
  c.on_unknown as "onUnknown", c.on_missing_variable as "onMissingVariable", c.track_opens as "trackOpens",
  c.track_clicks as "trackClicks", c.status, c.created_at as "createdAt", c.updated_at as "updatedAt"`;

export async function loadCampaign(db: Queryable, tenantId: string, campaignId: string): Promise<Campaign> {
  const { rows } = await db.query<Campaign>(
    `select ${campaignColumns} from campaigns c where c.tenant_id = $1 and c.campaign_id = $2`,
    [tenantId, campaignId],
  );
  if (!rows[0]) throw new NotFound("campaign", campaignId);
  return rows[0];
}

/**
 * What was composed, checked and with ids for names, in the order of the table's columns from `name` on.
 * @throws InvalidInput naming every wrong field; NotFound (tenant, template, list, segment)
 */
export async function resolveCampaign(db: Queryable, campaign: NewCampaign): Promise<unknown[]> {
  const { fromEmail, replyTo } = checkCampaign(campaign);
  await requireTenant(db, campaign.tenantId);
  const { templateVersionId } = await loadTemplate(db, campaign.tenantId, campaign.template);
  const audience = await findAudience(db, campaign);
  return [
    ...[campaign.name, templateVersionId, audience.listId, audience.segmentId, campaign.fromName ?? null],
    ...[fromEmail, replyTo, JSON.stringify(campaign.headers ?? {}), campaign.lane ?? "campaign-standard"],
    ...[campaign.onUnknown ?? "resend", campaign.onMissingVariable ?? "empty"],
    ...[campaign.trackOpens ?? true, campaign.trackClicks ?? true],
  ];
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
