import { IconFileImport } from "@tabler/icons-react";
import type { PageDefinition } from "../../app/pages.js";

export const page: PageDefinition = {
  path: "imports",
  title: "Imports",
  description: "CSV files that become contacts: upload, follow, look at refused rows",
  group: "Audience",
  order: 5,
  icon: IconFileImport,
  needs: { resource: "imports", level: "read" },
  routes: [
    { path: "new", lazy: async () => ({ Component: (await import("./new-import.js")).NewImport }) },
    { path: ":import", lazy: async () => ({ Component: (await import("./import-page.js")).ImportPage }) },
    { path: "", lazy: async () => ({ Component: (await import("./imports-page.js")).ImportsPage }) },
  ],
};
