import type { ActivityOptions } from "@temporalio/workflow";

/**
 * Of activities that read and write the facts of one flow in Postgres. They may take minutes with millions of rows; the
 * heartbeat tells much sooner that the worker of one has died.
 */
export const storeOptions: ActivityOptions = {
  startToCloseTimeout: "5m",
  heartbeatTimeout: "20s",
  retry: { initialInterval: "500ms", backoffCoefficient: 2, maximumInterval: "30s" },
};
