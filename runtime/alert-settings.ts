import { z } from "zod";
import type { FieldProblem } from "../domain/errors.js";
import { parseWebhookUrl } from "../domain/webhook-url.js";
import { problemOfWebhookSecret } from "../webhooks/secret.js";

/** By which the platform's urgent alerts go out without anything of Floe's. */
export interface AlertSettings {
  webhook?: { url: string; secret: string };
  email?: { to: string; from: string; smtpUrl: string };
}

function checked(check: (text: string) => string | null) {
  return z
    .string()
    .superRefine((text, context) => {
      const problem = text === "" ? null : check(text);
      if (problem !== null) context.addIssue({ code: "custom", message: problem });
    })
    .optional();
}

const address = checked((text) => (/^[^@\s]+@[^@\s]+$/.test(text) ? null : "must be an address"));

export const alertVariables = {
  ALERT_WEBHOOK_URL: checked((text) => {
    const target = parseWebhookUrl(text, [[1, 65_535]]);
    return "problem" in target ? target.problem : null;
  }),
  ALERT_WEBHOOK_SECRET: checked(problemOfWebhookSecret),
  ALERT_EMAIL: address,
  ALERT_EMAIL_FROM: address,
  ALERT_SMTP_URL: checked((text) =>
    /^smtps?:\/\/\S+$/.test(text) ? null : "must be smtp://user:password@host:port, or smtps://",
  ),
};
type AlertVariables = { [Name in keyof typeof alertVariables]?: string | undefined };

const together = [
  ["ALERT_WEBHOOK_URL", "ALERT_WEBHOOK_SECRET"],
  ["ALERT_EMAIL", "ALERT_SMTP_URL"],
] as const;

/** Where to, and what it takes to get there, come together. */
export function findAlertProblems(given: Readonly<Record<string, unknown>>): FieldProblem[] {
  return together.flatMap((names) => {
    const missing = names.filter((name) => given[name] === undefined);
    if (missing.length !== 1) return [];
    const other = names.find((name) => given[name] !== undefined) ?? "";
    return missing.map((field) => ({ field, problem: `is not set; it comes together with ${other}` }));
  });
}

export function toAlertSettings({
  ALERT_WEBHOOK_URL: url,
  ALERT_WEBHOOK_SECRET: secret,
  ALERT_EMAIL: to,
  ALERT_EMAIL_FROM: from,
  ALERT_SMTP_URL: smtpUrl,
}: AlertVariables): AlertSettings {
  return {
    ...(url && secret && { webhook: { url, secret } }),
    ...(to && smtpUrl && { email: { to, from: from ?? to, smtpUrl } }),
  };
}

export function redactedAlertSettings({ webhook, email }: AlertSettings): Record<string, unknown> {
  return {
    ...(webhook && { webhook: { ...webhook, secret: "***" } }),
    ...(email && { email: { from: email.from, to: "***", smtpUrl: "***" } }),
  };
}
