import { settle, type Settlement } from "../domain/outcome.js";
import type { BatchClaim, Delivery, JournalState, Recipient } from "./delivery-ports.js";
import type { SendBatchPorts } from "./send-batch.js";

export interface RecoveryInput<Send extends Delivery> {
  ports: Pick<SendBatchPorts<Send>, "ledger">;
  send: Send;
  claim: BatchClaim;
  journal: JournalState;
  recipients: Recipient[];
}

export interface Recovery {
  /** What has to be sent. */
  recipients: Recipient[];
  /** What the journal already answers. */
  settlements: Settlement[];
}

/**
 * Reads what an earlier attempt left behind. Accepted: settled without sending. Never announced: sent. Announced without
 * an answer: the truth is not knowable, so it is sent again and flagged, or held, as the send says. A lost journal
 * counts every unsettled recipient as announced.
 */
export async function recoverBatch<Send extends Delivery>(input: RecoveryInput<Send>): Promise<Recovery> {
  const { ports, send, claim, journal, recipients } = input;
  if (claim.previousToken === null) return { recipients, settlements: [] };
  const bit = (recipient: Recipient): number => recipient.position - claim.batch.firstPosition;
  const accepted = recipients.filter((r) => journal.accepted.has(bit(r)));
  const rest = recipients.filter((r) => !journal.accepted.has(bit(r)));
  const doubtful = rest.filter((r) => !r.suppressed && (!journal.existed || journal.announced.has(bit(r))));
  const doubtfulIds = new Set(doubtful.map((r) => r.contactId));
  const untouched = rest.filter((r) => !doubtfulIds.has(r.contactId));

  const settlements = accepted.map((r) => settlement(send, r, true));
  if (send.onUnknown === "hold") {
    return {
      recipients: untouched,
      settlements: [...settlements, ...doubtful.map((r) => settlement(send, r, false))],
    };
  }
  // Flagged before they go again, so that no crash can hide a duplicate; those settled meanwhile need no repeat.
  const unsettled =
    doubtful.length > 0 ? await ports.ledger.markPossibleDuplicates(send, [...doubtfulIds]) : [];
  const again = new Set(unsettled);
  return {
    recipients: recipients
      .filter(
        (r) => (!doubtfulIds.has(r.contactId) && !journal.accepted.has(bit(r))) || again.has(r.contactId),
      )
      .map((r) => (again.has(r.contactId) ? { ...r, possibleDuplicate: true } : r)),
    settlements,
  };
}

function settlement(send: Delivery, recipient: Recipient, accepted: boolean): Settlement {
  return settle(
    accepted
      ? { kind: "accepted", reply: { code: 250, text: "found in the journal" } }
      : { kind: "unknown", stage: "after-dot" },
    {
      contactId: recipient.contactId,
      attemptsBefore: recipient.attempts,
      onUnknown: send.onUnknown,
      nodeId: null,
      possibleDuplicate: recipient.possibleDuplicate,
    },
  );
}
