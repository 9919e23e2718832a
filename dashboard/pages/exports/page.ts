import { IconFileExport } from "@tabler/icons-react";
import type { PageDefinition } from "../../app/pages.js";

export const page: PageDefinition = {
  path: "exports",
  title: "Exports",
  description: "Contacts, sends, events and analytics as CSV files: start, follow, download",
  group: "Audience",
  order: 6,
  icon: IconFileExport,
  needs: { resource: "exports", level: "read" },
  routes: [
    {
      path: "",
      lazy: async () => ({ Component: (await import("./exports-page.js")).ExportsPage }),
      children: [
        { path: "new", lazy: async () => ({ Component: (await import("./new-export.js")).NewExport }) },
        {
          path: ":export",
          lazy: async () => ({ Component: (await import("./export-drawer.js")).ExportDrawer }),
        },
      ],
    },
  ],
};
