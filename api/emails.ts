import express, { Router, type Request } from "express";
import type { EmailInput } from "../client/email-input.js";
import type { Email, Emails } from "../client/emails.js";
import type { RateLimits } from "../client/rate-limits.js";
import { admit } from "./admission.js";
import { bearer } from "./bearer.js";
import { readEmailBody, withJsonNames } from "./email-body.js";

export interface EmailRoutePorts {
  emails: Pick<Emails, "send" | "status" | "cancel">;
  rateLimits: Pick<RateLimits, "check">;
  /** Whoever shows it may send mail of any tenant. Absent: nobody may. */
  apiToken: string | undefined;
}

/** Attachments of 10 MB are 13.3 MB in base64; html, text and variables come on top. */
const largestBody = "16mb";

/**
 * Single emails over HTTP: `POST /api/emails`, `GET /api/emails/:id?tenant_id=`, `POST /api/emails/:id/cancel?tenant_id=`.
 * Requests to send are counted by the rate limit `email-sending`. JSON in snake_case; errors are problem details that name the field.
 */
export function createEmailRoutes({ emails, rateLimits, apiToken }: EmailRoutePorts): Router {
  const router = Router();
  router.use("/api/emails", bearer(apiToken));

  router.post("/api/emails", express.json({ limit: largestBody }), async (request, response) => {
    const body = readEmailBody(request.body);
    const key = request.get("idempotency-key");
    await admit(rateLimits, response, { limit: "email-sending", tenantId: body.tenantId });
    try {
      // What the caller sent is checked there, field by field.
      const sent = await emails.send({
        ...(key !== undefined && { idempotencyKey: key }),
        ...body,
      } as EmailInput);
      response
        .status(sent.created ? 202 : 200)
        .location(`/api/emails/${sent.emailId}?tenant_id=${sent.tenantId}`)
        .json({ email_id: sent.emailId, tenant_id: sent.tenantId, created: sent.created });
    } catch (error) {
      throw withJsonNames(error);
    }
  });

  router.get("/api/emails/:id", async (request, response) => {
    response.json(toJson(await answered(emails.status(refOf(request)))));
  });

  router.post("/api/emails/:id/cancel", async (request, response) => {
    response.json(toJson(await answered(emails.cancel(refOf(request)))));
  });
  return router;
}

function refOf(request: Request): { tenantId: string; emailId: string } {
  const { tenant_id: tenantId } = request.query;
  return { tenantId: typeof tenantId === "string" ? tenantId : "", emailId: String(request.params.id) };
}

async function answered(email: Promise<Email>): Promise<Email> {
  try {
    return await email;
  } catch (error) {
    throw withJsonNames(error);
  }
}

function toJson(email: Email) {
  return {
    email_id: email.emailId,
    tenant_id: email.tenantId,
    campaign_id: email.campaignId,
    status: email.status,
    lane: email.lane,
    from_email: email.fromEmail,
    send_at: email.sendAt,
    created_at: email.createdAt,
    recipients: email.recipients.map((recipient) => ({
      kind: recipient.kind,
      email: recipient.email,
      status: recipient.status,
      attempts: recipient.attempts,
      possible_duplicate: recipient.possibleDuplicate,
      reason: recipient.reason,
      reply_code: recipient.replyCode,
      enhanced_code: recipient.enhancedCode,
      node_id: recipient.nodeId,
      settled_at: recipient.settledAt,
      returned_at: recipient.returnedAt,
      returned_as: recipient.returnedAs,
      returned_code: recipient.returnedCode,
      returned_text: recipient.returnedText,
    })),
  };
}
