import { IconLayoutDashboard } from "@tabler/icons-react";
import type { PageDefinition } from "../../app/pages.js";

export const page: PageDefinition = {
  path: "",
  title: "Overview",
  description: "What runs, waits and failed, now and in the last weeks",
  group: "Sending",
  order: 1,
  icon: IconLayoutDashboard,
  needs: { resource: "queues", level: "read" },
  routes: [
    { index: true, lazy: async () => ({ Component: (await import("./overview-page.js")).OverviewPage }) },
  ],
};
