import { IconKey } from "@tabler/icons-react";
import type { PageDefinition } from "../../app/pages.js";

export const page: PageDefinition = {
  path: "keys",
  title: "API keys",
  description: "What programs sign in with: create, rotate, revoke",
  group: "Administration",
  order: 2,
  icon: IconKey,
  needs: { resource: "keys", level: "own" },
  routes: [
    {
      path: "",
      lazy: async () => ({ Component: (await import("./keys-page.js")).KeysPage }),
    },
  ],
};
