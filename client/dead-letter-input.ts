import { z } from "zod";
import { deadLetterKinds } from "../domain/dead-letters.js";
import { variablesSchema } from "./email-input.js";
import {
  addressSchema,
  authorship,
  instantSchema,
  pageSizeSchema,
  tenantIdSchema,
  uuidSchema,
} from "./input.js";
import { eventDataSchema } from "./webhook-input.js";

const idSchema = z
  .string()
  .regex(/^[1-9]\d{0,17}$/, "must be a dead letter's number, as floe.deadLetters.list shows it");

const idsSchema = z
  .array(idSchema)
  .min(1, "is empty")
  .max(1_000, "has more than 1,000; give them in portions, or a filter");

const textSchema = z
  .string()
  .min(1, "is empty")
  .max(500, "is longer than 500 characters")
  .refine((text) => !text.includes("\0"), "contains a NUL");

const filterFields = {
  deadLetterIds: idsSchema.optional(),
  kind: z.enum(deadLetterKinds, `must be one of ${deadLetterKinds.join(", ")}`).optional(),
  sendId: uuidSchema.optional(),
  /** Exactly this one. */
  reason: textSchema.optional(),
  /** In the reason, or in the id of what it is about. */
  text: textSchema.optional(),
  createdAfter: instantSchema.optional(),
  createdBefore: instantSchema.optional(),
};

export const pageSchema = z.strictObject({
  tenantId: tenantIdSchema,
  ...filterFields,
  /** Id of the last row of the page before. */
  after: idSchema.optional(),
  limit: pageSizeSchema,
});
export type DeadLettersQuery = z.input<typeof pageSchema>;

export const previewSchema = z.strictObject({ tenantId: tenantIdSchema, ...filterFields });
export type DeadLettersFilter = z.input<typeof previewSchema>;

export const refSchema = z.strictObject({ tenantId: tenantIdSchema, deadLetterId: idSchema });
export type DeadLetterInput = z.input<typeof refSchema>;

export const dismissSchema = z.strictObject({
  tenantId: tenantIdSchema,
  deadLetterIds: idsSchema,
  ...authorship,
});
export type Dismissal = z.input<typeof dismissSchema>;

const valuesSchema = z
  .record(z.string().max(200, "is longer than 200 characters"), z.string())
  .refine((values) => Object.keys(values).length <= 1_000, "has more than 1,000 fields");

export const editSchema = refSchema.extend({
  /** Of a single email. */
  recipient: addressSchema.optional(),
  variables: variablesSchema.optional(),
  /** Of a webhook: the event's data, for this delivery. */
  data: eventDataSchema.optional(),
  /** Of a refused row: its contact, `{"email": …, "first_name": …, "attributes.city": …}`. */
  values: valuesSchema.optional(),
  ...authorship,
});
export type DeadLetterEdit = z.input<typeof editSchema>;

export const replayRequestSchema = z
  .strictObject({
    tenantId: tenantIdSchema,
    ...filterFields,
    /** Without a filter: every open letter of the tenant. */
    all: z.boolean().default(false),
    perSecond: z.number().min(0.1, "must be at least 0.1").max(10_000, "must be at most 10,000").optional(),
    ...authorship,
  })
  .superRefine((replay, context) => {
    const filtered = Object.keys(filterFields).some(
      (field) => replay[field as keyof typeof filterFields] !== undefined,
    );
    if (filtered === replay.all)
      context.addIssue({
        code: "custom",
        path: ["all"],
        message: filtered
          ? "cannot be combined with a filter; leave one of them out"
          : "is needed without a filter, because it means every open letter; give it, or a filter",
      });
  });
export const replaySchema = replayRequestSchema.transform(({ all: _all, ...replay }) => replay);
export type ReplayInput = z.input<typeof replaySchema>;

export const replayRefSchema = z.object({ tenantId: tenantIdSchema, replayId: uuidSchema });
export type ReplayRefInput = z.input<typeof replayRefSchema>;

export const replaySteeringSchema = replayRefSchema.extend(authorship);
export type ReplaySteering = z.input<typeof replaySteeringSchema>;

export const replaysSchema = z.strictObject({
  tenantId: tenantIdSchema,
  before: uuidSchema.optional(),
  limit: pageSizeSchema,
});
export type ReplaysQuery = z.input<typeof replaysSchema>;

const purgeFields = {
  tenantId: tenantIdSchema,
  ...filterFields,
  /** Letters older than that, open or resolved. */
  olderThanDays: z.int().min(1, "must be at least 1").max(36_500, "must be at most 36,500").default(30),
};
export const purgeableSchema = z.strictObject(purgeFields);
export type PurgeFilter = z.input<typeof purgeableSchema>;

export const purgeSchema = z.strictObject({
  ...purgeFields,
  /** What `countPurgeable` has said: when it is no longer so, nothing is removed. */
  expected: z.int().min(1, "must be at least 1").max(100_000, "must be at most 100,000; narrow the filter"),
  ...authorship,
});
export type PurgeInput = z.input<typeof purgeSchema>;
