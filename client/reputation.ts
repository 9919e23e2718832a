import type { Reputation, ReputationDay, ReputationReader, ReputationRef } from "../db/reputations.js";
import { noReputation } from "../db/reputations.js";
import type { Authorship } from "../db/audit-log.js";
import type { GateChange, Gated } from "../db/reputation-gates.js";
import { Conflict, InvalidInput } from "../domain/errors.js";
import { dayOf } from "../domain/warmup-clock.js";
import { parseInput } from "./input.js";
import {
  recalculateSchema,
  reputationHistorySchema,
  reputationListSchema,
  reputationRefSchema,
  reputationReleaseSchema,
  type Recalculate,
  type ReputationHistory,
  type ReputationList,
  type ReputationRefInput,
  type ReputationRelease,
} from "./reputation-input.js";

export type { Reputation, ReputationDay } from "../db/reputations.js";
export type { ReputationFactor, ReputationKind } from "../domain/reputation.js";
export type { ReputationGate } from "../domain/reputation-gates.js";
export type {
  Recalculate,
  ReputationHistory,
  ReputationList,
  ReputationRefInput,
  ReputationRelease,
} from "./reputation-input.js";

/** A reputation, and what it is towards each mailbox provider. */
export interface ReputationReport extends Reputation {
  mailboxProviders: Reputation[];
}

/** What a calculation came to. */
export interface Recalculated {
  /** Today, by the configured time zone: until the night it is the score of a day that is not over. */
  day: string;
  scored: number;
  /** Gates that have changed by it. */
  changes: GateChange[];
}

/**
 * How mailbox providers may think of domains, nodes and a tenant's mail: a score of 0 to 100 with what each factor costs, and gates
 * that warn, slow down or stop. With a tenant: what is that tenant's, and nodes that every tenant may use.
 */
export interface Reputations {
  /** Newest first; without a mailbox provider, scores of all mail. `before` is the last one of the page before. */
  list(query?: ReputationList): Promise<Reputation[]>;
  /** With its factors. @throws NotFound, InvalidInput when it is of several tenants and none was named */
  show(ref: ReputationRefInput): Promise<ReputationReport>;
  /** Each day, newest first. @throws NotFound, InvalidInput */
  history(query: ReputationHistory): Promise<ReputationDay[]>;
  /**
   * Opens a gate: mail leaves again, and is judged by what comes of it from now on. Kept in the audit log.
   * @throws NotFound, InvalidInput, Conflict when it is the platform's
   */
  release(input: ReputationRelease): Promise<ReputationReport>;
  /** Scores a tenant, and looks at its gates, now; otherwise at night, and every quarter of an hour. @throws NotFound */
  recalculate(input?: Recalculate): Promise<Recalculated>;
}

export interface ReputationParts {
  reader: ReputationReader;
  release: (gated: Gated, by: Authorship) => Promise<boolean>;
  requireTenant: (tenantId: string) => Promise<void>;
  calculate: (of: { tenantIds: string[]; day: string; timeZone: string }) => Promise<number>;
  checkGates: (of: { tenantIds: string[]; nowMs: number }) => Promise<{ changes: GateChange[] }>;
  timeZone: string;
}

export function createReputations(parts: ReputationParts): Reputations {
  const { reader, timeZone } = parts;
  const find = async (ref: ReputationRef): Promise<Reputation> => {
    const lowered = { ...ref, subject: ref.subject.toLowerCase() };
    const found = await reader.findReputations(lowered);
    const own = found.find(({ tenantId }) => tenantId === ref.tenantId) ?? found[0];
    if (!own) throw noReputation(ref);
    if (ref.tenantId === undefined && found.length > 1) {
      const owners = found.map(({ tenantId }) => tenantId).join(", ");
      throw new InvalidInput([
        { field: "tenantId", problem: `is missing; several write from it: ${owners}` },
      ]);
    }
    return own;
  };
  const report = async (ref: ReputationRef): Promise<ReputationReport> => {
    const own = await find(ref);
    return { ...own, mailboxProviders: await reader.listTowards(own) };
  };
  return {
    list: async (query = {}) => reader.listReputations(parseInput(reputationListSchema, query)),
    show: async (ref) => report(parseInput(reputationRefSchema, ref)),
    history: async (query) => {
      const { before, limit, ...ref } = parseInput(reputationHistorySchema, query);
      return reader.listDays(await find(ref), { before, limit });
    },
    release: async (input) => {
      const { actor, because, ...ref } = parseInput(reputationReleaseSchema, input);
      const { tenantId, kind, subject } = await find(ref);
      if (ref.tenantId !== undefined && tenantId !== ref.tenantId)
        throw new Conflict(`The ${kind} ${subject} is shared; only the platform releases it.`, {
          kind,
          subject,
        });
      if (kind === "mailbox-provider")
        throw new InvalidInput([
          { field: "kind", problem: "must be domain or node; nothing else has a gate" },
        ]);
      await parts.release({ tenantId, kind, subject }, { actor, reason: because ?? null });
      return report({ tenantId, kind, subject });
    },
    recalculate: async (input = {}) => {
      const { tenantId } = parseInput(recalculateSchema, input);
      if (tenantId !== undefined) await parts.requireTenant(tenantId);
      const tenantIds = [tenantId ?? "*"];
      const nowMs = Date.now();
      const day = dayOf(nowMs, timeZone);
      const { changes } = await parts.checkGates({ tenantIds, nowMs });
      return { day, scored: await parts.calculate({ tenantIds, day, timeZone }), changes };
    },
  };
}
