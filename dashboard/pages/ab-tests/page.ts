import { IconAB2 } from "@tabler/icons-react";
import type { PageDefinition } from "../../app/pages.js";

export const page: PageDefinition = {
  path: "ab-tests",
  title: "A/B tests",
  description: "Variants of a campaign: how they do, and which the rest gets",
  group: "Sending",
  order: 5,
  icon: IconAB2,
  needs: { resource: "ab-tests", level: "read" },
  routes: [
    { index: true, lazy: async () => ({ Component: (await import("./ab-tests-page.js")).AbTestsPage }) },
    { path: "new", lazy: async () => ({ Component: (await import("./compose.js")).NewAbTest }) },
    { path: ":test/edit", lazy: async () => ({ Component: (await import("./compose.js")).EditAbTest }) },
    { path: ":test", lazy: async () => ({ Component: (await import("./ab-test-page.js")).AbTestPage }) },
  ],
};
