import { z } from "zod";
import {
  emailRefSchema,
  emailResolutionSchema,
  emailSchema,
  emailsSchema,
} from "../../client/email-input.js";
import { Conflict } from "../../domain/errors.js";
import { lanes } from "../../domain/lanes.js";
import { recipientStatuses } from "../../domain/recipient-status.js";
import { withNames } from "../operation-names.js";
import { operation } from "../operation.js";
import { toSnake } from "../wire.js";
import { emailRecipient } from "./send-answers.js";

const { template, ...fields } = emailSchema.shape;
const emailFields = z.strictObject({ ...fields, templateId: template });
const names = { template: "templateId" };

const email = z.object({
  emailId: z.string(),
  tenantId: z.string(),
  campaignId: z.string().nullable(),
  groupId: z.string(),
  status: z.enum(recipientStatuses),
  lane: z.enum(lanes),
  fromEmail: z.string(),
  requestedBy: z.string().nullable(),
  sendAt: z.date().nullable(),
  createdAt: z.date(),
  recipients: z.array(emailRecipient),
});

const path = "/api/emails";
const one = `${path}/:email_id`;
const common = { resource: "emails" } as const;
const steering = { ...common, method: "post", level: "write", edits: "emails.get" } as const;

export const emailOperations = [
  operation({
    ...common,
    ...{ id: "emails.send", method: "post", path, level: "write", status: 202 },
    summary: "Send one email; durable when it is answered",
    input: emailFields,
    output: z.object({ emailId: z.string(), tenantId: z.string(), created: z.boolean() }),
    limit: "email-sending",
    keepsKeys: true,
    recorded: true,
    // Attachments of 10 MB are 13.3 MB in base64; html, text and variables come on top.
    largestBody: 16 * 1024 * 1024,
    call: (floe, { templateId, ...rest }, { idempotencyKey }) =>
      withHttpNames(() =>
        floe.emails.send({
          ...(idempotencyKey !== undefined && { idempotencyKey }),
          ...rest,
          ...(templateId !== undefined && { template: templateId }),
        }),
      ),
  }),
  operation({
    ...common,
    ...{ id: "emails.list", method: "get", path, level: "read" },
    summary: "Single emails, newest first, by status, campaign or address",
    input: emailsSchema,
    output: email,
    page: { cursor: "emailId", by: "before" },
    call: (floe, input) => floe.emails.list(input),
  }),
  operation({
    ...common,
    ...{ id: "emails.get", method: "get", path: one, level: "read" },
    summary: "One email, and what became of it for each of its addresses",
    input: emailRefSchema,
    output: email,
    call: (floe, input) => floe.emails.status(input),
  }),
  operation({
    ...steering,
    ...{ id: "emails.cancel", path: `${one}/cancel` },
    summary: "Stop what has not left",
    input: emailRefSchema,
    output: email,
    call: (floe, input) => floe.emails.cancel(input),
  }),
  operation({
    ...steering,
    ...{ id: "emails.retry", path: `${one}/retry` },
    summary: "Take dead recipients up again, with no attempts spent",
    input: emailRefSchema,
    output: z.object({ revived: z.number() }),
    call: (floe, input) => floe.emails.retry(input),
  }),
  operation({
    ...steering,
    ...{ id: "emails.resolve_unknown", path: `${one}/resolve-unknown` },
    summary: "Settle recipients held as unknown: they got it, or it is sent again",
    input: emailResolutionSchema,
    output: z.object({ resolved: z.number() }),
    call: (floe, input) => floe.emails.resolveUnknown(input),
  }),
];

/** A key that was used for another request: what differs is called as the caller called it. */
async function withHttpNames<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await withNames(names, call);
  } catch (error) {
    if (!(error instanceof Conflict) || !Array.isArray(error.details.fields)) throw error;
    const others = error.details.fields.map((field) =>
      field === "template" ? "template_id" : toSnake(String(field)),
    );
    const message = `idempotency_key: was used before for a request with another ${others.join(", ")}; use a new key.`;
    throw new Conflict(message, error.details);
  }
}
