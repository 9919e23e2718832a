import { z } from "zod";
import {
  enrollmentsSchema,
  enrollSchema,
  replySchema,
  sequenceRefSchema,
  sequenceReplacementSchema,
  sequenceSchema,
  sequencesSchema,
} from "../../client/sequence-input.js";
import { stepEvents } from "../../domain/sequence-rules.js";
import { operation } from "../operation.js";

/** Filters are shown as they were given. */
const filter = z.unknown();
const condition = z.discriminatedUnion("kind", [
  z.object({ kind: z.enum(["did", "did-not"]), event: z.enum(stepEvents), step: z.number() }),
  z.object({ kind: z.literal("contact"), filter }),
]);
const rules = z.object({
  steps: z.array(
    z.object({
      templateVersionId: z.string(),
      delay: z.object({ days: z.number(), minutes: z.number() }),
      conditions: z.array(condition),
    }),
  ),
  exits: z.object({ replied: z.boolean(), unsubscribed: z.boolean(), bounced: z.boolean(), contact: filter }),
  /** Days from 1, Monday; minutes since midnight. */
  hours: z.object({ days: z.array(z.number()), from: z.number(), to: z.number() }).nullable(),
  timeZone: z.string(),
  lateAfterMinutes: z.number(),
  onLate: z.enum(["skip", "send"]),
});

const sequence = z.object({
  sequenceId: z.string(),
  tenantId: z.string(),
  name: z.string(),
  status: z.enum(["draft", "running", "paused", "cancelled", "completed"]),
  rules,
  createdAt: z.date(),
  updatedAt: z.date(),
  startedAt: z.date().nullable(),
  finishedAt: z.date().nullable(),
});

const progress = z.object({
  enrolled: z.number(),
  active: z.number(),
  finished: z.number(),
  exited: z.number(),
  cancelled: z.number(),
  exits: z.record(z.string(), z.number()),
  steps: z.array(
    z.object({
      step: z.number(),
      waiting: z.number(),
      sent: z.number(),
      sentLate: z.number(),
      skippedByCondition: z.number(),
      skippedAsLate: z.number(),
      opened: z.number(),
      clicked: z.number(),
      replied: z.number(),
    }),
  ),
});

const enrollment = z.object({
  contactId: z.string(),
  status: z.enum(["active", "finished", "exited", "cancelled"]),
  nextStep: z.number(),
  dueAt: z.date(),
  exitReason: z.string().nullable(),
  enrolledAt: z.date(),
  endedAt: z.date().nullable(),
});

const path = "/api/sequences";
const one = `${path}/:sequence_id`;
const common = { resource: "sequences" } as const;
const looking = { ...common, method: "get", level: "read" } as const;
/** What is asked acts within seconds. */
const steering = { ...common, method: "post", level: "write", status: 202, edits: "sequences.get" } as const;

export const sequenceOperations = [
  operation({
    ...common,
    ...{ id: "sequences.create", method: "post", path, level: "write", status: 201 },
    summary: "Compose a sequence; nothing is sent yet",
    input: sequenceSchema,
    output: z.object({ sequenceId: z.string() }),
    call: (floe, input) => floe.sequences.create(input),
  }),
  operation({
    ...looking,
    ...{ id: "sequences.list", path },
    summary: "Sequences, newest first",
    input: sequencesSchema,
    output: sequence,
    page: { cursor: "sequenceId", by: "before" },
    call: (floe, input) => floe.sequences.list(input),
  }),
  operation({
    ...looking,
    ...{ id: "sequences.get", path: one },
    summary: "One sequence",
    input: sequenceRefSchema,
    output: sequence,
    call: (floe, input) => floe.sequences.get(input),
  }),
  operation({
    ...common,
    ...{ id: "sequences.replace", method: "put", path: one, level: "write", edits: "sequences.get" },
    summary: "All of a draft anew; once started, it stays",
    input: sequenceReplacementSchema,
    output: sequence,
    call: (floe, input) => floe.sequences.replace(input),
  }),
  operation({
    ...common,
    ...{ id: "sequences.remove", method: "delete", path: one, level: "write", edits: "sequences.get" },
    summary: "Delete a sequence that was never started",
    input: sequenceRefSchema,
    call: (floe, input) => floe.sequences.remove(input),
  }),
  operation({
    ...looking,
    ...{ id: "sequences.progress", path: `${one}/progress` },
    summary: "Contacts by status and by step",
    input: sequenceRefSchema,
    output: progress,
    call: (floe, input) => floe.sequences.progress(input),
  }),
  operation({
    ...looking,
    ...{ id: "sequences.enrollments", path: `${one}/enrollments` },
    summary: "Each contact's place, by contact",
    input: enrollmentsSchema,
    output: enrollment,
    page: { cursor: "contactId", by: "after" },
    call: (floe, input) => floe.sequences.enrollments(input),
  }),
  operation({
    ...steering,
    ...{ id: "sequences.start", path: `${one}/start` },
    summary: "Enroll the audience and begin; may be repeated",
    input: sequenceRefSchema,
    call: (floe, input) => floe.sequences.start(input),
  }),
  operation({
    ...steering,
    ...{ id: "sequences.pause", path: `${one}/pause` },
    summary: "Take no step up; what a send has taken already leaves",
    input: sequenceRefSchema,
    call: (floe, input) => floe.sequences.pause(input),
  }),
  operation({
    ...steering,
    ...{ id: "sequences.resume", path: `${one}/resume` },
    summary: "Go on; steps that became late are skipped or sent as the sequence says",
    input: sequenceRefSchema,
    call: (floe, input) => floe.sequences.resume(input),
  }),
  operation({
    ...steering,
    ...{ id: "sequences.cancel", path: `${one}/cancel` },
    summary: "End every enrollment, and the sends under way",
    input: sequenceRefSchema,
    call: (floe, input) => floe.sequences.cancel(input),
  }),
  operation({
    ...steering,
    ...{ id: "sequences.enroll", path: `${one}/enroll` },
    summary: "Enroll more contacts: of a list, of a segment, or these",
    input: enrollSchema,
    call: (floe, input) => floe.sequences.enroll(input),
  }),
  operation({
    ...common,
    ...{ id: "sequences.record_reply", method: "post", path: "/api/sequence-replies", level: "write" },
    summary: "Say that a recipient of a step's send has replied; counts once",
    input: replySchema,
    call: (floe, input) => floe.sequences.recordReply(input),
  }),
];
