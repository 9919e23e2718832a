import { z } from "zod";
import type { FieldProblem } from "../domain/errors.js";
import type { CallbackSettings } from "../mail/callbacks/callbacks.js";
import { readSendgridKey } from "../mail/callbacks/sendgrid.js";

export type { CallbackSettings };

const topicArn = /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/;

export const callbackVariables = {
  SES_TOPIC_ARNS: z
    .string()
    .transform((list) => list.split(",").map((arn) => arn.trim()))
    .refine(
      (arns) => arns.every((arn) => topicArn.test(arn)),
      "must be ARNs of SNS topics, divided by commas",
    )
    .optional(),
  SENDGRID_WEBHOOK_KEY: z
    .string()
    .refine(
      (key) => readSendgridKey(key) !== null,
      "must be the verification key that SendGrid shows, or a PEM text of it",
    )
    .optional(),
  MAILGUN_SIGNING_KEY: z.string().optional(),
  POSTMARK_WEBHOOK_USER: z
    .string()
    .regex(/^[^:\s]+$/, "must not contain blanks or colons")
    .optional(),
  POSTMARK_WEBHOOK_PASSWORD: z.string().min(16, "must have at least 16 characters").optional(),
};
type CallbackVariables = {
  [Name in keyof typeof callbackVariables]?: z.output<(typeof callbackVariables)[Name]>;
};

/** User and password come together. */
export function findCallbackProblems(given: Readonly<Record<string, unknown>>): FieldProblem[] {
  const user = given.POSTMARK_WEBHOOK_USER === undefined;
  if (user === (given.POSTMARK_WEBHOOK_PASSWORD === undefined)) return [];
  const field = user ? "POSTMARK_WEBHOOK_USER" : "POSTMARK_WEBHOOK_PASSWORD";
  return [{ field, problem: "is not set; user and password come together" }];
}

export function toCallbackSettings(value: CallbackVariables): CallbackSettings {
  const { POSTMARK_WEBHOOK_USER: user, POSTMARK_WEBHOOK_PASSWORD: password } = value;
  return {
    ...(value.SES_TOPIC_ARNS && { sesTopicArns: value.SES_TOPIC_ARNS }),
    ...(value.SENDGRID_WEBHOOK_KEY !== undefined && { sendgridKey: value.SENDGRID_WEBHOOK_KEY }),
    ...(value.MAILGUN_SIGNING_KEY !== undefined && { mailgunKey: value.MAILGUN_SIGNING_KEY }),
    ...(user !== undefined && password !== undefined && { postmark: { user, password } }),
  };
}

/** Which callbacks are taken, without what proves them. */
export function redactedCallbackSettings(settings: CallbackSettings): Record<string, unknown> {
  return {
    ...settings,
    ...(settings.mailgunKey !== undefined && { mailgunKey: "***" }),
    ...(settings.postmark && { postmark: { ...settings.postmark, password: "***" } }),
  };
}
