import { defineSearchAttributeKey } from "@temporalio/common";

/** What workflows can be searched by. Names are stored in histories: public API. */
export const searchAttributes = {
  tenantId: defineSearchAttributeKey("TenantId", "KEYWORD"),
  campaignId: defineSearchAttributeKey("CampaignId", "KEYWORD"),
  jobType: defineSearchAttributeKey("JobType", "KEYWORD"),
  lane: defineSearchAttributeKey("Lane", "KEYWORD"),
  /** Percent. */
  progress: defineSearchAttributeKey("Progress", "INT"),
} as const;
