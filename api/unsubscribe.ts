import express, { Router, type Response } from "express";
import {
  alreadyUnsubscribedPage,
  confirmUnsubscribePage,
  pageSecurityPolicy,
  unsubscribedPage,
} from "./pages.js";
import { createProblem, sendProblem } from "./problems.js";
import type { Tokens } from "../mail/tracking-token.js";

export interface RecipientKey {
  sendId: string;
  contactId: string;
}

export interface UnsubscribePorts {
  tokens: Pick<Tokens, "readRecipientToken">;
  /** @throws NotFound when the send or the recipient is gone. */
  isUnsubscribed(recipient: RecipientKey): Promise<boolean>;
  /** Durable when it resolves; doing it again changes nothing. @throws NotFound */
  unsubscribe(recipient: RecipientKey, userAgent: string | undefined): Promise<void>;
}

/** A one-click body is some 30 octets, or a few hundred as multipart. */
const largestBody = "16kb";

/**
 * One-click unsubscribe (RFC 8058). The POST acts at once, without cookies, redirects or a login: the token is the
 * authority. Its body is read, whatever its form, and not held against the sender: a mailbox provider that leaves the
 * pair out passes on the same wish, and a lost unsubscribe becomes a complaint. The GET only shows a page, because link
 * scanners follow every link of a mail.
 */
export function createUnsubscribeRoutes(ports: UnsubscribePorts): Router {
  const router = Router();
  router.use("/u/:token", (_request, response, next) => {
    // The path is the authority to unsubscribe: it stays out of referrers, caches and indexes.
    response.set({
      "Cache-Control": "no-store, private",
      "Content-Security-Policy": pageSecurityPolicy,
      "X-Robots-Tag": "noindex",
    });
    next();
  });

  router.get("/u/:token", async (request, response) => {
    const recipient = ports.tokens.readRecipientToken(request.params.token);
    if (!recipient) return sendProblem(request, response, unknownLink());
    const done = await ports.isUnsubscribed(recipient);
    // Relative to /u/<token>, so that it holds behind a proxy that adds a path.
    sendPage(response, done ? alreadyUnsubscribedPage() : confirmUnsubscribePage(request.params.token));
  });

  router.post(
    "/u/:token",
    express.raw({ type: () => true, limit: largestBody }),
    async (request, response) => {
      const token = String(request.params.token);
      const recipient = ports.tokens.readRecipientToken(token);
      if (!recipient) return sendProblem(request, response, unknownLink());
      await ports.unsubscribe(recipient, request.get("user-agent")?.slice(0, 400));
      sendPage(response, unsubscribedPage());
    },
  );

  router.all("/u/:token", (request, response) => {
    response.set("Allow", "GET, HEAD, POST");
    sendProblem(request, response, createProblem(405, "Use GET to see the page and POST to unsubscribe."));
  });
  return router;
}

function unknownLink() {
  return createProblem(
    404,
    "This unsubscribe link is incomplete or was changed. Please use the link in the email.",
  );
}

function sendPage(response: Response, html: string): void {
  response.type("html").send(html);
}
