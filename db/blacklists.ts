import type pg from "pg";
import type { BlacklistStore } from "../activities/blacklist-ports.js";
import type { BlacklistChangeKind, BlacklistStatus } from "../domain/blacklist-changes.js";
import type { SubjectKind } from "../domain/blacklists.js";
import { findSubjects, forgetOthers, listHosts, recordHostAddresses } from "./blacklist-subjects.js";
import { recordListHealth, recordVerdicts } from "./blacklist-verdicts.js";

/** What one list says of one address or domain. */
export interface BlacklistStanding {
  /** Null: of a node that every tenant may use. */
  tenantId: string | null;
  subject: string;
  kind: SubjectKind;
  /** Zone of the list. */
  list: string;
  status: BlacklistStatus;
  codes: string[];
  meaning: string | null;
  removalUrl: string | null;
  /** Why the last answer said nothing. */
  error: string | null;
  since: Date;
  checkedAt: Date;
}

export interface BlacklistHistoryEntry {
  changeId: string;
  tenantId: string | null;
  subject: string;
  kind: SubjectKind;
  list: string;
  change: BlacklistChangeKind;
  codes: string[];
  meaning: string | null;
  pausedNodes: string[];
  happenedAt: Date;
}

export interface BlacklistOfLists {
  list: string;
  kind: SubjectKind;
  healthy: boolean;
  /** Why it is not believed. */
  reason: string | null;
  since: Date;
  checkedAt: Date;
}

/** Absent tenant: everybody's. A tenant's includes what belongs to nodes that every tenant may use. */
export interface StandingsFilter {
  tenantId?: string | undefined;
  subject?: string | undefined;
  status?: BlacklistStatus | undefined;
}

export interface BlacklistReader {
  /** Listed ones first, then by subject and list. */
  listStandings(filter: StandingsFilter): Promise<BlacklistStanding[]>;
  /** Newest first. @param before `changeId` of the last row of the page before */
  listChanges(
    page: Omit<StandingsFilter, "status"> & { before?: string | undefined; limit: number },
  ): Promise<BlacklistHistoryEntry[]>;
  listHealth(): Promise<BlacklistOfLists[]>;
  /** Subjects on any list now, of a tenant and of nodes that every tenant may use; absent: everybody's. */
  countListed(tenantId?: string): Promise<number>;
}

export function createBlacklistStore(pool: pg.Pool): BlacklistStore {
  return {
    listHosts: listHosts(pool),
    recordHostAddresses: recordHostAddresses(pool),
    findSubjects: findSubjects(pool),
    recordListHealth: recordListHealth(pool),
    recordVerdicts: recordVerdicts(pool),
    forgetOthers: forgetOthers(pool),
  };
}

export function createBlacklistReader(pool: pg.Pool): BlacklistReader {
  return {
    async listStandings({ tenantId, subject, status }) {
      const { rows } = await pool.query<BlacklistStanding>(
        `select nullif(tenant_id, '*') as "tenantId", subject, kind, zone as list, status, codes, meaning,
           removal_url as "removalUrl", error, since, checked_at as "checkedAt"
         from blacklist_standings
         where ($1::text is null or tenant_id in ($1, '*')) and ($2::text is null or subject = $2)
           and ($3::text is null or status = $3)
         order by status <> 'listed', subject, zone, tenant_id`,
        [tenantId ?? null, subject ?? null, status ?? null],
      );
      return rows;
    },
    async listChanges({ tenantId, subject, before, limit }) {
      const { rows } = await pool.query<BlacklistHistoryEntry>(
        `select change_id as "changeId", nullif(tenant_id, '*') as "tenantId", subject, kind, zone as list, change, codes,
           meaning, paused_nodes as "pausedNodes", happened_at as "happenedAt"
         from blacklist_changes
         where ($1::text is null or tenant_id in ($1, '*')) and ($2::text is null or subject = $2)
           and ($3::bigint is null or change_id < $3)
         order by change_id desc limit $4`,
        [tenantId ?? null, subject ?? null, before ?? null, limit],
      );
      return rows;
    },
    async listHealth() {
      const { rows } = await pool.query<BlacklistOfLists>(
        `select zone as list, kind, healthy, reason, since, checked_at as "checkedAt"
         from blacklist_lists order by zone, kind`,
      );
      return rows;
    },
    async countListed(tenantId) {
      const { rows } = await pool.query<{ count: number }>(
        `select count(distinct subject)::int as count from blacklist_standings
         where status = 'listed' and ($1::text is null or tenant_id in ($1, '*'))`,
        [tenantId ?? null],
      );
      return rows[0]?.count ?? 0;
    },
  };
}
