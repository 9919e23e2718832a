import { fileURLToPath } from "node:url";
import express, { type Express, type Request, type Response } from "express";
import { addressText, parseMessage, type InboxStore, type StoredMessage } from "./inbox-store.js";

const pageFolder = fileURLToPath(new URL("./inbox/", import.meta.url));

/** Mail is shown without scripts; its images and links work, so that opens, clicks and unsubscribing can be tried. */
const mailPolicy =
  "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'";
const pagePolicy = "default-src 'self'; img-src 'self' data:; base-uri 'none'";

/** The inbox page and its JSON. */
export function createInboxApp(store: InboxStore): Express {
  const app = express().disable("x-powered-by").disable("etag");
  app.use((_request, response, next) => {
    response.set({
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
      "Content-Security-Policy": pagePolicy,
    });
    next();
  });
  app.get("/api/stats", (_request, response) => void response.json(store.stats()));
  app.get("/api/messages", async (request, response) => {
    const search = typeof request.query.search === "string" ? request.query.search : "";
    const limit = Math.min(Math.max(integer(request.query.limit, 25), 1), 200);
    const found = await store.list({ search, offset: Math.max(integer(request.query.offset, 0), 0), limit });
    response.json({ ...found, ...store.stats() });
  });
  app.delete("/api/messages", (_request, response) => {
    store.clear();
    response.status(204).end();
  });
  app.get(
    "/api/messages/:id",
    withMessage(store, async (message, response) => {
      const email = await parseMessage(message);
      response.json({
        id: message.id,
        receivedAt: message.receivedAt,
        envelope: { from: message.from, to: message.to },
        from: addressText(email.from),
        to: email.to?.map(addressText).join(", ") ?? "",
        subject: email.subject ?? "",
        text: email.text ?? "",
        hasHtml: email.html !== undefined,
        headers: email.headers.map(({ originalKey, value }) => ({ name: originalKey, value })),
        attachments: email.attachments.map(({ filename, mimeType }) => ({ filename, mimeType })),
        bytes: message.source.length,
      });
    }),
  );
  app.get(
    "/api/messages/:id/source",
    withMessage(store, async (message, response) => {
      response.type("text/plain; charset=utf-8").send(message.source.toString("utf8"));
    }),
  );
  app.get(
    "/api/messages/:id/html",
    withMessage(store, async (message, response) => {
      const { html } = await parseMessage(message);
      response.set("Content-Security-Policy", mailPolicy);
      response
        .type("text/html; charset=utf-8")
        .send(`<base target="_blank">${html ?? "This message has no html part."}`);
    }),
  );
  app.use(express.static(pageFolder, { cacheControl: false }));
  return app;
}

function withMessage(store: InboxStore, show: (message: StoredMessage, response: Response) => Promise<void>) {
  return async (request: Request, response: Response): Promise<void> => {
    const message = store.find(integer(request.params.id, -1));
    if (message) return show(message, response);
    response.status(404).json({ detail: "This message is not kept any more." });
  };
}

function integer(value: unknown, otherwise: number): number {
  const parsed = typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : NaN;
  return Number.isNaN(parsed) ? otherwise : parsed;
}
