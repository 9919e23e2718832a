import { IconListSearch } from "@tabler/icons-react";
import type { PageDefinition } from "../../app/pages.js";

export const page: PageDefinition = {
  path: "jobs",
  title: "Jobs",
  description: "All work, whatever its kind: search, look into it, retry, cancel, remove, one or many",
  group: "Work",
  order: 1,
  icon: IconListSearch,
  needs: { resource: "jobs", level: "read" },
  routes: [
    { path: "many", lazy: async () => ({ Component: (await import("./bulks-page.js")).BulksPage }) },
    { path: "many/:bulk", lazy: async () => ({ Component: (await import("./bulk-page.js")).BulkPage }) },
    {
      path: "",
      lazy: async () => ({ Component: (await import("./jobs-page.js")).JobsPage }),
      children: [
        {
          path: ":kind/:job",
          lazy: async () => ({ Component: (await import("./job-drawer.js")).JobDrawer }),
        },
      ],
    },
  ],
};
