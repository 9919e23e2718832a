import type pg from "pg";
import type { BlacklistChange, BlacklistStore, FoundVerdict } from "../activities/blacklist-ports.js";
import {
  changeOf,
  statusAfter,
  type BlacklistChangeKind,
  type BlacklistStatus,
} from "../domain/blacklist-changes.js";
import { watchedSubjects } from "./blacklist-subjects.js";
import { transaction } from "./pool.js";

/** One change, with what is told of it. */
interface Change {
  tenantId: string;
  subject: string;
  zone: string;
  kind: string;
  change: BlacklistChangeKind;
  codes: string[];
  meaning: string | null;
  pausedNodes: string[];
  removalUrl: string | undefined;
}

/** Two checks may overlap: what one of them has told, the other must see. */
const lock = "select pg_advisory_xact_lock(hashtext('blacklist_standings'))";

export const recordVerdicts =
  (pool: pg.Pool): BlacklistStore["recordVerdicts"] =>
  async (found) =>
    found.length === 0
      ? { listed: 0, delisted: 0, paused: [] }
      : transaction(pool, async (client) => {
          await client.query(lock);
          const before = await loadStatuses(client, found);
          await writeStandings(client, found, before);
          const changes = changesOf(found, before);
          await pauseNodes(client, changes);
          await tellChanges(client, changes);
          return summaryOf(changes);
        });

export const recordListHealth =
  (pool: pg.Pool): BlacklistStore["recordListHealth"] =>
  async (reports) => {
    await pool.query(
      `insert into blacklist_lists as l (zone, kind, healthy, reason)
       select * from unnest($1::text[], $2::text[], $3::boolean[], $4::text[])
       on conflict (zone, kind) do update set healthy = excluded.healthy, reason = excluded.reason, checked_at = now(),
         since = case when l.healthy = excluded.healthy then l.since else now() end`,
      [
        reports.map(({ zone }) => zone),
        reports.map(({ kind }) => kind),
        reports.map(({ health }) => health.kind === "healthy"),
        reports.map(({ health }) => (health.kind === "broken" ? health.reason : null)),
      ],
    );
  };

type Statuses = Map<string, BlacklistStatus>;

const keyOf = ({ tenantId, subject, zone }: Pick<FoundVerdict, "tenantId" | "subject" | "zone">): string =>
  JSON.stringify([tenantId, subject, zone]);

async function loadStatuses(client: pg.PoolClient, found: FoundVerdict[]): Promise<Statuses> {
  const { rows } = await client.query<
    Pick<FoundVerdict, "tenantId" | "subject" | "zone"> & { status: BlacklistStatus }
  >(
    `select s.tenant_id as "tenantId", s.subject, s.zone, s.status
     from unnest($1::text[], $2::text[], $3::text[]) as f (tenant_id, subject, zone)
     join blacklist_standings s on s.tenant_id = f.tenant_id and s.subject = f.subject and s.zone = f.zone`,
    [found.map((f) => f.tenantId), found.map((f) => f.subject), found.map((f) => f.zone)],
  );
  return new Map(rows.map((row) => [keyOf(row), row.status]));
}

const statusBefore = (found: FoundVerdict, before: Statuses): BlacklistStatus =>
  before.get(keyOf(found)) ?? "unknown";

/** What an answer without a meaning leaves as it was is given as null. */
async function writeStandings(client: pg.PoolClient, found: FoundVerdict[], before: Statuses): Promise<void> {
  const rows = found.map((one) => ({
    ...{ tenant_id: one.tenantId, subject: one.subject, zone: one.zone, kind: one.kind },
    status: statusAfter(statusBefore(one, before), one.verdict),
    codes: one.verdict.kind === "listed" ? one.verdict.codes : [],
    meaning: one.verdict.kind === "listed" ? one.verdict.meaning : null,
    removal_url: one.removalUrl ?? null,
    error: one.verdict.kind === "error" ? one.verdict.reason : null,
  }));
  await client.query(
    `insert into blacklist_standings as s (tenant_id, subject, zone, kind, status, codes, meaning, removal_url, error)
     select tenant_id, subject, zone, kind, status, codes, meaning, removal_url, error
     from jsonb_to_recordset($1) as r (tenant_id text, subject text, zone text, kind text, status text, codes text[],
       meaning text, removal_url text, error text)
     on conflict (tenant_id, subject, zone) do update set status = excluded.status, error = excluded.error,
       removal_url = excluded.removal_url, checked_at = now(),
       since = case when s.status = excluded.status then s.since else now() end,
       codes = case when excluded.error is null then excluded.codes else s.codes end,
       meaning = case when excluded.error is null then excluded.meaning else s.meaning end`,
    [JSON.stringify(rows)],
  );
}

function changesOf(found: FoundVerdict[], before: Statuses): Change[] {
  return found.flatMap((one) => {
    const was = statusBefore(one, before);
    const change = changeOf(was, statusAfter(was, one.verdict));
    if (change === null) return [];
    const { tenantId, subject, zone, kind, verdict, removalUrl } = one;
    const said = verdict.kind === "listed" ? verdict : { codes: [], meaning: null };
    return [
      {
        tenantId,
        subject,
        zone,
        kind,
        change,
        codes: said.codes,
        meaning: said.meaning,
        pausedNodes: [],
        removalUrl,
      },
    ];
  });
}

/** Nodes that ask for it, of whom something was listed. One that a person resumes afterwards is not paused again for it. */
async function pauseNodes(client: pg.PoolClient, changes: Change[]): Promise<void> {
  const listed = changes.filter(({ change }) => change === "listed");
  if (listed.length === 0) return;
  const { rows } = await client.query<{ nodeId: string; tenantId: string; subject: string }>(
    `with watched as (${watchedSubjects}),
     paused as (
       update nodes n set status = 'paused'
       where n.pause_when_listed and n.status = 'active' and exists (
         select from watched w join unnest($1::text[], $2::text[]) as l (tenant_id, subject)
           on l.tenant_id = w.tenant_id and l.subject = w.subject
         where w.node_id = n.node_id)
       returning n.node_id
     )
     select distinct w.node_id as "nodeId", w.tenant_id as "tenantId", w.subject
     from watched w join paused p on p.node_id = w.node_id`,
    [listed.map(({ tenantId }) => tenantId), listed.map(({ subject }) => subject)],
  );
  for (const change of listed) {
    change.pausedNodes = rows
      .filter((row) => row.tenantId === change.tenantId && row.subject === change.subject)
      .map(({ nodeId }) => nodeId);
  }
}

async function tellChanges(client: pg.PoolClient, changes: Change[]): Promise<void> {
  if (changes.length === 0) return;
  const rows = changes.map((one) => ({ ...one, ...wordsOf(one) }));
  await client.query(
    `with told as materialized (
       select * from jsonb_to_recordset($1) as r ("tenantId" text, subject text, zone text, kind text, change text,
         codes text[], meaning text, "pausedNodes" text[], title text, text text)
     ),
     kept as (
       insert into blacklist_changes (tenant_id, subject, zone, kind, change, codes, meaning, paused_nodes)
       select "tenantId", subject, zone, kind, change, codes, meaning, "pausedNodes" from told
     ),
     notified as (
       insert into notifications (tenant_id, kind, severity, subject_id, title, text)
       select "tenantId", 'blacklist.' || change, case change when 'listed' then 'critical' else 'info' end, subject,
         title, text from told
     )
     select tell_webhooks("tenantId", 'blacklist.' || change, subject, jsonb_build_object('subject', subject,
       'kind', kind, 'list', zone, 'codes', codes, 'meaning', meaning, 'paused_nodes', "pausedNodes"))
     from told`,
    [JSON.stringify(rows)],
  );
}

function wordsOf({ change, subject, zone, meaning, pausedNodes, removalUrl }: Change) {
  if (change === "delisted")
    return {
      title: `${subject} is no longer listed`,
      text: `${zone} does not list ${subject} any more. Nodes that were paused for it stay so until they are resumed.`,
    };
  const paused = pausedNodes.length === 0 ? "" : ` Paused for it: ${pausedNodes.join(", ")}.`;
  const where =
    removalUrl === undefined ? "" : ` Find the cause first, then ask for its removal: ${removalUrl}`;
  return {
    title: `${subject} is on a blacklist`,
    text: `${zone} lists ${subject}: ${meaning ?? "without a reason"}.${paused}${where}`,
  };
}

function summaryOf(changes: Change[]): BlacklistChange {
  const count = (kind: BlacklistChangeKind): number => changes.filter(({ change }) => change === kind).length;
  return {
    listed: count("listed"),
    delisted: count("delisted"),
    paused: [...new Set(changes.flatMap(({ pausedNodes }) => pausedNodes))],
  };
}
