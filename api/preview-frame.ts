import { createHash } from "node:crypto";
import { Router } from "express";

/** Shows what the page around it says, and nothing else: whoever opens its address sees an empty page. */
const script = `
addEventListener("message", ({ source, data }) => {
  if (source !== parent || typeof data !== "string") return;
  const shown = new DOMParser().parseFromString(data, "text/html");
  document.replaceChild(document.adoptNode(shown.documentElement), document.documentElement);
});`;

/**
 * An email brings styles of its own, which the dashboard's policy refuses, also in a `srcdoc`. So it is shown in a document
 * with another policy: of no origin (`sandbox`), with pictures and styles, where no script runs but this one, by its hash.
 */
const policy = [
  "default-src 'none'",
  `script-src 'sha256-${createHash("sha256").update(script).digest("base64")}'`,
  "style-src 'unsafe-inline' https:",
  "img-src data: https: http:",
  "font-src data: https:",
  "form-action 'none'",
  "frame-ancestors 'self'",
  "base-uri 'none'",
  "sandbox allow-scripts",
].join("; ");

const document = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Preview</title><script>${script}</script></head><body></body></html>`;

/** Where previews of messages are shown, in an `iframe` of the dashboard. */
export function createPreviewFrame(): Router {
  const router = Router();
  router.get("/dashboard/preview-frame", (_request, response) => {
    response
      .set({ "Content-Security-Policy": policy, "Cache-Control": "no-cache" })
      .type("html")
      .send(document);
  });
  return router;
}
