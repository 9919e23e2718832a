import { IconSpeakerphone } from "@tabler/icons-react";
import type { PageDefinition } from "../../app/pages.js";

export const page: PageDefinition = {
  path: "campaigns",
  title: "Campaigns",
  description: "Compose, start and steer campaigns; who got them, who did not, and why",
  group: "Sending",
  order: 2,
  icon: IconSpeakerphone,
  needs: { resource: "campaigns", level: "read" },
  routes: [
    { index: true, lazy: async () => ({ Component: (await import("./campaigns-page.js")).CampaignsPage }) },
    { path: "new", lazy: async () => ({ Component: (await import("./new-campaign.js")).NewCampaign }) },
    {
      path: ":campaign",
      lazy: async () => ({ Component: (await import("./campaign-page.js")).CampaignPage }),
    },
    {
      path: ":campaign/edit",
      lazy: async () => ({ Component: (await import("./edit-campaign.js")).EditCampaign }),
    },
    {
      path: ":campaign/sends/:send",
      lazy: async () => ({ Component: (await import("./send-page.js")).SendPage }),
    },
  ],
};
