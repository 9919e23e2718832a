import { IconBell } from "@tabler/icons-react";
import type { PageDefinition } from "../../app/pages.js";

export const page: PageDefinition = {
  path: "notifications",
  title: "Notifications",
  description: "What you are told: read, put away, choose how; devices, quiet hours, digest",
  group: "Work",
  order: 8,
  icon: IconBell,
  needs: { resource: "notifications", level: "read" },
  routes: [
    {
      path: "",
      lazy: async () => ({ Component: (await import("./notifications-page.js")).NotificationsPage }),
      children: [
        {
          path: ":notification",
          lazy: async () => ({ Component: (await import("./deliveries-drawer.js")).DeliveriesDrawer }),
        },
      ],
    },
    {
      path: "how",
      lazy: async () => ({ Component: (await import("./wishes-page.js")).WishesPage }),
    },
  ],
};
