import { IconUrgent } from "@tabler/icons-react";
import type { PageDefinition } from "../../app/pages.js";

export const page: PageDefinition = {
  path: "alerts",
  title: "Alerts",
  description: "What is not as it should be: acknowledge, silence, and the rules behind it",
  group: "Work",
  order: 7,
  icon: IconUrgent,
  needs: { resource: "alerts", level: "read" },
  routes: [
    { path: "rules", lazy: async () => ({ Component: (await import("./rules-page.js")).RulesPage }) },
    { path: "history", lazy: async () => ({ Component: (await import("./history-page.js")).HistoryPage }) },
    {
      path: "",
      lazy: async () => ({ Component: (await import("./alerts-page.js")).AlertsPage }),
      children: [
        {
          path: ":alert",
          lazy: async () => ({ Component: (await import("./alert-drawer.js")).AlertDrawer }),
        },
      ],
    },
  ],
};
