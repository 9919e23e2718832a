import { IconFlame } from "@tabler/icons-react";
import type { PageDefinition } from "../../app/pages.js";

export const page: PageDefinition = {
  path: "warmups",
  title: "Warmups",
  description:
    "Volume that rises a day at a time, for a node, a domain or a mailbox: start, follow, pause; the mailbox pool",
  group: "Deliverability",
  order: 3,
  icon: IconFlame,
  needs: { resource: "warmups", level: "read" },
  routes: [
    { index: true, lazy: async () => ({ Component: (await import("./warmups-page.js")).WarmupsPage }) },
    {
      path: "pool",
      lazy: async () => ({ Component: (await import("./pool-page.js")).PoolPage }),
      children: [
        {
          path: ":mailbox",
          lazy: async () => ({ Component: (await import("./mailbox-drawer.js")).MailboxDrawer }),
        },
      ],
    },
    { path: "new", lazy: async () => ({ Component: (await import("./new-warmup.js")).NewWarmup }) },
    { path: ":warmup", lazy: async () => ({ Component: (await import("./warmup-page.js")).WarmupPage }) },
    {
      path: ":warmup/plan",
      lazy: async () => ({ Component: (await import("./change-plan.js")).ChangePlan }),
    },
  ],
};
