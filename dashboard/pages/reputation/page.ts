import { IconShieldHalf } from "@tabler/icons-react";
import type { PageDefinition } from "../../app/pages.js";

export const page: PageDefinition = {
  path: "reputation",
  title: "Reputation",
  description: "Scores of domains, nodes and mailbox providers, what costs them, and gates that hold back",
  group: "Deliverability",
  order: 4,
  icon: IconShieldHalf,
  needs: { resource: "reputation", level: "read" },
  routes: [
    {
      index: true,
      lazy: async () => ({ Component: (await import("./reputation-list-page.js")).ReputationListPage }),
    },
    {
      path: ":kind/:subject",
      lazy: async () => ({ Component: (await import("./reputation-page.js")).ReputationPage }),
    },
  ],
};
