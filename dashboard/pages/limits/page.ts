import { IconGauge } from "@tabler/icons-react";
import type { PageDefinition } from "../../app/pages.js";

export const page: PageDefinition = {
  path: "limits",
  title: "Limits",
  description: "How much may leave, what is spent of it, what holds back",
  group: "Deliverability",
  order: 7,
  icon: IconGauge,
  needs: { resource: "limits", level: "read" },
  routes: [
    {
      path: "",
      lazy: async () => ({ Component: (await import("./limits-page.js")).LimitsPage }),
    },
  ],
};
