import { proxyActivities } from "@temporalio/workflow";
import type { CampaignActivities } from "../activities/campaign.js";

/** The facts of a send in Postgres, as a campaign's workflow asks for them and changes them. */
export const store = proxyActivities<CampaignActivities>({
  startToCloseTimeout: "5m",
  retry: { initialInterval: "500ms", backoffCoefficient: 2, maximumInterval: "30s" },
});
