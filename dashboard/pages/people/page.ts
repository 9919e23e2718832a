import { IconUsersGroup } from "@tabler/icons-react";
import type { PageDefinition } from "../../app/pages.js";

export const page: PageDefinition = {
  path: "people",
  title: "People",
  description: "Who may sign in: invite, roles, sessions",
  group: "Administration",
  order: 1,
  icon: IconUsersGroup,
  needs: { resource: "users", level: "own" },
  routes: [
    {
      path: "",
      lazy: async () => ({ Component: (await import("./people-page.js")).PeoplePage }),
      children: [
        {
          path: ":person",
          lazy: async () => ({ Component: (await import("./person-drawer.js")).PersonDrawer }),
        },
      ],
    },
  ],
};
