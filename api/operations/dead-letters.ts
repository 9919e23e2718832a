import { z } from "zod";
import {
  dismissSchema,
  editSchema,
  pageSchema,
  previewSchema,
  purgeableSchema,
  purgeSchema,
  refSchema,
} from "../../client/dead-letter-input.js";
import { deadLetterKinds } from "../../domain/dead-letters.js";
import { operation } from "../operation.js";

const letter = z.object({
  deadLetterId: z.string(),
  kind: z.enum(deadLetterKinds),
  reason: z.string(),
  attempts: z.number(),
  sendId: z.string().nullable(),
  contactId: z.string().nullable(),
  emailId: z.string().nullable(),
  deliveryId: z.string().nullable(),
  importId: z.string().nullable(),
  line: z.number().nullable(),
  exportId: z.string().nullable(),
  runId: z.string().nullable(),
  job: z.string().nullable(),
  replayOf: z.string().nullable(),
  createdAt: z.date(),
});

const detail = letter.extend({
  resolution: z.enum(["retried", "dismissed"]).nullable(),
  resolvedAt: z.date().nullable(),
  /** What the work was about, in the words of its kind. */
  payload: z.record(z.string(), z.unknown()).nullable(),
  attemptLog: z.array(
    z.object({ attempt: z.number(), at: z.date().nullable(), outcome: z.record(z.string(), z.unknown()) }),
  ),
  earlier: z.array(letter.pick({ deadLetterId: true, reason: true, attempts: true, createdAt: true })),
});

const preview = z.object({
  count: z.number(),
  partial: z.boolean(),
  reasons: z.array(z.object({ kind: z.enum(deadLetterKinds), reason: z.string(), count: z.number() })),
  sample: z.array(letter),
});

const path = "/api/dead-letters";
const one = `${path}/:dead_letter_id`;
const common = { resource: "dead-letters" } as const;
const looking = { ...common, method: "get", level: "read" } as const;
/** The SDK writes who did it, and why, with the change. */
const acting = { ...common, level: "write", recorded: true } as const;

/** What is called `/preview` and `/purgeable` comes before what is called by its number. */
export const deadLetterOperations = [
  operation({
    ...looking,
    ...{ id: "dead_letters.list", path },
    summary: "Open dead letters, oldest first",
    input: pageSchema,
    output: letter,
    page: { cursor: "deadLetterId", by: "after" },
    call: (floe, input) => floe.deadLetters.walk(input),
  }),
  operation({
    ...looking,
    ...{ id: "dead_letters.preview", path: `${path}/preview` },
    summary: "How many open ones a filter matches, why, and the first of them: what a replay would take up",
    input: previewSchema,
    output: preview,
    call: (floe, input) => floe.deadLetters.preview(input),
  }),
  operation({
    ...looking,
    ...{ id: "dead_letters.count_purgeable", path: `${path}/purgeable` },
    summary: "How many a purge would remove now",
    input: purgeableSchema,
    output: z.object({ count: z.number(), createdBefore: z.date() }),
    call: (floe, input) => floe.deadLetters.countPurgeable(input),
  }),
  operation({
    ...acting,
    ...{ id: "dead_letters.dismiss", method: "post", path: `${path}/dismiss` },
    summary: "Close dead letters without another attempt",
    input: dismissSchema,
    output: z.object({ dismissed: z.number() }),
    call: (floe, input) => floe.deadLetters.dismiss(input),
  }),
  operation({
    ...acting,
    ...{ id: "dead_letters.purge", method: "post", path: `${path}/purge` },
    summary: "Remove old ones for good; refused when it would be another number than expected",
    input: purgeSchema,
    output: z.object({ purged: z.number() }),
    call: (floe, input) => floe.deadLetters.purge(input),
  }),
  operation({
    ...looking,
    ...{ id: "dead_letters.get", path: one },
    summary: "One dead letter: what it was about, its attempts, the letters before it",
    input: refSchema,
    output: detail,
    call: (floe, input) => floe.deadLetters.get(input),
  }),
  operation({
    ...acting,
    ...{ id: "dead_letters.edit", method: "patch", path: one, edits: "dead_letters.get" },
    summary: "Change what the next attempt says; which fields depends on the letter's kind",
    input: editSchema,
    output: detail,
    call: (floe, input) => floe.deadLetters.edit(input),
  }),
];
