import type { HeldRange } from "../db/recipient-export.js";
import type { RecipientRow } from "../db/recipients.js";
import type { Sends } from "../db/sends.js";
import { Unavailable } from "../domain/errors.js";
import type { CampaignWorkflow } from "./campaign-workflow.js";
import { toFloeError } from "./failures.js";

/** A limit that holds back a send. */
export interface SendHold {
  /** Such as `node:n1 day` or `mailbox-provider:gmail rate`. */
  heldBy: string;
  /** The first of its batches goes on then, or earlier when the limit is raised. */
  freeAt: Date;
  batches: number;
  recipients: number;
}

/** A recipient, and what holds it back while it waits; null: nothing does, or Temporal, which knows, is away. */
export interface HeldRecipient extends RecipientRow {
  heldBy: string | null;
  freeAt: Date | null;
}

export interface SendHolds {
  load(tenantId: string, sendId: string): Promise<SendHold[]>;
  of(tenantId: string, sendId: string, rows: RecipientRow[]): Promise<HeldRecipient[]>;
  /** What waits now, of one limit or of all. @throws Unavailable */
  batches(tenantId: string, sendId: string, heldBy?: string): Promise<HeldRange[]>;
}

export function createSendHolds(
  sends: Pick<Sends, "listBatches">,
  workflow: Pick<CampaignWorkflow, "holds">,
): SendHolds {
  async function loadBatches(tenantId: string, sendId: string): Promise<HeldRange[]> {
    const holds = new Map((await workflow.holds(sendId)).map((hold) => [hold.batchNo, hold]));
    if (holds.size === 0) return [];
    const batches = await sends.listBatches(tenantId, sendId, [...holds.keys()]);
    return batches.flatMap((batch) => {
      const hold = holds.get(batch.batchNo);
      return hold ? [{ ...batch, ...hold }] : [];
    });
  }

  return {
    async batches(tenantId, sendId, heldBy) {
      const all = await loadBatches(tenantId, sendId);
      return heldBy === undefined ? all : all.filter((batch) => batch.heldBy === heldBy);
    },
    async load(tenantId, sendId) {
      const all = await loadBatches(tenantId, sendId);
      const limits = [...new Set(all.map(({ heldBy }) => heldBy))];
      return limits.map((heldBy) => {
        const batches = all.filter((batch) => batch.heldBy === heldBy);
        return {
          heldBy,
          freeAt: new Date(Math.min(...batches.map(({ freeAtMs }) => freeAtMs))),
          batches: batches.length,
          recipients: batches.reduce((sum, { waiting }) => sum + waiting, 0),
        };
      });
    },
    async of(tenantId, sendId, rows) {
      const batches = rows.some(isWaiting) ? await loadBatches(tenantId, sendId).catch(noneIfAway) : [];
      return rows.map((row) => {
        const held = batches.find((batch) => includes(batch, row));
        return { ...row, heldBy: held?.heldBy ?? null, freeAt: held ? new Date(held.freeAtMs) : null };
      });
    },
  };
}

function isWaiting({ status }: RecipientRow): boolean {
  return status === "pending" || status === "deferred";
}

/** The rows that are a batch's to settle, as `unsettledOfBatch` has them. */
function includes({ round, fromContact, toContact, dueAt }: HeldRange, row: RecipientRow): boolean {
  if (row.status !== (round === 0 ? "pending" : "deferred")) return false;
  if (round === 0 && row.dueAt?.getTime() !== dueAt?.getTime()) return false;
  const contact = BigInt(row.contactId);
  return BigInt(fromContact) <= contact && contact <= BigInt(toContact);
}

/** The ledger’s answer holds without Temporal, too. */
export function noneIfAway(error: unknown): [] {
  if (toFloeError(error) instanceof Unavailable) return [];
  throw error;
}
