import { IconHistory } from "@tabler/icons-react";
import type { PageDefinition } from "../../app/pages.js";

export const page: PageDefinition = {
  path: "audit",
  title: "Audit log",
  description: "Who did what to whose data, and what it changed",
  group: "Administration",
  order: 4,
  icon: IconHistory,
  needs: { resource: "audit", level: "read" },
  routes: [
    {
      path: "",
      lazy: async () => ({ Component: (await import("./audit-page.js")).AuditPage }),
    },
  ],
};
