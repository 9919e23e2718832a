import { createHash } from "node:crypto";
import type pg from "pg";
import type { InboundReport } from "../domain/bounces.js";
import { Unavailable } from "../domain/errors.js";
import type { CallbackProvider, CallbackResult, ProviderReport } from "../domain/provider-reports.js";
import type { SoftBouncePolicy } from "../domain/soft-bounces.js";
import { recordEvents, type EmailEvent, type RecipientKey } from "./events.js";
import { recordReport } from "./inbound-reports.js";
import { transaction, type Queryable } from "./pool.js";

export interface MatchedReport extends ProviderReport {
  /** Null: it names no recipient of ours. */
  recipient: RecipientKey | null;
}

export interface ProviderReports {
  provider: CallbackProvider;
  reports: readonly MatchedReport[];
  /** Good for the event of one report, and that one only. */
  token?: string | undefined;
}

export interface ProviderReportStore {
  /**
   * What providers told, and all that follows from it, in one transaction: in order, what was done with each.
   * Null when the token was shown with another event before; then nothing is changed.
   */
  recordProviderReports(told: ProviderReports): Promise<CallbackResult[] | null>;
}

export function createProviderReportStore(pool: pg.Pool, softBounces: SoftBouncePolicy): ProviderReportStore {
  return {
    recordProviderReports: (told) =>
      transaction(pool, (client) => recordAll(client, told, softBounces)).catch(deadlockIsAway),
  };
}

interface KnownReport extends ProviderReport {
  recipient: RecipientKey;
  digest: Buffer;
}

async function recordAll(
  client: pg.PoolClient,
  told: ProviderReports,
  softBounces: SoftBouncePolicy,
): Promise<CallbackResult[] | null> {
  const sends = await loadKnownSends(client, told.reports);
  const known = told.reports.map(({ recipient, ...report }): KnownReport | null =>
    recipient && sends.has(recipient.sendId) && report.event.kind !== "other"
      ? { ...report, recipient, digest: digestOf(`${told.provider}.${report.eventId}`) }
      : null,
  );
  const fresh = await insertEvents(
    client,
    told,
    known.filter((report) => report !== null),
  );
  if (!fresh) return null;
  await lockSends(client, [...sends]);
  const results = await followAll(client, fresh, { source: told.provider, softBounces });
  return known.map((report, at) => {
    if (report) return results.get(report) ?? "repeated";
    const sendId = told.reports[at]?.recipient?.sendId;
    return sendId !== undefined && sends.has(sendId) ? "ignored" : "unmatched";
  });
}

async function loadKnownSends(client: Queryable, reports: readonly MatchedReport[]): Promise<Set<string>> {
  const sendIds = new Set(reports.flatMap(({ recipient }) => (recipient ? [recipient.sendId] : [])));
  if (sendIds.size === 0) return sendIds;
  const { rows } = await client.query<{ sendId: string }>(
    `select send_id as "sendId" from campaign_sends where send_id = any ($1::uuid[])
     union all select email_id from emails where email_id = any ($1::uuid[])`,
    [[...sendIds]],
  );
  return new Set(rows.map(({ sendId }) => sendId));
}

/** Those that were not told before, once each; null when the token belongs to another event. */
async function insertEvents(
  client: Queryable,
  { provider, token }: ProviderReports,
  reports: readonly KnownReport[],
): Promise<KnownReport[] | null> {
  if (reports.length === 0) return [];
  const once = token === undefined ? null : digestOf(`${provider}.token.${token}`);
  // In order, so that of two who are told the same, in whatever order, one waits for the other.
  const { rows } = await client.query<{ digest: Buffer }>(
    `insert into callback_events (digest, token)
     select distinct digest, $2::bytea from unnest($1::bytea[]) as d (digest) order by digest
     on conflict do nothing returning digest`,
    [reports.map(({ digest }) => digest), once],
  );
  const inserted = new Set(rows.map(({ digest }) => digest.toString("hex")));
  if (once && inserted.size === 0 && (await isSpent(client, once, reports))) return null;
  // Told twice in one request, it counts once.
  return reports.filter(({ digest }) => inserted.delete(digest.toString("hex")));
}

async function isSpent(client: Queryable, token: Buffer, reports: readonly KnownReport[]): Promise<boolean> {
  const { rows } = await client.query<{ spent: boolean }>(
    "select exists (select from callback_events where token = $1 and digest <> all ($2::bytea[])) as spent",
    [token, reports.map(({ digest }) => digest)],
  );
  return rows[0]?.spent ?? false;
}

/** What counts by send is changed by several statements here: locked in one order first, two requests do not deadlock. */
async function lockSends(client: Queryable, sendIds: string[]): Promise<void> {
  await client.query(
    "select from campaign_analytics where send_id = any ($1::uuid[]) order by send_id for update",
    [sendIds],
  );
}

async function followAll(
  client: pg.PoolClient,
  reports: readonly KnownReport[],
  { source, softBounces }: { source: CallbackProvider; softBounces: SoftBouncePolicy },
): Promise<Map<KnownReport, CallbackResult>> {
  const results = new Map<KnownReport, CallbackResult>();
  const events: EmailEvent[] = [];
  for (const report of reports) {
    const event = emailEventOf(report);
    if (event) events.push(event);
    if (event) results.set(report, event.kind === "unsubscribe" ? "suppressed" : "recorded");
  }
  await recordEvents(client, events);
  for (const report of reports) {
    const { digest, recipient, occurredAt } = report;
    const came = inboundReportOf(report);
    if (!came) continue;
    const inbound = { digest, report: came, recipient, receivedAt: new Date(), occurredAt, source };
    results.set(report, await recordReport(client, inbound, softBounces));
  }
  return results;
}

/** What recipients did, and deliveries: many at once. */
function emailEventOf({ event, recipient, occurredAt }: KnownReport): EmailEvent | null {
  const { sendId, contactId } = recipient;
  switch (event.kind) {
    case "delivery":
    case "unsubscribe":
    case "open":
    case "click":
      return { sendId, contactId, occurredAt, ...event };
    case "bounce":
    case "complaint":
    case "delay":
    case "other":
      return null;
  }
}

/** What would have come back to the return path. */
function inboundReportOf({ event }: KnownReport): InboundReport | null {
  return event.kind === "bounce" || event.kind === "complaint" || event.kind === "delay" ? event : null;
}

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** Two requests that met in another order than this one's: what was rolled back is told again. */
function deadlockIsAway(error: unknown): never {
  if (error instanceof Error && "code" in error && error.code === "40P01")
    throw new Unavailable("Postgres", error);
  throw error;
}
