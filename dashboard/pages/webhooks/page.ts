import { IconWebhook } from "@tabler/icons-react";
import type { PageDefinition } from "../../app/pages.js";

export const page: PageDefinition = {
  path: "webhooks",
  title: "Webhooks",
  description: "Where others are told of events: add, test, pause, see what they were told and answered",
  group: "Work",
  order: 9,
  icon: IconWebhook,
  needs: { resource: "webhooks", level: "read" },
  routes: [
    {
      path: "deliveries",
      lazy: async () => ({ Component: (await import("./deliveries-page.js")).DeliveriesPage }),
      children: [
        {
          path: ":delivery",
          lazy: async () => ({ Component: (await import("./delivery-drawer.js")).DeliveryDrawer }),
        },
      ],
    },
    {
      path: "events",
      lazy: async () => ({ Component: (await import("./events-page.js")).EventsPage }),
      children: [
        { path: "new", lazy: async () => ({ Component: (await import("./new-event.js")).NewEvent }) },
        {
          path: ":event",
          lazy: async () => ({ Component: (await import("./event-drawer.js")).EventDrawer }),
        },
      ],
    },
    {
      path: "",
      lazy: async () => ({ Component: (await import("./webhooks-page.js")).WebhooksPage }),
      children: [
        { path: "new", lazy: async () => ({ Component: (await import("./new-webhook.js")).NewWebhook }) },
        {
          path: ":webhook",
          lazy: async () => ({ Component: (await import("./webhook-drawer.js")).WebhookDrawer }),
        },
      ],
    },
  ],
};
