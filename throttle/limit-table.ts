import { Unavailable } from "../domain/errors.js";
import type { Limit, LimitScope, PermitAsk, PermitRequest } from "../domain/permits.js";
import { gateKeysOf } from "../domain/reputation-limits.js";
import { warmupKeysOf } from "../domain/warmup-allowance.js";

export type LimitTable = ReadonlyMap<string, Limit>;

/** How a limit is named in keys, in `heldBy` and on the command line: `tenant:demo`. */
export function limitName(scope: LimitScope, key: string): string {
  return `${scope}:${key}`;
}

/** Of all the limits that may restrain what a request asks for by this ask. */
export function limitNamesOf(
  { tenantId, sendId }: Pick<PermitRequest, "tenantId" | "sendId">,
  ask: Omit<PermitAsk, "messages">,
): string[] {
  return [
    limitName("tenant", tenantId),
    limitName("send", sendId),
    limitName("node", ask.nodeId),
    limitName("mailbox-provider", ask.mailboxProvider),
    limitName("tenant", `${tenantId}/${ask.mailboxProvider}`),
    limitName("node", `${ask.nodeId}/${ask.mailboxProvider}`),
    ...warmupKeysOf(ask).map((key) => limitName("warmup", key)),
    ...gateKeysOf(tenantId, ask).map((key) => limitName("reputation", key)),
  ];
}

/** Messages that may go at once after a silence. */
export function capacityOf({ burst, perSecond = 0 }: Limit): number {
  return burst ?? Math.max(1, perSecond);
}

/** Limits older than this are read again before a permit is granted. */
const freshMs = 1_000;
/** How long a permit waits for that; then the last known limits apply. */
const patienceMs = 250;

/**
 * Keeps the limits at hand: a change acts within about a second, and while Postgres is away the last known limits stay in
 * force. Before any are known, the returned function rejects with `Unavailable`: nothing is sent without limits.
 */
export function createLimitTable(loadLimits: () => Promise<Limit[]>): () => Promise<LimitTable> {
  return keepFresh("The table of limits", async () => {
    const limits = await loadLimits();
    return new Map(limits.map((limit) => [limitName(limit.scope, limit.key), limit]));
  });
}

/** A table that is read again when it is older than a second; what was last read stays in force while that fails. */
export function keepFresh<Table>(name: string, load: () => Promise<Table>): () => Promise<Table> {
  let table: { read: Table } | undefined;
  let readAt = -Infinity;
  let reading: { done: Promise<void>; since: number } | undefined;

  const read = async () => {
    const since = Date.now();
    try {
      table = { read: await load() };
    } finally {
      // A failed read counts too: without it, every permit would wait while Postgres is away.
      if (table) readAt = since;
      reading = undefined;
    }
  };

  return async () => {
    if (table && Date.now() - readAt <= freshMs) return table.read;
    if (!reading) {
      reading = { done: read(), since: Date.now() };
      reading.done.catch(() => undefined);
    }
    const { done, since } = reading;
    if (table) await settledWithin(done, since + patienceMs - Date.now());
    else
      await done.catch((error: unknown) => {
        throw new Unavailable(name, error);
      });
    if (!table) throw new Unavailable(name);
    return table.read;
  };
}

/** Resolves when the promise has settled either way, at the latest after `timeoutMs`. */
function settledWithin(promise: Promise<void>, timeoutMs: number): Promise<void> {
  if (timeoutMs <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, timeoutMs);
    const finish = () => {
      clearTimeout(timer);
      resolve();
    };
    promise.then(finish, finish);
  });
}
