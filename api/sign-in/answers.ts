import { z } from "zod";
import { memberRoles } from "../../domain/access.js";
import { secretText } from "./body.js";

/** What is asked and answered about sessions and second factors, as the document and the routes have it. */
export const signInSchema = z.strictObject({
  email: secretText,
  password: secretText,
  /** Of TOTP. */
  code: secretText.optional(),
  recoveryCode: secretText.optional(),
});
export const passwordSchema = z.strictObject({ currentPassword: secretText, newPassword: secretText });
export const beginTotpSchema = z.strictObject({ currentPassword: secretText.optional() });
export const confirmTotpSchema = z.strictObject({ code: secretText });
export const codeSchema = z.strictObject({
  code: secretText.optional(),
  recoveryCode: secretText.optional(),
});

const methods = ["password", "oidc"] as const;

export const sessionAnswer = z.object({
  user: z.object({ userId: z.string(), email: z.string(), name: z.string(), admin: z.boolean() }),
  method: z.enum(methods),
  secondFactor: z.boolean(),
  /** It is set up. */
  totp: z.boolean(),
  mustChangePassword: z.boolean(),
  expiresAt: z.date(),
  tenants: z.array(
    z.object({ tenantId: z.string(), name: z.string(), role: z.enum(memberRoles), needsTotp: z.boolean() }),
  ),
});

export const sessionRow = z.object({
  sessionId: z.string(),
  /** The one that asks. */
  current: z.boolean(),
  method: z.enum(methods),
  secondFactor: z.boolean(),
  address: z.string(),
  userAgent: z.string().nullable(),
  createdAt: z.date(),
  lastSeenAt: z.date(),
  expiresAt: z.date(),
});

export const newTotp = z.object({ secret: z.string(), uri: z.string() });
export const recoveryCodes = z.object({ recoveryCodes: z.array(z.string()) });
