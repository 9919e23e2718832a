import { Router, type Request, type Response } from "express";
import { setTimeout as sleep } from "node:timers/promises";
import type { EventBuffer, TrackingEvent } from "./event-buffer.js";
import { createProblem, sendProblem } from "./problems.js";
import type { SendFacts } from "./send-facts.js";
import type { Tokens } from "../mail/tracking-token.js";

export interface TrackingPorts {
  tokens: Pick<Tokens, "readRecipientToken" | "verifyUrlMac">;
  /** @throws NotFound */
  loadSendFacts(sendId: string): Promise<SendFacts>;
  events: Pick<EventBuffer, "add">;
}

/** A person waits for the answer: past this, the event is committed behind their back. */
const longestWaitMs = 500;
/** Longer than any user agent in use; what is beyond is noise. */
const longestUserAgent = 400;
const longestUrl = 8_192;

const pixel = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64");

/**
 * Open pixel and click links. A link leads only where the sender's own mail pointed: to a place in the template version's
 * links, or to a URL whose MAC was made with our secret. Anything else is refused, never followed.
 */
export function createTrackingRoutes(ports: TrackingPorts): Router {
  const router = Router();
  router.get("/o/:token.gif", async (request, response) => {
    const recipient = ports.tokens.readRecipientToken(request.params.token);
    // A reader's mail program shows a broken image for anything but an image: a bad token gets the pixel, unrecorded.
    if (recipient) await record(request, { ...recipient, kind: "open" });
    response.set({ "Content-Type": "image/gif", "Cache-Control": "no-store, private" }).send(pixel);
  });

  router.get("/c/:token/:index", async (request, response) => {
    const recipient = ports.tokens.readRecipientToken(request.params.token);
    const link = /^\d{1,4}$/.test(request.params.index) ? Number(request.params.index) : undefined;
    if (!recipient || link === undefined) return refuseLink(request, response, 404);
    const { links } = await ports.loadSendFacts(recipient.sendId);
    const target = safeTarget(links[link]);
    if (!target) return refuseLink(request, response, 404);
    await record(request, { ...recipient, kind: "click", link });
    follow(response, target);
  });

  router.get("/c/:token", async (request, response) => {
    const recipient = ports.tokens.readRecipientToken(request.params.token);
    if (!recipient) return refuseLink(request, response, 404);
    const { u: url, s: mac } = request.query;
    if (typeof url !== "string" || typeof mac !== "string" || url.length > longestUrl) {
      return refuseLink(request, response, 400);
    }
    const target = ports.tokens.verifyUrlMac(request.params.token, url, mac) ? safeTarget(url) : undefined;
    if (!target) return refuseLink(request, response, 400);
    await record(request, { ...recipient, kind: "click", url });
    follow(response, target);
  });

  async function record(
    request: Request,
    event: Omit<TrackingEvent, "occurredAt" | "userAgent">,
  ): Promise<void> {
    // HEAD asks whether a link works (link checkers, previews); nobody opened or clicked anything.
    if (request.method === "HEAD") return;
    const userAgent = request.get("user-agent")?.slice(0, longestUserAgent);
    const written = ports.events.add({ ...event, ...(userAgent && { userAgent }), occurredAt: new Date() });
    await Promise.race([written, sleep(longestWaitMs, undefined, { ref: false })]);
  }

  return router;
}

function follow(response: Response, target: string): void {
  response.set("Cache-Control", "no-store, private").redirect(302, target);
}

function refuseLink(request: Request, response: Response, status: 400 | 404): void {
  sendProblem(
    request,
    response,
    createProblem(status, "This link is incomplete or was changed. Please use the link in the email."),
  );
}

/** Only what a mail may link to: never `javascript:`, `data:` or a relative path. */
function safeTarget(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  return parsed.protocol === "http:" || parsed.protocol === "https:" ? parsed.href : undefined;
}
