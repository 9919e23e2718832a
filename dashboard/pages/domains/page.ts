import { IconWorldCheck } from "@tabler/icons-react";
import type { PageDefinition } from "../../app/pages.js";

export const page: PageDefinition = {
  path: "domains",
  title: "Domains",
  description: "How domains stand in DNS, and the keys that sign their mail (DKIM)",
  group: "Deliverability",
  order: 1,
  icon: IconWorldCheck,
  needs: { resource: "domains", level: "read" },
  routes: [
    {
      path: "",
      lazy: async () => ({ Component: (await import("./domains-page.js")).DomainsPage }),
      children: [
        {
          path: ":domain/:selector",
          lazy: async () => ({ Component: (await import("./domain-drawer.js")).DomainDrawer }),
        },
      ],
    },
  ],
};
