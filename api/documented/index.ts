import { mailRoutes } from "./mail.js";
import { pageRoutes } from "./pages.js";
import { processRoutes } from "./processes.js";
import type { DocumentedRoute } from "./route.js";
import { sessionRoutes } from "./sessions.js";
import { streamRoutes } from "./streams.js";

/** All that the API answers besides operations. */
export const documentedRoutes: readonly DocumentedRoute[] = [
  ...streamRoutes,
  ...sessionRoutes,
  ...processRoutes,
  ...mailRoutes,
  ...pageRoutes,
];
