import { z } from "zod";
import { reputationKinds } from "../domain/reputation.js";
import { reputationGates } from "../domain/reputation-gates.js";
import { authorship, pageSizeSchema, tenantIdSchema } from "./input.js";

const kindSchema = z.enum(reputationKinds, `must be one of ${reputationKinds.join(", ")}`);
/** A domain, a node id, or a mailbox provider such as gmail. */
const subjectSchema = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9._-]{1,253}$/, "must be a domain, a node's id or a mailbox provider such as gmail");
const mailboxProviderSchema = z
  .string()
  .trim()
  .regex(/^[a-z0-9-]{1,60}$/, "must be a mailbox provider such as gmail, outlook or other");

export const reputationRefSchema = z.strictObject({
  /** Also what is the platform's; absent: whoever's it is. */
  tenantId: tenantIdSchema.optional(),
  kind: kindSchema,
  subject: subjectSchema,
  /** Of a domain or a node: towards whom; absent: all its mail. */
  mailboxProvider: mailboxProviderSchema.optional(),
});
export type ReputationRefInput = z.input<typeof reputationRefSchema>;

export const reputationListSchema = reputationRefSchema.partial().extend({
  gate: z.enum(reputationGates, `must be one of ${reputationGates.join(", ")}`).optional(),
  /** Scores below it. */
  below: z.int().min(1, "must be at least 1").max(100, "must be at most 100").optional(),
  /** `reputationId` of the last one of the page before. */
  before: z
    .string()
    .regex(/^[1-9]\d{0,17}$/, "must be the reputationId of a row")
    .optional(),
  limit: pageSizeSchema,
});
export type ReputationList = z.input<typeof reputationListSchema>;

export const reputationHistorySchema = reputationRefSchema.extend({
  /** The last day of the page before. */
  before: z.iso.date("must be a day such as 2026-05-31").optional(),
  limit: pageSizeSchema,
});
export type ReputationHistory = z.input<typeof reputationHistorySchema>;

export const reputationReleaseSchema = reputationRefSchema.omit({ mailboxProvider: true }).extend(authorship);
export type ReputationRelease = z.input<typeof reputationReleaseSchema>;

export const recalculateSchema = z.strictObject({
  /** Absent: of the nodes that every tenant may use. */
  tenantId: tenantIdSchema.optional(),
});
export type Recalculate = z.input<typeof recalculateSchema>;
