import { IconSettings } from "@tabler/icons-react";
import type { PageDefinition } from "../../app/pages.js";

export const page: PageDefinition = {
  path: "settings",
  title: "Settings",
  description: "The tenant, your password and sessions, tenants of the platform",
  group: "Administration",
  order: 5,
  icon: IconSettings,
  needs: { resource: "tenants", level: "read" },
  routes: [
    {
      path: "",
      lazy: async () => ({ Component: (await import("./settings-page.js")).SettingsPage }),
    },
  ],
};
