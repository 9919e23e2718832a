import { z } from "zod";
import type { AnalyticsStore, DayAnalytics, SendAnalytics } from "../db/analytics.js";
import { sendRefSchema, type SendRef } from "./campaign-input.js";
import { parseInput, tenantIdSchema, uuidSchema } from "./input.js";

export type { DayAnalytics, SendAnalytics } from "../db/analytics.js";

const dayMs = 24 * 3_600_000;
const mostDays = 366;

const daySchema = z.iso.date("must be a day such as 2026-12-01");

export const daysSchema = z
  .strictObject({
    tenantId: tenantIdSchema,
    /** Absent: of all that the tenant sends. */
    campaignId: uuidSchema.optional(),
    /** Both days (UTC) included; absent: 30 days till today. */
    from: daySchema.optional(),
    to: daySchema.optional(),
  })
  .superRefine((query, context) => {
    if (![query.from, query.to].every((day) => day === undefined || daySchema.safeParse(day).success)) return;
    const { from, to } = rangeOf(query);
    const days = (Date.parse(to) - Date.parse(from)) / dayMs + 1;
    const refuse = (message: string) => context.addIssue({ code: "custom", path: ["from"], message });
    if (days < 1) refuse("must not be later than to");
    if (days > mostDays) refuse(`lies more than ${mostDays} days before to`);
  });
export type DaysQuery = z.input<typeof daysSchema>;

export const campaignAnalyticsSchema = z.strictObject({ tenantId: tenantIdSchema, campaignId: uuidSchema });
export type CampaignAnalyticsQuery = z.input<typeof campaignAnalyticsSchema>;

/** What became of what was sent. */
export interface Analytics {
  /** By day; written each night, so without today. Days without anything are left out. @throws InvalidInput */
  daily(query: DaysQuery): Promise<DayAnalytics[]>;
  /** Of each send of a campaign, newest first; up to date. */
  campaign(query: CampaignAnalyticsQuery): Promise<SendAnalytics[]>;
  /** Also `campaigns.analytics`. @throws NotFound */
  send(send: SendRef): Promise<SendAnalytics>;
}

export function createAnalytics(store: AnalyticsStore): Analytics {
  return {
    daily: async (query) => {
      const asked = parseInput(daysSchema, query);
      return store.listDays({ ...asked, ...rangeOf(asked) });
    },
    campaign: async (query) => {
      const { tenantId, campaignId } = parseInput(campaignAnalyticsSchema, query);
      return store.listAnalytics(tenantId, campaignId);
    },
    send: async (send) => {
      const { tenantId, sendId } = parseInput(sendRefSchema, send);
      return store.loadAnalytics(tenantId, sendId);
    },
  };
}

function rangeOf({ from, to = dayOf(Date.now()) }: { from?: string | undefined; to?: string | undefined }) {
  return { from: from ?? dayOf(Date.parse(to) - 29 * dayMs), to };
}

function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
