import { proxyActivities } from "@temporalio/workflow";
import type { CampaignActivities } from "../activities/campaign.js";
import { storeOptions } from "./store-options.js";

/** The facts of a send in Postgres, as a campaign's workflow asks for them and changes them. */
export const store = proxyActivities<CampaignActivities>(storeOptions);
