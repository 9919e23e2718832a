import { z } from "zod";
import { memberRoles, roles } from "../domain/access.js";
import { addressSchema, nameSchema, pageSizeSchema, tenantIdSchema, uuidSchema } from "./input.js";

const hourMs = 3_600_000;
export const actorSchema = nameSchema.default("sdk");
export const memberRoleSchema = z.enum(memberRoles, `must be one of ${memberRoles.join(", ")}`);
/** Null: the platform's view, of everybody. */
const viewSchema = tenantIdSchema.nullable().default(null);

export const newUserSchema = z.strictObject({
  email: addressSchema,
  name: nameSchema,
  /** Of the platform. */
  admin: z.boolean().default(false),
  actor: actorSchema,
});
export type NewUserInput = z.input<typeof newUserSchema>;

export const usersSchema = z.strictObject({
  tenantId: viewSchema,
  email: addressSchema.optional(),
  after: uuidSchema.optional(),
  limit: pageSizeSchema,
});
export type UsersQuery = z.input<typeof usersSchema>;

export const userRefSchema = z.strictObject({ userId: uuidSchema });
export type UserRef = z.input<typeof userRefSchema>;

export const seenUserSchema = userRefSchema.extend({ tenantId: viewSchema });
export type SeenUserRef = z.input<typeof seenUserSchema>;

export const memberRefSchema = userRefSchema.extend({ tenantId: tenantIdSchema });
export type MemberRef = z.input<typeof memberRefSchema>;

export const memberSchema = memberRefSchema.extend({ role: memberRoleSchema });
export type MemberInput = z.input<typeof memberSchema>;

export const totpPolicySchema = z.strictObject({ tenantId: tenantIdSchema, required: z.boolean() });
export type TotpPolicy = z.input<typeof totpPolicySchema>;

export const newInvitationSchema = z
  .strictObject({
    /** Null: to the platform, as an admin. */
    tenantId: viewSchema,
    email: addressSchema,
    role: z.enum(roles, `must be one of ${roles.join(", ")}`),
    lastsMs: z
      .int()
      .min(hourMs, "must be at least an hour")
      .max(30 * 24 * hourMs, "must be at most 30 days")
      .default(72 * hourMs),
    actor: actorSchema,
  })
  .refine(({ tenantId, role }) => (role === "admin") === (tenantId === null), {
    path: ["role"],
    message: "must be admin for the platform, and one of the others for a tenant",
  });
export type NewInvitationInput = z.input<typeof newInvitationSchema>;

export const invitationsSchema = z.strictObject({
  tenantId: viewSchema,
  before: uuidSchema.optional(),
  limit: pageSizeSchema,
});
export type InvitationsQuery = z.input<typeof invitationsSchema>;

export const invitationRefSchema = z.strictObject({ tenantId: viewSchema, invitationId: uuidSchema });
export type InvitationRef = z.input<typeof invitationRefSchema>;

/** What came by a link or from a form; longer than this is not hashed. */
const secretTextSchema = z.string().max(1_000, "is longer than 1,000 characters");

export const acceptanceSchema = z.strictObject({
  token: secretTextSchema,
  /** Both needed by an address that has no user yet. */
  name: nameSchema.optional(),
  password: secretTextSchema.optional(),
});
export type AcceptanceInput = z.input<typeof acceptanceSchema>;
