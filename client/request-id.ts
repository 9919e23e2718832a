import { AsyncLocalStorage } from "node:async_hooks";
import type { WorkflowClientInterceptor } from "@temporalio/client";

/** One request to Floe, as whoever asks and whoever operates it know it. */
export interface RequestTrail {
  requestId: string;
  /** Workflows that it has started or signalled so far. */
  workflowIds: string[];
}

const trails = new AsyncLocalStorage<RequestTrail>();

/** What `work` starts belongs to the request. */
export function followRequest<T>(trail: RequestTrail, work: () => T): T {
  return trails.run(trail, work);
}

/** Workflows that a request starts have its id as the memo `requestId`, and the request knows theirs. */
export const rememberRequest: WorkflowClientInterceptor = {
  startWithDetails: (input, next) => next({ ...input, options: remembered(input.options) }),
  signalWithStart: (input, next) => next({ ...input, options: remembered(input.options) }),
  startUpdateWithStart: (input, next) =>
    next({ ...input, workflowStartOptions: remembered(input.workflowStartOptions) }),
  signal: (input, next) => {
    trails.getStore()?.workflowIds.push(input.workflowExecution.workflowId);
    return next(input);
  },
};

function remembered<Options extends { workflowId: string; memo?: Record<string, unknown> }>(
  options: Options,
): Options {
  const trail = trails.getStore();
  if (!trail) return options;
  trail.workflowIds.push(options.workflowId);
  return { ...options, memo: { ...options.memo, requestId: trail.requestId } };
}
