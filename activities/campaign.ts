import type { CampaignSettings, SendPlan, SendStore } from "./campaign-ports.js";
import { withBeats } from "./beating.js";
import { withFailures } from "./failures.js";

/** What the campaign workflow asks of the world: the send's facts in Postgres. Ids and figures, never an address. */
export type CampaignActivities = Omit<SendStore, "loadPlan"> & {
  loadPlan(sendId: string): Promise<{ plan: SendPlan; settings: CampaignSettings }>;
};

export function createCampaignActivities(store: SendStore, settings: CampaignSettings): CampaignActivities {
  return withBeats(
    withFailures({
      ...store,
      loadPlan: async (sendId: string) => ({ plan: await store.loadPlan(sendId), settings }),
    }),
  );
}
