import { v7 as uuidv7 } from "uuid";
import type { MailboxCheck, PoolMailboxes } from "../activities/warmup-pool-ports.js";
import type { WakeWarmup } from "../activities/warmup-ports.js";
import type { WarmupMailbox, WarmupMailboxRows } from "../db/warmup-mailboxes.js";
import type { PoolMessage, PoolMessageReader } from "../db/warmup-messages.js";
import { Conflict } from "../domain/errors.js";
import type { Emails } from "./emails.js";
import { parseInput } from "./input.js";
import type { WarmupEngagementWorkflow } from "./warmup-engagement-workflow.js";
import {
  mailboxChoiceSchema,
  mailboxEditSchema,
  mailboxesSchema,
  mailboxRefSchema,
  newMailboxSchema,
  poolMessagesSchema,
  type MailboxChoice,
  type MailboxEdit,
  type MailboxesQuery,
  type MailboxRef,
  type NewMailbox,
  type PoolMessagesQuery,
} from "./warmup-mailbox-input.js";

export type { MailboxCheck } from "../activities/warmup-pool-ports.js";
export type { WarmupMailbox } from "../db/warmup-mailboxes.js";
export type { PoolMessage } from "../db/warmup-messages.js";
export type {
  MailboxChoice,
  MailboxEdit,
  MailboxesQuery,
  MailboxRef,
  NewMailbox,
  PoolMessagesQuery,
} from "./warmup-mailbox-input.js";

/**
 * Mailboxes of a tenant that write to each other while they warm up, and react. Artificial engagement can breach mailbox
 * providers' terms: it is off unless `WARMUP_ENGAGEMENT` is true, and each mailbox takes part only once somebody opted it in.
 */
export interface WarmupMailboxes {
  /** It takes no part before it is opted in. @throws InvalidInput, NotFound (tenant, node), Conflict (off, there already) */
  add(mailbox: NewMailbox): Promise<WarmupMailbox>;
  /** @throws InvalidInput, NotFound */
  update(edit: MailboxEdit): Promise<WarmupMailbox>;
  /** By address, never with passwords. */
  list(query: MailboxesQuery): Promise<WarmupMailbox[]>;
  /** @throws NotFound */
  get(ref: MailboxRef): Promise<WarmupMailbox>;
  /** Logs in by IMAP, and says what is wrong. @throws NotFound */
  check(ref: MailboxRef): Promise<MailboxCheck & { mailboxId: string }>;
  /** Logs in first. @throws NotFound, Conflict (off, cannot be read) */
  optIn(choice: MailboxChoice): Promise<WarmupMailbox>;
  /** At once: nothing more is written by it or to it, and nothing done in it; also where engagement is off. @throws NotFound */
  optOut(choice: MailboxChoice): Promise<WarmupMailbox>;
  /** Opted out, and forgotten with all that it wrote and got. @throws NotFound */
  remove(choice: MailboxChoice): Promise<void>;
  /** What mailboxes of the pool write to each other, newest first: where it was found, and what was done with it. */
  messages(query: PoolMessagesQuery): Promise<PoolMessage[]>;
}

export interface WarmupMailboxParts {
  rows: WarmupMailboxRows;
  messages: PoolMessageReader;
  mailboxes: PoolMailboxes;
  emails: Pick<Emails, "cancel">;
  workflow: WarmupEngagementWorkflow;
  /** Its day may have letters now. */
  wakeWarmup: WakeWarmup;
  isOn: boolean;
}

export function createWarmupMailboxes(parts: WarmupMailboxParts): WarmupMailboxes {
  const { rows, messages, mailboxes, emails, workflow, wakeWarmup, isOn } = parts;
  const check = async (ref: MailboxRef): Promise<MailboxCheck & { mailboxId: string }> => {
    const checked = await mailboxes.check(await rows.loadAccess(ref));
    await rows.recordCheck(ref, checked.problem);
    return { mailboxId: ref.mailboxId, ...checked };
  };
  const optOut = async ({ tenantId, mailboxId, actor }: MailboxChoice): Promise<void> => {
    const waiting = await rows.optOut({ tenantId, mailboxId }, actor ?? "sdk");
    for (const emailId of waiting) await cancelIfWaiting(emails, { tenantId, emailId });
    // Its workflow asks before all that it does; one that is not told only ends later.
    await workflow.stir(mailboxId).catch(() => undefined);
  };

  return {
    async add(input) {
      const { imapPort, imapUser, ...mailbox } = parseInput(newMailboxSchema, input);
      requireOn(isOn);
      const mailboxId = uuidv7();
      await rows.addMailbox({
        ...{ ...mailbox, mailboxId },
        imapPort: imapPort ?? (mailbox.imapSecure ? 993 : 143),
        imapUser: imapUser ?? mailbox.address,
      });
      return rows.loadMailbox({ tenantId: mailbox.tenantId, mailboxId });
    },
    async update(input) {
      const { tenantId, mailboxId, ...edit } = parseInput(mailboxEditSchema, input);
      await rows.updateMailbox({ tenantId, mailboxId }, edit);
      return rows.loadMailbox({ tenantId, mailboxId });
    },
    list: async (query) => rows.listMailboxes(parseInput(mailboxesSchema, query)),
    get: async (ref) => rows.loadMailbox(parseInput(mailboxRefSchema, ref)),
    check: async (ref) => check(parseInput(mailboxRefSchema, ref)),
    async optIn(input) {
      const { actor, ...ref } = parseInput(mailboxChoiceSchema, input);
      requireOn(isOn);
      const { problem } = await check(ref);
      if (problem !== null) throw new Conflict(`The mailbox cannot be opted in: ${problem}`, ref);
      await rows.optIn(ref, actor);
      await workflow.wake(ref);
      const mailbox = await rows.loadMailbox(ref);
      if (mailbox.warmupId !== null)
        await wakeWarmup({
          warmupId: mailbox.warmupId,
          tenantId: ref.tenantId,
          kind: "mailbox",
          key: mailbox.address,
        });
      return mailbox;
    },
    async optOut(input) {
      const choice = parseInput(mailboxChoiceSchema, input);
      await optOut(choice);
      return rows.loadMailbox(choice);
    },
    async remove(input) {
      const choice = parseInput(mailboxChoiceSchema, input);
      await optOut(choice);
      await rows.removeMailbox(choice);
    },
    messages: async (query) => messages.listMessages(parseInput(poolMessagesSchema, query)),
  };
}

function requireOn(isOn: boolean): void {
  if (isOn) return;
  throw new Conflict(
    "Mailboxes that write to each other are off: artificial engagement can breach mailbox providers' terms. " +
      "If yours allow it, set WARMUP_ENGAGEMENT=true for every process and command; volume ramps need none of it.",
  );
}

async function cancelIfWaiting(
  emails: Pick<Emails, "cancel">,
  email: { tenantId: string; emailId: string },
): Promise<void> {
  await emails.cancel(email).catch((error: unknown) => {
    // It has left.
    if (!(error instanceof Conflict)) throw error;
  });
}
