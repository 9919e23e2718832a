import { z } from "zod";
import { uuidSchema } from "../../client/input.js";
import {
  beginTotpSchema,
  codeSchema,
  confirmTotpSchema,
  newTotp,
  passwordSchema,
  recoveryCodes,
  sessionAnswer,
  sessionRow,
  signInSchema,
} from "../sign-in/answers.js";
import { done, json, led, type DocumentedRoute } from "./route.js";

const session = "/api/session";
const own = { tag: "sessions", doors: ["session"] } as const;
const totp = { tag: "second factors", doors: ["session"] } as const;
const ofJson = (schema: z.ZodType) => ({ body: { "application/json": schema } });

/** People, their sessions, and what else than a password they show. */
export const sessionRoutes: readonly DocumentedRoute[] = [
  {
    ...{ id: "sessions.begin", method: "post", path: session, tag: "sessions", doors: ["nobody"] },
    summary: "Sign in; the answer sets the cookie",
    description: "Needs the header `Floe-Csrf: 1`. Guessing is held back, by address and by user.",
    ...{ ...ofJson(signInSchema), bodyRequired: true },
    answers: {
      201: {
        ...json(z.object({ signedIn: z.literal(true) }), "Signed in."),
        headers: ["Set-Cookie"],
      },
    },
  },
  {
    ...{ ...own, id: "sessions.current", method: "get", path: session },
    summary: "Who is signed in, and which tenants they belong to",
    answers: { 200: json(sessionAnswer) },
  },
  {
    // Also of nobody: whoever signs out twice is signed out.
    ...{ id: "sessions.end_current", method: "delete", path: session, tag: "sessions" },
    doors: ["session", "nobody"],
    summary: "Sign out",
    answers: { 204: done },
  },
  {
    ...{ ...own, id: "sessions.change_password", method: "post", path: `${session}/password` },
    summary: "Change one's password; one's other sessions end",
    ...{ ...ofJson(passwordSchema), bodyRequired: true },
    answers: { 204: done },
  },
  {
    ...{ ...own, id: "sessions.list", method: "get", path: "/api/sessions" },
    summary: "One's own sessions",
    answers: { 200: json(z.object({ data: z.array(sessionRow), next: z.null() })) },
  },
  {
    ...{ ...own, id: "sessions.end_all", method: "delete", path: "/api/sessions" },
    summary: "End all of one's sessions, this one too",
    answers: { 200: json(z.object({ ended: z.number() })) },
  },
  {
    ...{ ...own, id: "sessions.end", method: "delete", path: "/api/sessions/:session_id" },
    summary: "End one of one's sessions",
    input: z.object({ sessionId: uuidSchema }),
    answers: { 204: done },
  },
  {
    ...{ ...totp, id: "totp.begin", method: "post", path: `${session}/totp` },
    summary: "Set TOTP up: the secret for an authenticator, to be confirmed with a code",
    ...ofJson(beginTotpSchema),
    answers: { 201: json(newTotp) },
  },
  {
    ...{ ...totp, id: "totp.confirm", method: "post", path: `${session}/totp/confirm` },
    summary: "Show the first code: from now on one is asked for; answers the recovery codes, once",
    ...{ ...ofJson(confirmTotpSchema), bodyRequired: true },
    answers: { 200: json(recoveryCodes) },
  },
  {
    ...{ ...totp, id: "totp.verify", method: "post", path: `${session}/totp/verify` },
    summary: "Show a code in a session that began without one",
    ...ofJson(codeSchema),
    answers: { 200: json(z.object({ recoveryCodesLeft: z.number() })) },
  },
  {
    ...{ ...totp, id: "totp.new_recovery_codes", method: "post", path: `${session}/totp/recovery-codes` },
    summary: "Replace the recovery codes",
    ...ofJson(codeSchema),
    answers: { 200: json(recoveryCodes) },
  },
  {
    ...{ ...totp, id: "totp.remove", method: "post", path: `${session}/totp/remove` },
    summary: "Do without TOTP",
    ...ofJson(codeSchema),
    answers: { 204: done },
  },
  {
    ...{ id: "oidc.start", method: "get", path: `${session}/oidc/start`, tag: "sessions", doors: ["nobody"] },
    summary: "Sign in by the identity provider: leads a browser there",
    description: "Only where `OIDC_ISSUER` is set.",
    input: z.object({ returnTo: z.string().optional() }),
    answers: { 302: led("To the provider.") },
  },
  {
    ...{ id: "oidc.finish", method: "get", path: `${session}/oidc/callback` },
    ...{ tag: "sessions", doors: ["nobody"] },
    summary: "Where the identity provider sends the browser back to",
    description:
      "Only where `OIDC_ISSUER` is set. Takes what the provider says in its query (RFC 6749, 4.1.2).",
    input: z.object({
      code: z.string().optional(),
      state: z.string().optional(),
      error: z.string().optional(),
    }),
    answers: { 303: led("Signed in; to where the browser was before.") },
  },
];
