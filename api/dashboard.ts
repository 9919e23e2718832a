import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Router, type RequestHandler, type Response } from "express";
import sirv from "sirv";
import type { Authentication } from "./authenticate.js";
import { authenticated } from "./authenticate.js";
import { messagePage, pageSecurityPolicy } from "./pages.js";

/** What the dashboard is told of the installation. */
export interface DashboardSettings {
  /** Of Temporal's Web UI, with the namespace. */
  temporalUi?: string | undefined;
  /** IANA name. */
  timeZone: string;
  /** Whether mailboxes may write to each other while they warm up. */
  warmupEngagement: boolean;
}

export interface DashboardPorts {
  /** With what `vite build` left. */
  folder: string;
  settings: DashboardSettings;
  authentication: Pick<Authentication, "callerOf">;
}

const path = "/dashboard";
const placeholder = "__NONCE__";

/** The operators' page: its files, and below its path every address that its own router knows. */
export function createDashboardRoutes({ folder, settings, authentication }: DashboardPorts): Router {
  const router = Router();
  const { temporalUi = null, timeZone, warmupEngagement } = settings;
  router.get("/api/dashboard", authenticated(authentication), (_request, response) => {
    response.set("Cache-Control", "no-store");
    response.json({
      temporal_ui: temporalUi,
      time_zone: timeZone,
      warmup_engagement: warmupEngagement,
    });
  });
  router.get("/", (_request, response) => response.redirect(path));

  // The names have a hash of the content in them; what is not found is not the page, either.
  const assets = createFiles(join(folder, "assets"));
  router.use(`${path}/assets`, assets, (_request, _response, next) => next("router"));
  // Its scope is the folder that it is in, and its name stays: browsers ask for it again by themselves.
  router.get(`${path}/push-worker.js`, (_request, response) => {
    response.set("Cache-Control", "no-cache").sendFile("push-worker.js", { root: folder });
  });
  router.get([path, `${path}/*rest`], (_request, response) => sendPage(response, folder));
  return router;
}

/** Looked for at each request while there are none: a build beside a running API is served at once. */
function createFiles(folder: string): RequestHandler {
  let files: RequestHandler | undefined;
  return (request, response, next) => {
    if (!files && readPage(join(folder, "..")) !== null)
      files = sirv(folder, { brotli: true, gzip: true, etag: true, immutable: true, maxAge: 31_536_000 });
    if (files) files(request, response, next);
    else next();
  };
}

function sendPage(response: Response, folder: string): void {
  const page = readPage(folder);
  response.set("Cache-Control", "no-cache").type("html");
  if (page === null) {
    response.status(503).set("Content-Security-Policy", pageSecurityPolicy);
    response.send(messagePage("The dashboard is not built", notBuilt));
    return;
  }
  const nonce = randomBytes(16).toString("base64");
  response.set("Content-Security-Policy", policyWith(nonce)).send(page.replaceAll(placeholder, nonce));
}

const notBuilt =
  "Run npm run build where the API runs, then load this page again; npm start does it by itself. The API and its reference at /api/reference work without it.";

/** Scripts and styles of our own files, and what the answer's nonce marks: Mantine writes its variables into style elements. */
function policyWith(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "frame-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join("; ");
}

/** Small, and another one after the next build. Null: there is none. */
function readPage(folder: string): string | null {
  try {
    return readFileSync(join(folder, "index.html"), "utf8");
  } catch {
    return null;
  }
}
