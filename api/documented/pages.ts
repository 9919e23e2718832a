import { z } from "zod";
import { page, json, led, type DocumentedRoute } from "./route.js";

const text = z.string().optional();
const form = (fields: z.ZodObject) => ({ body: { "application/x-www-form-urlencoded": fields } });
const door = { tag: "pages", doors: ["nobody"] } as const;
const ofForms = "A form of a page of Floe's own; the browser says so by `Origin` or `Sec-Fetch-Site`.";
const invitation = z.object({ token: z.string() });
const built = { ...door, description: "503 until the dashboard is built." };

/** What browsers open: the door, the dashboard, this reference. */
export const pageRoutes: readonly DocumentedRoute[] = [
  {
    ...{ ...door, id: "pages.sign_in", method: "get", path: "/sign-in" },
    summary: "The page to sign in, or who is signed in",
    input: z.object({ returnTo: text }),
    answers: { 200: page("The page."), 303: led("Signed in already; to `return_to`.") },
  },
  {
    ...{ ...door, id: "pages.sign_in.send", method: "post", path: "/sign-in", description: ofForms },
    summary: "Sign in by the page's form",
    ...form(z.object({ email: text, password: text, code: text, returnTo: text })),
    answers: {
      303: { ...led("Signed in."), headers: ["Location", "Set-Cookie"] },
      401: page("The page, and why not."),
    },
  },
  {
    ...{ ...door, id: "pages.change_password", method: "post", path: "/sign-in/password" },
    ...{ description: ofForms, summary: "Change one's password by the page's form" },
    ...form(z.object({ currentPassword: text, newPassword: text, returnTo: text })),
    answers: { 303: led("Changed, or nobody is signed in."), 422: page("The page, and why not.") },
  },
  {
    ...{ ...door, id: "pages.sign_out", method: "post", path: "/sign-out", description: ofForms },
    summary: "Sign out by the page's form",
    ...form(z.object({})),
    answers: { 303: led("Signed out.") },
  },
  {
    ...{ ...door, id: "pages.invitation", method: "get", path: "/invitation/:token" },
    summary: "The page of an invitation",
    input: invitation,
    answers: { 200: page("The page.") },
  },
  {
    ...{ ...door, id: "pages.accept_invitation", method: "post", path: "/invitation/:token" },
    summary: "Accept an invitation",
    input: invitation,
    ...form(z.object({ name: text, password: text })),
    answers: { 303: led("To the page to sign in."), 422: page("The page, and why not.") },
  },
  {
    ...{ ...door, id: "pages.home", method: "get", path: "/", summary: "Leads to the dashboard" },
    answers: { 302: led("To the dashboard.") },
  },
  {
    ...{ ...built, id: "pages.dashboard", method: "get", path: "/dashboard", summary: "The dashboard" },
    answers: { 200: page("The page."), 503: page("It is not built.") },
  },
  {
    ...{ ...built, id: "pages.dashboard.page", method: "get", path: "/dashboard/*rest" },
    summary: "A page of the dashboard: the same document for each",
    input: z.object({ rest: z.string().min(1) }),
    answers: { 200: page("The page."), 503: page("It is not built.") },
  },
  {
    ...{ ...door, id: "pages.dashboard.asset", method: "get", path: "/dashboard/assets/:file" },
    summary: "Scripts, styles and fonts of the dashboard",
    input: z.object({ file: z.string() }),
    answers: { 200: { description: "The file.", content: { "*/*": null } } },
  },
  {
    ...{ ...door, id: "pages.dashboard.push_worker", method: "get", path: "/dashboard/push-worker.js" },
    summary:
      "The script that shows notifications in a browser whose dashboard is closed; 404 until it is built",
    answers: { 200: { description: "The file.", content: { "text/javascript": null } } },
  },
  {
    ...{ ...door, id: "pages.preview_frame", method: "get", path: "/dashboard/preview-frame" },
    summary: "The document of no origin in which the dashboard shows messages",
    answers: { 200: page("The page.") },
  },
  {
    ...{ id: "dashboard.settings", method: "get", path: "/api/dashboard", tag: "pages" },
    doors: ["key", "session"],
    summary: "What the dashboard is told of the installation",
    answers: {
      200: json(
        z.object({ temporalUi: z.string().nullable(), timeZone: z.string(), warmupEngagement: z.boolean() }),
      ),
    },
  },
  {
    ...{ ...door, id: "reference.document", method: "get", path: "/api/openapi.json" },
    summary: "This document",
    answers: { 200: json(z.record(z.string(), z.unknown())) },
  },
  {
    ...{ ...door, id: "reference.page", method: "get", path: "/api/reference" },
    summary: "This document, to read and to try out",
    answers: { 200: page("The page.") },
  },
  {
    ...{ ...door, id: "reference.start", method: "get", path: "/api/reference/start.js" },
    summary: "The reference's own script",
    answers: { 200: { description: "The file.", content: { "text/javascript": null } } },
  },
  {
    ...{ ...door, id: "reference.file", method: "get", path: "/api/reference/:file" },
    summary: "Files of Swagger UI that the reference shows itself with",
    input: z.object({ file: z.enum(["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"]) }),
    answers: {
      200: {
        description: "The file.",
        content: { "text/css": null, "text/javascript": null, "image/png": null },
      },
    },
  },
];
