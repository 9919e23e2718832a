import { IconSitemap } from "@tabler/icons-react";
import type { PageDefinition } from "../../app/pages.js";

export const page: PageDefinition = {
  path: "graphs",
  title: "Job graphs",
  description: "Jobs that follow each other: draw, run, follow, resume",
  group: "Work",
  order: 4,
  icon: IconSitemap,
  needs: { resource: "graphs", level: "read" },
  routes: [
    { path: "", lazy: async () => ({ Component: (await import("./graphs-page.js")).GraphsPage }) },
    { path: "new", lazy: async () => ({ Component: (await import("./editor-page.js")).NewGraph }) },
    // A graph may be called `new`, or `runs`.
    { path: "by-name/:name", lazy: async () => ({ Component: (await import("./graph-page.js")).GraphPage }) },
    {
      path: "by-name/:name/edit",
      lazy: async () => ({ Component: (await import("./editor-page.js")).EditGraph }),
    },
    { path: "runs/:run", lazy: async () => ({ Component: (await import("./run-page.js")).RunPage }) },
  ],
};
