import type { Settlement } from "../domain/outcome.js";
import { recoverBatch, type Recovery } from "./batch-recovery.js";
import type { DeliveryContext } from "./delivery-context.js";
import type { Batch, BatchClaim, Delivery, JournalState, Receivers, Recipient } from "./delivery-ports.js";
import type { SendBatchInput, SendBatchPorts } from "./send-batch.js";

export interface OpeningInput<Send extends Delivery> {
  ports: SendBatchPorts<Send>;
  shared: DeliveryContext<Send>;
  input: SendBatchInput;
  token: string;
}

export interface OpenedBatch<Send extends Delivery> {
  send: Send;
  batch: Batch;
  /** What has to be sent. */
  recipients: Recipient[];
  /** What the journal of an earlier attempt already answers. */
  settlements: Settlement[];
}

/** Takes the batch over and loads what is left of it; null when nothing is. */
export async function openBatch<Send extends Delivery>(
  opening: OpeningInput<Send>,
): Promise<OpenedBatch<Send> | null> {
  const { ports, shared, input, token } = opening;
  const [send, journal] = await Promise.all([
    shared.send(input.sendId),
    ports.journal.takeOver(input, token),
  ]);
  const claim = await ports.ledger.claimBatch(input.sendId, input.batchNo, token);
  if (!claim) {
    await ports.journal.drop(input);
    return null;
  }
  const recovery = await recover(opening, send, claim, journal);
  await nameReceivers(ports.receivers, recovery.recipients);
  return { send, batch: claim.batch, ...recovery };
}

/** A company's domain that a mailbox provider hosts is that provider's. */
async function nameReceivers(receivers: Receivers | undefined, recipients: Recipient[]): Promise<void> {
  if (!receivers) return;
  await receivers.learn(recipients.map(({ domain }) => domain));
  for (const recipient of recipients) {
    const provider = receivers.providerOf(recipient.domain);
    if (provider !== undefined) recipient.mailboxProvider = provider;
  }
}

async function recover<Send extends Delivery>(
  { ports, input, token }: OpeningInput<Send>,
  send: Send,
  claim: BatchClaim,
  journal: JournalState,
): Promise<Recovery> {
  const isClean = claim.previousToken === null;
  try {
    const [recipients] = await Promise.all([
      ports.ledger.loadRecipients(send, claim.batch),
      // Nobody worked on it, or the last attempt released it: marks that stayed behind mean nothing.
      isClean ? ports.journal.reset(input, token) : undefined,
    ]);
    return await recoverBatch({ ports, send, claim, journal, recipients });
  } catch (error) {
    // Nothing was sent yet: what was not in doubt before does not come into doubt now.
    if (isClean) await ports.ledger.releaseBatch(send, claim.batch, token).catch(() => undefined);
    throw error;
  }
}
