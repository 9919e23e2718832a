import { IconServer2 } from "@tabler/icons-react";
import type { PageDefinition } from "../../app/pages.js";

export const page: PageDefinition = {
  path: "nodes",
  title: "Nodes",
  description: "Where mail leaves from: add, change, pause",
  group: "Deliverability",
  order: 2,
  icon: IconServer2,
  needs: { resource: "nodes", level: "read" },
  routes: [
    {
      path: "",
      lazy: async () => ({ Component: (await import("./nodes-page.js")).NodesPage }),
      children: [
        { path: ":node", lazy: async () => ({ Component: (await import("./node-drawer.js")).NodeDrawer }) },
      ],
    },
  ],
};
