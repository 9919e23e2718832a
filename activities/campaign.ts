import type {
  BatchGroup,
  CampaignSettings,
  SendPlan,
  SendProgress,
  SendStore,
  SendTotals,
  SnapshotPage,
} from "./campaign-ports.js";
import type { SendStatus } from "../domain/send-status.js";
import { withFailures } from "./failures.js";

/** What the campaign workflow asks of the world: the send's facts in Postgres. Ids and figures, never an address. */
export interface CampaignActivities {
  loadPlan(sendId: string): Promise<{ plan: SendPlan; settings: CampaignSettings }>;
  snapshotPage(sendId: string, page: { contacts: number; batchSize: number }): Promise<SnapshotPage>;
  unfinishedBatches(sendId: string): Promise<BatchGroup[]>;
  abandonedBatches(sendId: string): Promise<number[]>;
  planRetryRound(sendId: string, round: number): Promise<BatchGroup[]>;
  transition(sendId: string, to: SendStatus): Promise<SendStatus>;
  resume(sendId: string): Promise<SendStatus>;
  setRate(sendId: string, perSecond: number | null): Promise<void>;
  cancelRecipients(sendId: string, limit: number): Promise<number>;
  reviveDead(sendId: string): Promise<number>;
  loadProgress(sendId: string): Promise<SendProgress>;
  finish(sendId: string, status: "completed" | "cancelled"): Promise<SendTotals>;
}

export function createCampaignActivities(store: SendStore, settings: CampaignSettings): CampaignActivities {
  return withFailures<CampaignActivities & Record<string, (...args: never[]) => Promise<unknown>>>({
    loadPlan: async (sendId: string) => ({ plan: await store.loadPlan(sendId), settings }),
    snapshotPage: (sendId: string, page: { contacts: number; batchSize: number }) =>
      store.snapshotPage(sendId, page),
    unfinishedBatches: (sendId: string) => store.unfinishedBatches(sendId),
    abandonedBatches: (sendId: string) => store.abandonedBatches(sendId),
    planRetryRound: (sendId: string, round: number) => store.planRetryRound(sendId, round),
    transition: (sendId: string, to: SendStatus) => store.transition(sendId, to),
    resume: (sendId: string) => store.resume(sendId),
    setRate: (sendId: string, perSecond: number | null) => store.setRate(sendId, perSecond),
    cancelRecipients: (sendId: string, limit: number) => store.cancelRecipients(sendId, limit),
    reviveDead: (sendId: string) => store.reviveDead(sendId),
    loadProgress: (sendId: string) => store.loadProgress(sendId),
    finish: (sendId: string, status: "completed" | "cancelled") => store.finish(sendId, status),
  });
}
