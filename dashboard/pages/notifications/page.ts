import { IconBell } from "@tabler/icons-react";
import type { PageDefinition } from "../../app/pages.js";

export const page: PageDefinition = {
  path: "notifications",
  title: "Notifications",
  description: "What you are told: read, put away",
  group: "Work",
  order: 8,
  icon: IconBell,
  needs: { resource: "notifications", level: "read" },
  routes: [
    {
      path: "",
      lazy: async () => ({ Component: (await import("./notifications-page.js")).NotificationsPage }),
    },
  ],
};
