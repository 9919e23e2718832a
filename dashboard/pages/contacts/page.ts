import { IconUsers } from "@tabler/icons-react";
import type { PageDefinition } from "../../app/pages.js";

export const page: PageDefinition = {
  path: "contacts",
  title: "Contacts",
  description: "People the tenant may write to: find, add, change, put on lists",
  group: "Audience",
  order: 1,
  icon: IconUsers,
  needs: { resource: "contacts", level: "read" },
  routes: [
    {
      path: "",
      lazy: async () => ({ Component: (await import("./contacts-page.js")).ContactsPage }),
      children: [
        { path: "new", lazy: async () => ({ Component: (await import("./new-contact.js")).NewContact }) },
        {
          path: ":contact",
          lazy: async () => ({ Component: (await import("./contact-drawer.js")).ContactDrawer }),
        },
      ],
    },
  ],
};
