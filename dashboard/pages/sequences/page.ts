import { IconStairs } from "@tabler/icons-react";
import type { PageDefinition } from "../../app/pages.js";

export const page: PageDefinition = {
  path: "sequences",
  title: "Sequences",
  description: "Messages one after another: their steps, and where everybody is",
  group: "Sending",
  order: 4,
  icon: IconStairs,
  needs: { resource: "sequences", level: "read" },
  routes: [
    { index: true, lazy: async () => ({ Component: (await import("./sequences-page.js")).SequencesPage }) },
    { path: "new", lazy: async () => ({ Component: (await import("./compose.js")).NewSequence }) },
    {
      path: ":sequence/edit",
      lazy: async () => ({ Component: (await import("./compose.js")).EditSequence }),
    },
    {
      path: ":sequence",
      lazy: async () => ({ Component: (await import("./sequence-page.js")).SequencePage }),
    },
  ],
};
