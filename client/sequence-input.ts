import { z } from "zod";
import type { NewSequence } from "../db/sequences.js";
import type { SegmentFilter } from "../domain/segment-filter.js";
import { stepEvents } from "../domain/sequence-rules.js";
import { campaignSchema } from "./campaign-input.js";
import {
  contactIdSchema,
  nameSchema,
  pageSizeSchema,
  tenantIdSchema,
  timeZoneSchema,
  uuidSchema,
} from "./input.js";

const minutesOfDay = 24 * 60;
const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** `09:00` as minutes since midnight. */
const clockSchema = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, {
    error: "must be a time of day such as 09:00",
    abort: true,
  })
  .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)));

const businessHoursSchema = z
  .strictObject({
    days: z
      .array(z.enum(weekdays, `is not a day; one of ${weekdays.join(", ")}`))
      .min(1, "needs at least one day")
      .default(["mon", "tue", "wed", "thu", "fri"]),
    from: clockSchema,
    to: clockSchema,
  })
  .refine(({ from, to }) => to - from >= 15, {
    path: ["to"],
    message: "must be at least a quarter of an hour after from, on the same day",
  })
  .transform(({ days, from, to }) => ({ days: days.map((day) => weekdays.indexOf(day) + 1), from, to }));

const figure = (most: number) =>
  z
    .int("must be a whole number")
    .min(0, "must not be negative")
    .max(most, `must be at most ${most}`)
    .default(0);
const delaySchema = z
  .strictObject({ days: figure(365), hours: figure(24 * 365), minutes: figure(minutesOfDay * 365) })
  .transform(({ days, hours, minutes }) => ({ days, minutes: hours * 60 + minutes }));

/** The store checks every part of it. */
const filterSchema = z
  .record(z.string(), z.unknown(), "must be a filter, as segments have")
  .transform((filter) => filter as unknown as SegmentFilter);

const conditionSchema = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({
      kind: z.enum(["did", "did-not"]),
      event: z.enum(stepEvents, `must be one of ${stepEvents.join(", ")}`),
      /** An earlier step, from 1. */
      step: z.int("must be a whole number").min(1, "counts from 1"),
    }),
    z.strictObject({ kind: z.literal("contact"), filter: filterSchema }),
  ],
  { error: "must be did, did-not or contact" },
);

const { template, ...composing } = campaignSchema.shape;

const stepSchema = z.strictObject({
  template,
  /** After the step before, or after the enrollment. Days are calendar days of the recipient. */
  delay: delaySchema.default({ days: 0, minutes: 0 }),
  /** All must hold, else the step is skipped. */
  conditions: z.array(conditionSchema).max(20, "has more than 20").default([]),
});

const exitsSchema = z.strictObject({
  replied: z.boolean().default(true),
  unsubscribed: z.boolean().default(true),
  bounced: z.boolean().default(true),
  /** Leaves as soon as the contact matches. */
  contact: filterSchema.nullable().default(null),
});

export const sequenceSchema = z
  .strictObject({
    ...composing,
    steps: z.array(stepSchema).min(1, "needs at least one step").max(100, "has more than 100 steps"),
    exits: exitsSchema.default({ replied: true, unsubscribed: true, bounced: true, contact: null }),
    /** In the recipient's time zone; absent: at any time. */
    businessHours: businessHoursSchema.optional(),
    /** Of recipients who have none. */
    timeZone: timeZoneSchema.default("UTC"),
    /** A step that would leave later than this after its time is late. */
    lateAfter: delaySchema.default({ days: 1, minutes: 0 }),
    onLate: z.enum(["skip", "send"], "must be skip or send").default("skip"),
  })
  .refine(({ list, segment }) => (list === undefined) !== (segment === undefined), {
    path: ["list"],
    message: "exactly one audience is needed: give either list or segment",
  })
  .superRefine(({ steps }, context) => {
    for (const [at, { conditions }] of steps.entries()) {
      for (const [nth, condition] of conditions.entries()) {
        if (condition.kind === "contact" || condition.step <= at) continue;
        const path = ["steps", at, "conditions", nth, "step"];
        context.addIssue({ code: "custom", path, message: "must be an earlier step" });
      }
    }
  });
export type SequenceInput = z.input<typeof sequenceSchema>;

/** All of a draft anew. */
export const sequenceReplacementSchema = sequenceSchema.safeExtend({ sequenceId: uuidSchema });
export type SequenceReplacement = z.input<typeof sequenceReplacementSchema>;

/** As the store saves it. */
export function toNewSequence(parsed: z.output<typeof sequenceSchema>): NewSequence {
  const { exits, businessHours, timeZone, lateAfter, onLate, ...campaign } = parsed;
  const lateAfterMinutes = lateAfter.days * minutesOfDay + lateAfter.minutes;
  return { ...campaign, rules: { exits, hours: businessHours ?? null, timeZone, lateAfterMinutes, onLate } };
}

export const sequenceRefSchema = z.strictObject({ tenantId: tenantIdSchema, sequenceId: uuidSchema });
export type SequenceRef = z.input<typeof sequenceRefSchema>;

export const enrollSchema = sequenceRefSchema
  .extend({
    /** A list's id or name. */
    list: nameSchema.optional(),
    /** A segment's id or name. */
    segment: nameSchema.optional(),
    contactIds: z
      .array(contactIdSchema)
      .min(1, "is empty")
      .max(10_000, "has more than 10,000; enroll a list instead")
      .optional(),
  })
  .refine(({ list, segment, contactIds }) => [list, segment, contactIds].filter(isGiven).length === 1, {
    path: ["list"],
    message: "exactly one of list, segment and contactIds is needed",
  });
export type EnrollInput = z.input<typeof enrollSchema>;

export const sequencesSchema = z.strictObject({
  tenantId: tenantIdSchema,
  before: uuidSchema.optional(),
  limit: pageSizeSchema,
});
export type SequencesQuery = z.input<typeof sequencesSchema>;

export const enrollmentsSchema = sequenceRefSchema.extend({
  after: contactIdSchema.optional(),
  limit: pageSizeSchema,
});
export type EnrollmentsQuery = z.input<typeof enrollmentsSchema>;

export const replySchema = z.strictObject({
  tenantId: tenantIdSchema,
  /** The send of the step that was replied to. */
  sendId: uuidSchema,
  contactId: contactIdSchema,
});
export type ReplyInput = z.input<typeof replySchema>;

function isGiven(value: unknown): boolean {
  return value !== undefined;
}
