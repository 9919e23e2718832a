import express, { Router, type NextFunction, type Request, type Response } from "express";
import type { Logger } from "pino";
import type { MatchedReport, ProviderReports } from "../db/provider-reports.js";
import {
  callbackProviders,
  type CallbackProvider,
  type CallbackResult,
  type ProviderReport,
} from "../domain/provider-reports.js";
import type { Callback } from "../mail/callbacks/callback.js";
import type { CallbackMetrics } from "./callback-metrics.js";
import { createProblem, sendProblem } from "./problems.js";

export interface CallbackRoutePorts {
  /** Those that are set up. */
  callbacks: Partial<Record<CallbackProvider, Callback>>;
  /** Null: nobody of ours. */
  findRecipient: (handedBack: readonly string[]) => MatchedReport["recipient"];
  /** Durable when it resolves; null when the token was spent on another event. */
  record: (told: ProviderReports) => Promise<CallbackResult[] | null>;
  metrics: CallbackMetrics;
  log: Logger;
}

/** A batch of SendGrid has some thousand events, a bounce of Postmark the message that came back. */
const largestBody = "5mb";

const settingOf: Record<CallbackProvider, string> = {
  ses: "SES_TOPIC_ARNS",
  sendgrid: "SENDGRID_WEBHOOK_KEY",
  mailgun: "MAILGUN_SIGNING_KEY",
  postmark: "POSTMARK_WEBHOOK_USER and POSTMARK_WEBHOOK_PASSWORD",
};

/**
 * `POST /callbacks/ses|sendgrid|mailgun|postmark`: what providers tell of the mail they carry. Answered by 204 when all that
 * follows is committed; until then a provider tells it again.
 */
export function createCallbackRoutes(ports: CallbackRoutePorts): Router {
  const router = Router();
  const path = "/callbacks/:provider";
  const body = express.raw({ type: () => true, limit: largestBody, inflate: false });

  router.post(path, requireCallback(ports), body, async (request, response) => {
    const provider = request.params.provider as CallbackProvider;
    try {
      const why = await take(ports, provider, request);
      ports.metrics.request(provider, why === null ? "accepted" : "refused");
      if (why === null) return void response.status(204).end();
      ports.log.warn({ provider, why }, "callback.refused");
      sendProblem(request, response, createProblem(401, why));
    } catch (error) {
      ports.metrics.request(provider, "failed");
      throw error;
    }
  });

  router.all(path, (request, response) => {
    response.set("Allow", "POST");
    sendProblem(request, response, createProblem(405, "Providers tell of their events by POST."));
  });
  return router;
}

/** Before the body is read: nobody fills our memory by way of a provider that we do not use. */
function requireCallback({ callbacks }: Pick<CallbackRoutePorts, "callbacks">) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const provider = callbackProviders.find((name) => name === request.params.provider);
    if (provider && callbacks[provider]) return next();
    const detail = provider
      ? `Callbacks of ${provider} are switched off: ${settingOf[provider]} is not set.`
      : `Callbacks are those of ${callbackProviders.join(", ")}.`;
    sendProblem(request, response, createProblem(404, detail));
  };
}

/** Null when it was taken, else why it is not believed. */
async function take(
  { callbacks, findRecipient, record, metrics }: CallbackRoutePorts,
  provider: CallbackProvider,
  request: Request,
): Promise<string | null> {
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const reading = await callbacks[provider]?.read({ headers: request.headers, body });
  if (!reading || reading.kind === "refused") return reading?.why ?? "It is not taken here.";
  const reports = reading.reports.map((report: ProviderReport) => ({
    ...report,
    recipient: findRecipient(report.handedBack),
  }));
  const results = await record({ provider, reports, token: reading.token });
  if (!results) return "Its token was shown with another event before.";
  reports.forEach(({ event }, at) => metrics.event(provider, event.kind, results[at] ?? "ignored"));
  return null;
}
