import { z } from "zod";
import {
  authorship,
  addressSchema,
  nodeIdSchema,
  pageSizeSchema,
  tenantIdSchema,
  uuidSchema,
} from "./input.js";

const settings = {
  /** That its mail leaves from: one of the tenant's, or a shared one. */
  nodeId: nodeIdSchema,
  imapHost: z.string().regex(/^[a-z0-9.:_-]{1,253}$/i, "is not a host name or IP address"),
  imapPort: z.int().min(1, "must be 1 to 65535").max(65_535, "must be 1 to 65535"),
  /** TLS from the first octet, usually port 993; otherwise STARTTLS. Never without. */
  imapSecure: z.boolean(),
  imapUser: z.string().min(1, "is empty").max(320, "is longer than 320 characters"),
  imapPassword: z.string().min(1, "is empty").max(1_000, "is longer than 1000 characters"),
  /** PEM of the authority that signed the server's certificate; null: those that are known. */
  imapCa: z
    .string()
    .max(100_000, "is too long")
    .regex(/-----BEGIN CERTIFICATE-----/, "is not a certificate in PEM form")
    .nullable(),
};

export const newMailboxSchema = z.strictObject({
  tenantId: tenantIdSchema,
  address: addressSchema.transform((address) => address.toLowerCase()),
  ...settings,
  imapPort: settings.imapPort.optional(),
  imapSecure: settings.imapSecure.default(true),
  /** Absent: its address. */
  imapUser: settings.imapUser.optional(),
  imapCa: settings.imapCa.default(null),
});
export type NewMailbox = z.input<typeof newMailboxSchema>;

export const mailboxRefSchema = z.strictObject({ tenantId: tenantIdSchema, mailboxId: uuidSchema });
export type MailboxRef = z.input<typeof mailboxRefSchema>;

/** What is left out stays. */
export const mailboxEditSchema = mailboxRefSchema.extend(z.object(settings).partial().shape);
export type MailboxEdit = z.input<typeof mailboxEditSchema>;

export const mailboxChoiceSchema = mailboxRefSchema.extend({ actor: authorship.actor });
export type MailboxChoice = z.input<typeof mailboxChoiceSchema>;

export const mailboxesSchema = z.strictObject({
  tenantId: tenantIdSchema,
  /** Address of the last one of the page before. */
  after: z.string().max(320, "is no address").optional(),
  limit: pageSizeSchema,
});
export type MailboxesQuery = z.input<typeof mailboxesSchema>;

export const poolMessagesSchema = z.strictObject({
  tenantId: tenantIdSchema,
  /** Only what this one wrote or got. */
  mailboxId: uuidSchema.optional(),
  /** Id of the last one of the page before. */
  before: uuidSchema.optional(),
  limit: pageSizeSchema,
});
export type PoolMessagesQuery = z.input<typeof poolMessagesSchema>;
