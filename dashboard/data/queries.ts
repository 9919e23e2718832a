import { QueryClient } from "@tanstack/react-query";
import { isAway, toProblem } from "./problem.js";
import { isLive } from "./live.js";

/** Of what is on the screen, while live updates come: for what they do not tell. */
const liveEveryMs = 15_000;
/** Without them. */
const pollEveryMs = 5_000;

/**
 * One a tenant, so that nothing of another is ever shown. What is on the screen is asked again while it is looked at; an
 * answer that has not changed costs the API a comparison (304). What is away is asked until it is back.
 */
export function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 2_000,
        gcTime: 5 * 60_000,
        refetchInterval: () => (isLive() ? liveEveryMs : pollEveryMs),
        retry: (failures, error) => isAway(error) || (toProblem(error).status >= 500 && failures < 2),
        retryDelay: (failures) => Math.min(1_000 * 2 ** failures, 10_000),
        // What is shown stays while the API is away; the banner says so.
        networkMode: "always",
      },
      mutations: { networkMode: "always" },
    },
  });
}
