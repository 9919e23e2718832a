import { IconFilter } from "@tabler/icons-react";
import type { PageDefinition } from "../../app/pages.js";

export const page: PageDefinition = {
  path: "segments",
  title: "Segments",
  description: "Contacts by what is known of them: build a filter, see how many match",
  group: "Audience",
  order: 3,
  icon: IconFilter,
  needs: { resource: "segments", level: "read" },
  routes: [
    { path: "new", lazy: async () => ({ Component: (await import("./segment-page.js")).NewSegment }) },
    { path: ":segment", lazy: async () => ({ Component: (await import("./segment-page.js")).SegmentPage }) },
    { path: "", lazy: async () => ({ Component: (await import("./segments-page.js")).SegmentsPage }) },
  ],
};
