import { StatusBadge } from "../../parts/status-badge.js";
import type { Webhook } from "./queries.js";

/** Its status; of one that is active also whether it answers. */
export function WebhookHealth({ webhook }: { webhook: Webhook }) {
  return <StatusBadge status={healthOf(webhook)} />;
}

/** `blocked`: it failed so often that it is left alone for a while. `degraded`: the last requests failed. */
function healthOf({ status, blocked_until: blockedUntil, failures }: Webhook): string {
  if (status !== "active") return status;
  if (blockedUntil !== null && new Date(blockedUntil) > new Date()) return "blocked";
  return failures > 0 ? "degraded" : "active";
}
