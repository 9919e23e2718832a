/** What a sequence needs of the world. Adapter: `db/sequence-store`. Payloads are ids and figures, never an address. */
import type { Lane } from "../domain/lanes.js";
import type { SequenceStatus } from "../domain/sequence-status.js";

export interface SequencePlan {
  sequenceId: string;
  tenantId: string;
  name: string;
  lane: Lane;
  status: SequenceStatus;
}

/** One page; `more`: another one follows at once. */
export interface SequencePage {
  more: boolean;
  contacts: number;
}

export interface SequenceOutlook {
  /** When the next recipients are due, epoch milliseconds; null: nobody waits for a step. */
  nextDueAtMs: number | null;
  /** Somebody is still to be enrolled. */
  enrolling: boolean;
}

export interface SequenceStore {
  /** @throws NotFound */
  loadSequence(sequenceId: string): Promise<SequencePlan>;
  /** Guarded transition; returns the status that holds afterwards. */
  moveSequence(sequenceId: string, to: SequenceStatus): Promise<SequenceStatus>;
  /** Enrolls the next page of who is to be enrolled; whoever is enrolled already stays where he is. */
  enrollContacts(sequenceId: string, nowMs: number): Promise<SequencePage>;
  /**
   * Takes the next page of who is due: decides each one's step, and in one transaction writes the step's result, the
   * recipient's row in the ledger, and the next step with its time. A repeat after a lost reply goes on behind it. With the
   * last page the wave's sends are complete and may start.
   */
  takeDueContacts(sequenceId: string, nowMs: number): Promise<SequencePage>;
  /** Sends of the sequence whose audience is complete and that have not ended. */
  openSequenceSends(sequenceId: string): Promise<string[]>;
  loadOutlook(sequenceId: string): Promise<SequenceOutlook>;
  /** Ends the enrollments of a cancelled sequence and readies what a half-taken wave left, so that its sends can end. */
  cancelEnrollments(sequenceId: string): Promise<void>;
}
