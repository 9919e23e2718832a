import { IconCalendarRepeat } from "@tabler/icons-react";
import type { PageDefinition } from "../../app/pages.js";

export const page: PageDefinition = {
  path: "schedules",
  title: "Schedules",
  description: "Recurring work: pause, resume, start now, make up for what was missed",
  group: "Work",
  order: 6,
  icon: IconCalendarRepeat,
  needs: { resource: "schedules", level: "platform" },
  routes: [
    {
      path: "",
      lazy: async () => ({ Component: (await import("./schedules-page.js")).SchedulesPage }),
    },
  ],
};
