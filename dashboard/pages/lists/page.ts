import { IconListDetails } from "@tabler/icons-react";
import type { PageDefinition } from "../../app/pages.js";

export const page: PageDefinition = {
  path: "lists",
  title: "Lists",
  description: "Contacts that are kept together: create, rename, see who is on them",
  group: "Audience",
  order: 2,
  icon: IconListDetails,
  needs: { resource: "lists", level: "read" },
  routes: [
    {
      path: "",
      lazy: async () => ({ Component: (await import("./lists-page.js")).ListsPage }),
      children: [
        { path: ":list", lazy: async () => ({ Component: (await import("./list-drawer.js")).ListDrawer }) },
      ],
    },
  ],
};
