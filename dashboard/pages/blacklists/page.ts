import { IconListCheck } from "@tabler/icons-react";
import type { PageDefinition } from "../../app/pages.js";

export const page: PageDefinition = {
  path: "blacklists",
  title: "Blacklists",
  description: "Which addresses and domains that mail leaves from are listed, where, and how to get off",
  group: "Deliverability",
  order: 5,
  icon: IconListCheck,
  needs: { resource: "blacklist", level: "read" },
  routes: [
    { path: "", lazy: async () => ({ Component: (await import("./blacklists-page.js")).BlacklistsPage }) },
  ],
};
