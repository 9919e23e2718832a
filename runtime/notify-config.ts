import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import type { FieldProblem } from "../domain/errors.js";

/** By which channels people are told, besides the inbox. What is absent is not there. */
export interface NotifyConfig {
  email?: { from: string; by: { kind: "smtp"; url: string } | { kind: "tenant"; tenantId: string } };
  webPush: {
    /** Absent: made once, and kept sealed. */
    keys?: { publicKey: string; privateKey: string };
    /** Absent: follows from the sender of emails, or the public URL. */
    subject?: string;
    allowPrivate: boolean;
  };
  fcm?: {
    url: string;
    account: { projectId: string; clientEmail: string; privateKey: string; tokenUri: string };
  };
  apns?: { url: string; privateKey: string; keyId: string; teamId: string; topic: string };
  /** PEM: whose certificates these servers may have, instead of what the system trusts. */
  ca?: Buffer;
}

const serverUrl = z
  .string()
  .refine((text) => /^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : ""), {
    error: "must be a URL that starts with https:// or http://",
  })
  .transform((text) => text.replace(/\/+$/, ""));
const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/, "must be base64url");

export const notifyVariables = {
  NOTIFY_FROM: z.email("must be an address such as floe@example.com").optional(),
  NOTIFY_TENANT: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, "must be the id of a tenant")
    .optional(),
  NOTIFY_SMTP_URL: z
    .string()
    .refine((text) => URL.canParse(text) && /^smtps?:$/.test(new URL(text).protocol), {
      error: "must start with smtp:// or smtps://",
    })
    .optional(),
  VAPID_PUBLIC_KEY: base64url.length(87, "must be an uncompressed point of P-256, in base64url").optional(),
  VAPID_PRIVATE_KEY: base64url.length(43, "must be 32 bytes in base64url").optional(),
  VAPID_SUBJECT: z
    .string()
    .regex(/^(mailto:.+@.+|https:\/\/.+)$/, "must start with mailto: or https://")
    .optional(),
  WEB_PUSH_PRIVATE: z
    .enum(["true", "false", "1", "0"], "must be true or false")
    .transform((value) => value === "true" || value === "1")
    .optional(),
  FCM_SERVICE_ACCOUNT: z.string().transform(readServiceAccount).optional(),
  FCM_URL: serverUrl.optional(),
  APNS_KEY: z.string().transform(readSigningKey).optional(),
  APNS_KEY_ID: z.string().optional(),
  APNS_TEAM_ID: z.string().optional(),
  APNS_TOPIC: z.string().optional(),
  APNS_URL: serverUrl.optional(),
  NOTIFY_TLS_CA: z.string().transform(readBytes).optional(),
};
type NotifyVariables = {
  [Name in keyof typeof notifyVariables]?: z.output<(typeof notifyVariables)[Name]>;
};

/** Which come together. */
const together: readonly (readonly string[])[] = [
  ["VAPID_PUBLIC_KEY", "VAPID_PRIVATE_KEY"],
  ["APNS_KEY", "APNS_KEY_ID", "APNS_TEAM_ID", "APNS_TOPIC"],
];

export function findNotifyProblems(given: Readonly<Record<string, unknown>>): FieldProblem[] {
  const problems = together.flatMap((names) => {
    const missing = names.filter((name) => given[name] === undefined);
    if (missing.length === 0 || missing.length === names.length) return [];
    return missing.map((field) => ({ field, problem: `is not set; ${names.join(", ")} come together` }));
  });
  const byEmail = given.NOTIFY_SMTP_URL !== undefined || given.NOTIFY_TENANT !== undefined;
  if (byEmail && given.NOTIFY_FROM === undefined)
    problems.push({ field: "NOTIFY_FROM", problem: "is not set; it is whom the emails come from" });
  if (!byEmail && given.NOTIFY_FROM !== undefined)
    problems.push({
      field: "NOTIFY_SMTP_URL",
      problem: "is not set, nor is NOTIFY_TENANT; one of them says how emails from NOTIFY_FROM leave",
    });
  return problems;
}

export function toNotifyConfig(value: NotifyVariables): NotifyConfig {
  const { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey } = value;
  const { APNS_KEY, APNS_KEY_ID, APNS_TEAM_ID, APNS_TOPIC } = value;
  const email = emailOf(value);
  return {
    ...(email && { email }),
    webPush: {
      allowPrivate: value.WEB_PUSH_PRIVATE ?? false,
      ...(publicKey && privateKey && { keys: { publicKey, privateKey } }),
      ...(value.VAPID_SUBJECT && { subject: value.VAPID_SUBJECT }),
    },
    ...(value.FCM_SERVICE_ACCOUNT && {
      fcm: { account: value.FCM_SERVICE_ACCOUNT, url: value.FCM_URL ?? "https://fcm.googleapis.com" },
    }),
    ...(APNS_KEY &&
      APNS_KEY_ID &&
      APNS_TEAM_ID &&
      APNS_TOPIC && {
        apns: {
          ...{ privateKey: APNS_KEY, keyId: APNS_KEY_ID, teamId: APNS_TEAM_ID, topic: APNS_TOPIC },
          url: value.APNS_URL ?? "https://api.push.apple.com",
        },
      }),
    ...(value.NOTIFY_TLS_CA && { ca: value.NOTIFY_TLS_CA }),
  };
}

/** What there is, without what proves it. */
export function redactedNotifyConfig({
  email,
  webPush,
  fcm,
  apns,
  ca,
}: NotifyConfig): Record<string, unknown> {
  return {
    ...(email && { email: { from: email.from, by: email.by.kind } }),
    webPush: { ...webPush, ...(webPush.keys && { keys: { ...webPush.keys, privateKey: "***" } }) },
    ...(fcm && { fcm: { url: fcm.url, account: { ...fcm.account, privateKey: "***" } } }),
    ...(apns && { apns: { ...apns, privateKey: "***" } }),
    ca: ca !== undefined,
  };
}

/** A server of its own goes before a tenant: it has no queue. */
function emailOf(value: NotifyVariables): NotifyConfig["email"] {
  const { NOTIFY_FROM: from, NOTIFY_SMTP_URL: url, NOTIFY_TENANT: tenantId } = value;
  if (from === undefined) return undefined;
  if (url !== undefined) return { from, by: { kind: "smtp", url } };
  return tenantId === undefined ? undefined : { from, by: { kind: "tenant", tenantId } };
}

const serviceAccountSchema = z.object({
  project_id: z.string().min(1),
  client_email: z.string().min(1),
  private_key: z.string().min(1),
  token_uri: serverUrl.default("https://oauth2.googleapis.com/token"),
});

function readServiceAccount(file: string, context: z.RefinementCtx) {
  const bytes = readBytes(file, context);
  try {
    const read = serviceAccountSchema.parse(JSON.parse(bytes.toString()));
    createPrivateKey(read.private_key);
    const { project_id: projectId, client_email: clientEmail } = read;
    return { projectId, clientEmail, privateKey: read.private_key, tokenUri: read.token_uri };
  } catch {
    const message = "names a file that is not the JSON of a service account, with its private key";
    if (context.issues.length === 0) context.addIssue({ code: "custom", message });
    return z.NEVER;
  }
}

function readSigningKey(file: string, context: z.RefinementCtx): string {
  const text = readBytes(file, context).toString();
  try {
    if (createPrivateKey(text).asymmetricKeyDetails?.namedCurve === "prime256v1") return text;
  } catch {
    // Said below, without what the file holds.
  }
  const message = "names a file that is no token signing key (.p8) of Apple's";
  if (context.issues.length === 0) context.addIssue({ code: "custom", message });
  return z.NEVER;
}

function readBytes(file: string, context: z.RefinementCtx): Buffer {
  try {
    return readFileSync(file);
  } catch {
    context.addIssue({ code: "custom", message: "names a file that cannot be read" });
    return z.NEVER;
  }
}
