import { IconMailbox } from "@tabler/icons-react";
import type { PageDefinition } from "../../app/pages.js";

export const page: PageDefinition = {
  path: "dead-letters",
  title: "Dead letters",
  description: "Work that spent its attempts and waits for a person: look into it, replay, dismiss",
  group: "Work",
  order: 2,
  icon: IconMailbox,
  needs: { resource: "dead-letters", level: "read" },
  routes: [
    { path: "replays", lazy: async () => ({ Component: (await import("./replays-page.js")).ReplaysPage }) },
    {
      path: "replays/:replay",
      lazy: async () => ({ Component: (await import("./replay-page.js")).ReplayPage }),
    },
    {
      path: "",
      lazy: async () => ({ Component: (await import("./dead-letters-page.js")).DeadLettersPage }),
      children: [
        {
          path: ":letter",
          lazy: async () => ({ Component: (await import("./dead-letter-drawer.js")).DeadLetterDrawer }),
        },
      ],
    },
  ],
};
