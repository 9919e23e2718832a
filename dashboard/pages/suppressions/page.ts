import { IconMailOff } from "@tabler/icons-react";
import type { PageDefinition } from "../../app/pages.js";

export const page: PageDefinition = {
  path: "suppressions",
  title: "Suppressions",
  description: "Addresses and domains that nothing is sent to, and why",
  group: "Deliverability",
  order: 6,
  icon: IconMailOff,
  needs: { resource: "suppressions", level: "read" },
  routes: [
    {
      path: "",
      lazy: async () => ({ Component: (await import("./suppressions-page.js")).SuppressionsPage }),
      children: [
        {
          path: "new",
          lazy: async () => ({ Component: (await import("./new-suppressions.js")).NewSuppressions }),
        },
        { path: ":address", lazy: async () => ({ Component: (await import("./why-drawer.js")).WhyDrawer }) },
      ],
    },
  ],
};
