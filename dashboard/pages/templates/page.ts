import { IconTemplate } from "@tabler/icons-react";
import type { PageDefinition } from "../../app/pages.js";

export const page: PageDefinition = {
  path: "templates",
  title: "Templates",
  description: "What messages say: write, preview, test, look at versions",
  group: "Sending",
  order: 3,
  icon: IconTemplate,
  needs: { resource: "templates", level: "read" },
  routes: [
    { index: true, lazy: async () => ({ Component: (await import("./templates-page.js")).TemplatesPage }) },
    { path: "new", lazy: async () => ({ Component: (await import("./new-template.js")).NewTemplate }) },
    {
      path: ":template",
      lazy: async () => ({ Component: (await import("./template-page.js")).TemplatePage }),
    },
    {
      path: ":template/edit",
      lazy: async () => ({ Component: (await import("./edit-template.js")).EditTemplate }),
    },
  ],
};
