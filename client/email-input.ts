import { z } from "zod";
import { hasControlCharacter } from "../domain/email-address.js";
import { checkCustomHeaders } from "../domain/custom-headers.js";
import { emailLimits } from "../domain/email-status.js";
import { lanes } from "../domain/lanes.js";
import { recipientStatuses, unknownResolutions } from "../domain/recipient-status.js";
import {
  isText,
  addressSchema,
  nameSchema,
  nodeIdSchema,
  pageSizeSchema,
  tenantIdSchema,
  uuidSchema,
} from "./input.js";

/** One address, or several. */
const addressesSchema = z
  .union([z.array(z.string()), z.string()])
  .transform((value) => [value].flat())
  .pipe(z.array(addressSchema));

const contentSchema = z.string().refine(isText, "contains a NUL or half a character");

/** A pattern of groups of four would need stack for each group: a large file overflows it. */
function isBase64(text: string): boolean {
  const bare = text.replace(/={1,2}$/, "");
  return bare.length % 4 !== 1 && !/[^A-Za-z0-9+/]/.test(bare);
}

const attachmentSchema = z.strictObject({
  filename: z
    .string()
    .trim()
    .min(1, "is empty")
    .max(emailLimits.filename, `is longer than ${emailLimits.filename} characters`)
    .refine(isText, "contains a NUL or half a character")
    .refine((name) => !hasControlCharacter(name), "contains a line break or control character")
    .refine((name) => !/[/\\]/.test(name), "contains a slash; give a name without a folder"),
  /** The octets, or their base64. */
  content: z.union(
    [
      z
        .custom<Uint8Array>((content) => content instanceof Uint8Array)
        .transform((bytes) => Buffer.from(bytes)),
      z
        .string()
        .refine(isBase64, "is not base64")
        .transform((text) => Buffer.from(text, "base64")),
    ],
    "must be octets or base64",
  ),
  /** Absent: what the file's name says. */
  contentType: z
    .string()
    .regex(
      /^[\w!#$&^.+-]{1,60}\/[\w!#$&^.+-]{1,60}(; ?charset=[\w-]{1,40})?$/,
      "is not a type such as image/png",
    )
    .optional(),
  /** Shown inside the html where it says `cid:<contentId>`. */
  contentId: z
    .string()
    .regex(/^[\w.@+-]{1,100}$/, "must be 1 to 100 letters, digits, ., _, @, + or -")
    .optional(),
});

const attachmentsSchema = z
  .array(attachmentSchema)
  .max(emailLimits.attachments, `has more than ${emailLimits.attachments}`)
  .refine(
    (attachments) =>
      attachments.reduce((sum, { content }) => sum + content.length, 0) <= emailLimits.attachmentBytes,
    `is larger than ${emailLimits.attachmentBytes / 1024 / 1024} MB in all`,
  );

const headersSchema = z.record(z.string(), z.string()).superRefine((headers, context) => {
  for (const { field, problem } of checkCustomHeaders(headers))
    context.addIssue({ code: "custom", path: field.split(".").slice(1), message: problem });
});

export const variablesSchema = z.record(z.string(), z.json()).superRefine((variables, context) => {
  const json = JSON.stringify(variables);
  if (json.length > emailLimits.variables)
    context.addIssue({ code: "custom", message: `is larger than ${emailLimits.variables / 1024} kB` });
  for (const [name, value] of Object.entries(variables)) {
    if (!holdsText(name) || !holdsText(value))
      context.addIssue({ code: "custom", path: [name], message: "contains a NUL or half a character" });
  }
});

function holdsText(value: unknown): boolean {
  if (typeof value === "string") return isText(value);
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([key, inner]) => isText(key) && holdsText(inner));
}

const instantSchema = z.union(
  [z.date(), z.iso.datetime({ offset: true }).transform((text) => new Date(text))],
  "must be a Date or an ISO date and time with its zone, such as 2026-12-01T09:00:00Z",
);

export const emailSchema = z
  .strictObject({
    tenantId: tenantIdSchema,
    recipient: addressSchema,
    /** A template's id or name (its latest version), or the id of one version. */
    template: z.string().min(1, "is empty").refine(isText, "contains a NUL or half a character").optional(),
    /** Without a template: Handlebars, as is all content. */
    subject: contentSchema.optional(),
    html: contentSchema.optional(),
    /** Absent: made from the html. */
    text: contentSchema.optional(),
    variables: variablesSchema.default({}),
    /** Gives the email its sender, tracking and List-Unsubscribe. */
    campaignId: uuidSchema.optional(),
    /** Absent: the campaign's. */
    fromEmail: addressSchema.optional(),
    fromName: nameSchema.optional(),
    cc: addressesSchema.default([]),
    bcc: addressesSchema.default([]),
    replyTo: addressSchema.optional(),
    attachments: attachmentsSchema.default([]),
    headers: headersSchema.default({}),
    lane: z.enum(lanes, `is not a lane; one of ${lanes.join(", ")}`).default("priority-high"),
    /** It leaves from this node and no other; absent: whichever is free. */
    nodeId: nodeIdSchema.optional(),
    /** Absent: at once. */
    sendAt: instantSchema
      .refine((at) => at.getTime() < Date.now() + emailLimits.aheadMs, "lies more than a year ahead")
      .optional(),
    /** A second request with the same key is the same email. */
    idempotencyKey: z
      .string()
      .min(1, "is empty")
      .max(emailLimits.idempotencyKey, `is longer than ${emailLimits.idempotencyKey} characters`)
      .refine(isText, "contains a NUL or half a character")
      .optional(),
    /** Absent: as the campaign does; without one, not at all. */
    track: z.strictObject({ opens: z.boolean().optional(), clicks: z.boolean().optional() }).default({}),
    /** Who asks for it, as the audit log names people and keys. */
    actor: nameSchema.optional(),
    /** When delivery is not knowable after a crash: send again with the same Message-ID, or hold. */
    onUnknown: z.enum(["resend", "hold"]).default("resend"),
    /** A template variable that was not given: rendered empty, or the email refused. */
    onMissingVariable: z.enum(["empty", "refuse"]).default("empty"),
  })
  .superRefine((email, context) => {
    const refuse = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: "custom", path, message });
    const hasContent = [email.subject, email.html, email.text].some((part) => part !== undefined);
    if (email.template === undefined && !hasContent)
      refuse(["template"], "is missing; give a template, or a subject with html or text");
    if (email.template !== undefined && hasContent)
      refuse(["template"], "cannot be combined with subject, html or text; give one of them");
    if (email.template === undefined && hasContent && email.subject === undefined)
      refuse(["subject"], "is missing");
    if (email.fromEmail === undefined && email.campaignId === undefined)
      refuse(["fromEmail"], "is missing; give it, or a campaign whose sender is taken");
    if (email.fromName !== undefined && email.fromEmail === undefined)
      refuse(["fromName"], "needs a fromEmail");
    if (email.cc.length + email.bcc.length > emailLimits.copies)
      refuse(["cc"], `has, with bcc, more than ${emailLimits.copies} addresses`);
    refuseTwice(email, refuse);
  });
export type EmailInput = z.input<typeof emailSchema>;
export type EmailRequest = z.output<typeof emailSchema>;

/** One mailbox gets one copy. */
function refuseTwice(
  { recipient, cc, bcc }: { recipient: string; cc: string[]; bcc: string[] },
  refuse: (path: (string | number)[], message: string) => void,
): void {
  const seen = new Set([recipient]);
  for (const [field, addresses] of Object.entries({ cc, bcc })) {
    addresses.forEach((address, index) => {
      if (seen.has(address)) refuse([field, index], "is an address that gets this email already");
      seen.add(address);
    });
  }
}

/** Names one email. What `emails.send` returns may be passed as it is. */
export const emailRefSchema = z.object({ tenantId: tenantIdSchema, emailId: uuidSchema });
export type EmailRef = z.input<typeof emailRefSchema>;

export const emailResolutionSchema = emailRefSchema.extend({
  as: z.enum(unknownResolutions, `must be one of ${unknownResolutions.join(", ")}`),
});
export type EmailResolution = z.input<typeof emailResolutionSchema>;

export const emailsSchema = z.strictObject({
  tenantId: tenantIdSchema,
  /** Emails with a recipient in this status. */
  status: z.enum(recipientStatuses, `is not a status; one of ${recipientStatuses.join(", ")}`).optional(),
  campaignId: uuidSchema.optional(),
  /** Emails to this address, in to, cc or bcc. */
  recipient: addressSchema.optional(),
  /** Id of the last row of the page before. */
  before: uuidSchema.optional(),
  limit: pageSizeSchema,
});
export type EmailsQuery = z.input<typeof emailsSchema>;
