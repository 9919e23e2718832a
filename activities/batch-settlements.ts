import { answerOf, type DeliveryFact } from "../domain/delivery-facts.js";
import { domainOf } from "../domain/email-address.js";
import { asError } from "../domain/errors.js";
import { mailboxProviderOf } from "../domain/mailbox-provider.js";
import { settle, type SendOutcome, type Settlement } from "../domain/outcome.js";
import type { Batch, Delivery, Ledger, Recipient } from "./delivery-ports.js";

export interface SettlementsInput<Send extends Delivery> {
  ledger: Ledger<Send>;
  send: Send;
  batch: Batch;
  token: string;
  /** What is known before anything is sent. */
  known: Settlement[];
  /** Nothing else remembers an acceptance: none waits for company. */
  atOnce: boolean;
  observe: (settlements: readonly Settlement[], facts: readonly DeliveryFact[]) => void;
}

/** Settlements written by one statement, where the journal remembers acceptances meanwhile. */
const settleGroup = 250;

/** What came of a batch's recipients, on its way to the ledger: in groups, one statement at a time, beside the sending. */
export class BatchSettlements<Send extends Delivery = Delivery> {
  private readonly input: SettlementsInput<Send>;
  private readonly groupSize: number;
  private waiting: Settlement[];
  /** What servers answered, of those that wait. */
  private facts: DeliveryFact[] = [];
  private writing: Promise<void> | undefined;
  /** Set when the ledger refused: nothing more is written. */
  failure: Error | undefined;

  constructor(input: SettlementsInput<Send>) {
    this.input = input;
    this.groupSize = input.atOnce ? 1 : settleGroup;
    this.waiting = input.known;
  }

  record(recipient: Recipient, outcome: SendOutcome, nodeId: string | null): void {
    const settlement = settle(outcome, {
      contactId: recipient.contactId,
      attemptsBefore: recipient.attempts,
      onUnknown: this.input.send.onUnknown,
      nodeId,
      possibleDuplicate: recipient.possibleDuplicate,
    });
    this.waiting.push(settlement);
    const answer = answerOf(settlement);
    if (answer !== null && nodeId !== null) this.facts.push(this.factOf(recipient, nodeId, answer));
    if (this.waiting.length >= this.groupSize) this.begin();
  }

  /** Resolves when all that was recorded stands in the ledger. @throws OwnershipLost, or the ledger's own error. */
  async written(): Promise<void> {
    while (this.writing ?? this.waiting.length > 0) {
      this.begin();
      await this.writing;
      if (this.failure) throw this.failure;
    }
  }

  private begin(): void {
    if (this.writing || this.failure || this.waiting.length === 0) return;
    const settlements = this.waiting;
    this.waiting = [];
    const facts = this.facts;
    this.facts = [];
    this.writing = this.write(settlements, facts)
      .catch((error: unknown) => void (this.failure = asError(error)))
      .finally(() => {
        this.writing = undefined;
        if (this.waiting.length >= this.groupSize) this.begin();
      });
  }

  private factOf(recipient: Recipient, nodeId: string, answer: DeliveryFact["answer"]): DeliveryFact {
    const { tenantId, fromEmail: common } = this.input.send;
    const fromEmail = (recipient.origin?.fromEmail ?? common).toLowerCase();
    const fromDomain = domainOf(fromEmail);
    return { tenantId, nodeId, fromEmail, fromDomain, mailboxProvider: mailboxProviderOf(recipient), answer };
  }

  private async write(settlements: Settlement[], facts: DeliveryFact[]): Promise<void> {
    const { ledger, send, batch, token, observe } = this.input;
    await ledger.settle(send, batch, token, settlements);
    observe(settlements, facts);
  }
}
