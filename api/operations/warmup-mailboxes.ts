import { z } from "zod";
import {
  mailboxChoiceSchema,
  mailboxEditSchema,
  mailboxesSchema,
  mailboxRefSchema,
  newMailboxSchema,
  poolMessagesSchema,
} from "../../client/warmup-mailbox-input.js";
import { operation } from "../operation.js";

const mailbox = z.object({
  mailboxId: z.string(),
  tenantId: z.string(),
  address: z.string(),
  nodeId: z.string(),
  imapHost: z.string(),
  imapPort: z.number(),
  imapSecure: z.boolean(),
  imapUser: z.string(),
  imapCa: z.string().nullable(),
  optedInAt: z.date().nullable(),
  optedInBy: z.string().nullable(),
  optedOutAt: z.date().nullable(),
  optedOutBy: z.string().nullable(),
  checkedAt: z.date().nullable(),
  problem: z.string().nullable(),
  createdAt: z.date(),
  updatedAt: z.date(),
  warmupId: z.string().nullable(),
  sent: z.number(),
  inInbox: z.number(),
  inJunk: z.number(),
  missing: z.number(),
});
const checked = z.object({
  mailboxId: z.string(),
  problem: z.string().nullable(),
  junkFolder: z.string().nullable(),
});
const message = z.object({
  messageId: z.string(),
  threadId: z.string(),
  depth: z.number(),
  from: z.string(),
  to: z.string(),
  mailboxProvider: z.string(),
  day: z.string(),
  dueAt: z.date(),
  status: z.enum(["planned", "sent", "skipped"]),
  reason: z.string().nullable(),
  emailId: z.string().nullable(),
  sentAt: z.date().nullable(),
  placement: z.enum(["inbox", "junk", "missing"]).nullable(),
  foundAt: z.date().nullable(),
  actions: z.array(z.string()),
});

const path = "/api/warmup-mailboxes";
const one = `${path}/:mailbox_id`;
const look = { resource: "warmups", method: "get", level: "read" } as const;
/** What logs in to a person's mailbox, and writes in their name, is the owner's matter. */
const change = { resource: "warmups", level: "own" } as const;
const act = { ...change, method: "post", edits: "warmup_mailboxes.get" } as const;

export const warmupMailboxOperations = [
  operation({
    ...look,
    ...{ id: "warmup_mailboxes.list", path },
    summary: "Mailboxes of the warmup pool by address; never with passwords",
    input: mailboxesSchema,
    output: mailbox,
    page: { cursor: "address", by: "after" },
    call: (floe, input) => floe.warmupMailboxes.list(input),
  }),
  operation({
    ...change,
    ...{ id: "warmup_mailboxes.add", method: "post", path, status: 201 },
    summary: "Add a mailbox to the warmup pool; it takes no part before it is opted in",
    input: newMailboxSchema,
    output: mailbox,
    call: (floe, input) => floe.warmupMailboxes.add(input),
  }),
  operation({
    ...look,
    ...{ id: "warmup_messages.list", path: "/api/warmup-messages" },
    summary: "What mailboxes of the pool write to each other, newest first, with what became of it",
    input: poolMessagesSchema,
    output: message,
    page: { cursor: "messageId", by: "before" },
    call: (floe, input) => floe.warmupMailboxes.messages(input),
  }),
  operation({
    ...look,
    ...{ id: "warmup_mailboxes.get", path: one },
    summary: "One mailbox of the pool; never with its password",
    input: mailboxRefSchema,
    output: mailbox,
    call: (floe, input) => floe.warmupMailboxes.get(input),
  }),
  operation({
    ...change,
    ...{ id: "warmup_mailboxes.update", method: "patch", path: one, edits: "warmup_mailboxes.get" },
    summary: "Change how a mailbox is read, or the node that it sends from; what is left out stays",
    input: mailboxEditSchema,
    output: mailbox,
    call: (floe, input) => floe.warmupMailboxes.update(input),
  }),
  operation({
    ...{ ...act, id: "warmup_mailboxes.check", path: `${one}/check` },
    summary: "Log in to it by IMAP, and say what is wrong",
    input: mailboxRefSchema,
    output: checked,
    call: (floe, input) => floe.warmupMailboxes.check(input),
  }),
  operation({
    ...{ ...act, id: "warmup_mailboxes.opt_in", path: `${one}/opt-in` },
    summary: "Let it write to the others that opted in, and react to what they write",
    input: mailboxChoiceSchema,
    output: mailbox,
    call: (floe, input) => floe.warmupMailboxes.optIn(input),
  }),
  operation({
    ...{ ...act, id: "warmup_mailboxes.opt_out", path: `${one}/opt-out` },
    summary: "Stop all that it takes part in, at once",
    input: mailboxChoiceSchema,
    output: mailbox,
    call: (floe, input) => floe.warmupMailboxes.optOut(input),
  }),
  operation({
    ...change,
    ...{ id: "warmup_mailboxes.remove", method: "delete", path: one, edits: "warmup_mailboxes.get" },
    summary: "Forget it, with all that it wrote and got",
    input: mailboxChoiceSchema,
    call: (floe, input) => floe.warmupMailboxes.remove(input),
  }),
];
