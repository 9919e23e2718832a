import type pg from "pg";
import type { ReputationFactor, ReputationKind } from "../domain/reputation.js";
import type { ReputationGate } from "../domain/reputation-gates.js";
import { NotFound } from "../domain/errors.js";

/** How a domain, a node or a mailbox provider stands now. */
export interface Reputation {
  /** By which pages begin. */
  reputationId: string;
  /** `*`: the platform's, of a node that every tenant may use. */
  tenantId: string;
  kind: ReputationKind;
  /** Domain of From, node id, or mailbox provider. */
  subject: string;
  /** Of a domain or a node: towards whom; null: all its mail. */
  mailboxProvider: string | null;
  /** The last day that was scored, `YYYY-MM-DD`; null: none was yet. */
  day: string | null;
  /** 0 to 100; null: too little mail to say anything. */
  score: number | null;
  factors: ReputationFactor[];
  /** Messages that were tried in the seven days that the score is of. */
  tried: number;
  calculatedAt: Date | null;
  gate: ReputationGate;
  gateReason: string | null;
  gateSince: Date;
  /** How often it was stopped since it last did well for long. */
  stops: number;
  /** A stop ends by itself; null: a person releases it, or it is not stopped. */
  resumeAt: Date | null;
  /** Messages a day and an hour that may leave while it is slowed down; else null. */
  perDay: number | null;
  perHour: number | null;
  /** Who released it last. */
  releasedBy: string | null;
}

export interface ReputationDay {
  day: string;
  score: number | null;
  factors: ReputationFactor[];
  tried: number;
  gate: ReputationGate;
  calculatedAt: Date;
}

export interface ReputationRef {
  /** Also the platform's; absent: whoever's. */
  tenantId?: string | undefined;
  kind: ReputationKind;
  subject: string;
  mailboxProvider?: string | undefined;
}

export interface ReputationQuery {
  tenantId?: string | undefined;
  kind?: ReputationKind | undefined;
  subject?: string | undefined;
  mailboxProvider?: string | undefined;
  gate?: ReputationGate | undefined;
  /** Scores below it. */
  below?: number | undefined;
  before?: string | undefined;
  limit: number;
}

export interface ReputationReader {
  /** Newest first; without a mailbox provider those of all mail. @param query.before the last one of the page before */
  listReputations(query: ReputationQuery): Promise<Reputation[]>;
  /** Of all whom it may be of: tenants may write from the same domain. */
  findReputations(ref: ReputationRef): Promise<Reputation[]>;
  /** The same towards each mailbox provider, by its name. */
  listTowards(of: Pick<Reputation, "tenantId" | "kind" | "subject">): Promise<Reputation[]>;
  /** Newest first; `before` is the last day of the page before. */
  listDays(
    of: Pick<Reputation, "tenantId" | "kind" | "subject" | "mailboxProvider">,
    page: { before?: string | undefined; limit: number },
  ): Promise<ReputationDay[]>;
}

const columns = `reputation_id as "reputationId", tenant_id as "tenantId", kind, subject,
  nullif(mailbox_provider, '') as "mailboxProvider", day, score, factors, tried::float8 as tried, calculated_at as "calculatedAt", gate,
  gate_reason as "gateReason", gate_since as "gateSince", stops, resume_at as "resumeAt", per_day as "perDay",
  per_hour as "perHour", released_by as "releasedBy"`;

export function createReputationReader(pool: pg.Pool): ReputationReader {
  return {
    async listReputations({ tenantId, kind, subject, mailboxProvider, gate, below, before, limit }) {
      const { rows } = await pool.query<Reputation>(
        `select ${columns} from reputations
         where ($1::text is null or tenant_id in ($1, '*')) and ($2::text is null or kind = $2)
           and ($3::text is null or subject = $3) and mailbox_provider = $4 and ($5::text is null or gate = $5)
           and ($6::int is null or score < $6) and ($7::bigint is null or reputation_id < $7)
         order by reputation_id desc limit $8`,
        [
          ...[tenantId ?? null, kind ?? null, subject ?? null, mailboxProvider ?? "", gate ?? null],
          ...[below ?? null, before ?? null, limit],
        ],
      );
      return rows;
    },
    async findReputations({ tenantId, kind, subject, mailboxProvider }) {
      const { rows } = await pool.query<Reputation>(
        `select ${columns} from reputations
         where ($1::text is null or tenant_id in ($1, '*')) and kind = $2 and subject = $3 and mailbox_provider = $4
         order by tenant_id limit 20`,
        [tenantId ?? null, kind, subject, mailboxProvider ?? ""],
      );
      return rows;
    },
    async listTowards({ tenantId, kind, subject }) {
      const { rows } = await pool.query<Reputation>(
        `select ${columns} from reputations
         where tenant_id = $1 and kind = $2 and subject = $3 and mailbox_provider <> '' order by mailbox_provider`,
        [tenantId, kind, subject],
      );
      return rows;
    },
    async listDays({ tenantId, kind, subject, mailboxProvider }, { before, limit }) {
      const { rows } = await pool.query<ReputationDay>(
        `select day, score, factors, tried::float8 as tried, gate, calculated_at as "calculatedAt" from reputation_days
         where tenant_id = $1 and kind = $2 and subject = $3 and mailbox_provider = $4 and ($5::date is null or day < $5)
         order by day desc limit $6`,
        [tenantId, kind, subject, mailboxProvider ?? "", before ?? null, limit],
      );
      return rows;
    },
  };
}

export function noReputation({ kind, subject, mailboxProvider }: ReputationRef): NotFound {
  const towards = mailboxProvider === undefined ? "" : ` towards ${mailboxProvider}`;
  return new NotFound("reputation of", `${kind} ${subject}${towards}`);
}
