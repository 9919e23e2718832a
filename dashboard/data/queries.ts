import { QueryClient } from "@tanstack/react-query";
import { isAway, toProblem } from "./problem.js";

/** Of what is on the screen, for what live updates do not tell: another person sees a change within this time. */
const askEveryMs = 5_000;

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
        refetchInterval: askEveryMs,
        retry: (failures, error) => isAway(error) || (toProblem(error).status >= 500 && failures < 2),
        retryDelay: (failures) => Math.min(1_000 * 2 ** failures, 10_000),
        // What is shown stays while the API is away; the banner says so.
        networkMode: "always",
      },
      mutations: { networkMode: "always" },
    },
  });
}
