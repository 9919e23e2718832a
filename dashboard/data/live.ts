import { useEffect } from "react";
import type { QueryClient } from "@tanstack/react-query";
import type { LiveUpdates } from "../../client/live-updates.js";
import type { ProgressKind } from "../../domain/progress.js";
import { askFor, jsonBody } from "./client.js";

/** Keys of queries that an update of this kind of work makes old. */
const queriesOf: Record<ProgressKind, readonly string[]> = {
  send: ["sends", "campaigns", "queues", "jobs"],
  import: ["imports", "contacts", "lists", "jobs"],
  export: ["exports", "jobs"],
  "ab-test": ["ab-tests", "campaigns", "jobs"],
  sequence: ["sequences", "jobs"],
  graph: ["graphs", "jobs"],
};

/** Many updates of a second are one look. */
const gatherMs = 1_000;

/** Follows a tenant's updates for as long as the page is open: what they make old is asked again. */
export function useLiveUpdates(tenantId: string, queries: QueryClient): void {
  useEffect(() => {
    let updates: LiveUpdates | undefined;
    let over = false;
    const gathered = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const flush = (): void => {
      timer = undefined;
      for (const key of gathered) void queries.invalidateQueries({ queryKey: [key] });
      gathered.clear();
    };
    const outdate = (...keys: readonly string[]): void => {
      for (const key of keys) gathered.add(key);
      timer ??= setTimeout(flush, gatherMs);
    };
    // Loaded behind the first page: it brings the checks of its input along.
    void import("../../client/live-updates.js").then(({ createLiveUpdates }) => {
      if (over) return;
      updates = createLiveUpdates({
        url: location.origin,
        ticket: () => ticketIn(tenantId),
      });
      updates.subscribe(
        { channel: "progress" },
        { onUpdate: ({ kind }) => outdate("progress", ...(queriesOf[kind as ProgressKind] ?? [])) },
      );
      updates.subscribe({ channel: "alerts" }, { onUpdate: () => outdate("alerts") });
      updates.subscribe({ channel: "notifications" }, { onUpdate: () => outdate("notifications") });
    });
    return () => {
      over = true;
      clearTimeout(timer);
      updates?.close();
    };
  }, [tenantId, queries]);
}

async function ticketIn(tenantId: string): Promise<string> {
  const response = await askFor("/api/live/tickets", { tenantId, ...jsonBody({}) });
  return ((await response.json()) as { ticket: string }).ticket;
}
