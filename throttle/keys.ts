/**
 * Names of what Redis holds. All permits share one hash tag, because one script call touches them together and a Redis
 * Cluster runs a script on one node only.
 */
const permits = "permits:{permits}";

/** Hash: `tokens`, `at` (rate); `day`, `used` (daily allowance); `leased` (messages on the wire). */
export function limitKey(name: string): string {
  return `${permits}:limit:${name}`;
}

/** Sorted set of concurrency leases, `<lease id>:<messages>`, by the millisecond at which they expire. */
export function leasesKey(name: string): string {
  return `${permits}:leases:${name}`;
}

/** Hash of the path from a node to a mailbox provider: the observed rate, and the adaptive one when slowed down. */
export function pathKey(nodeId: string, mailboxProvider: string): string {
  return `${permits}:path:${nodeId}:${mailboxProvider}`;
}

/** Set of the slowed-down paths, each a JSON array of node id and mailbox provider. */
export const slowedPathsKey = `${permits}:slowed`;

/** Hash: `owner`, `begun`, and the bitmaps `announced` and `accepted`. One key, so that Redis has all of a journal or none of it. */
export function journalKey(sendId: string, batchNo: number): string {
  return `journal:{${sendId}:${batchNo}}`;
}

/** As with permits: a check reads the load in the same call. */
const rateLimits = "rate-limits:{rate-limits}";

/** Hash of one bucket of requests: `tokens`, `at`. Absent: full. Names and tenants have no colon; a user may. */
export function rateLimitKey(limit: string, tenantId: string, user?: string): string {
  return `${rateLimits}:bucket:${limit}:${tenantId}${user === undefined ? "" : `:${user}`}`;
}

/** Hash: the `factor` to which load lowered adaptive rates `at` a moment, and what was measured then. */
export const systemLoadKey = `${rateLimits}:load`;

/** Channel of a tenant's progress: a message says that there is news, never what. */
export function progressChannel(tenantId: string): string {
  return `progress:${tenantId}`;
}

/** String: the `traceparent` of a send or of a group of single emails. */
export function traceKey(subject: string): string {
  return `trace:${subject}`;
}

/** Who a ticket for live updates stands for, by the ticket's hash. */
export function liveTicketKey(hash: string): string {
  return `live:ticket:${hash}`;
}
