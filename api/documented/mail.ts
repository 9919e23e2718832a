import { z } from "zod";
import { callbackProviders } from "../../domain/provider-reports.js";
import { done, led, page, type DocumentedRoute } from "./route.js";

const link = { tag: "links in mail", doors: ["nobody"] } as const;
const signed = "The token is the authority: it is made with `FLOE_SECRET`, for one recipient of one send.";
const token = z.object({ token: z.string() });

/** What readers of mail, their providers and the providers that carry it ask and tell. */
export const mailRoutes: readonly DocumentedRoute[] = [
  {
    ...{ ...link, id: "tracking.open", method: "get", path: "/o/:token.gif", description: signed },
    summary: "The pixel of an open; with a token that is not ours it is shown, and nothing is recorded",
    input: token,
    answers: { 200: { description: "The pixel.", content: { "image/gif": null } } },
  },
  {
    ...{ ...link, id: "tracking.click", method: "get", path: "/c/:token/:index", description: signed },
    summary: "A click on a link of a template, by its place",
    input: token.extend({ index: z.string().regex(/^\d{1,4}$/) }),
    answers: { 302: led("To where the mail's link leads.") },
  },
  {
    ...{ ...link, id: "tracking.click_address", method: "get", path: "/c/:token", description: signed },
    summary: "A click on a link that differs by recipient, with the MAC of its address",
    input: token.extend({ u: z.string().regex(/^https?:\/\/[!-~]{1,2000}$/), s: z.string() }),
    answers: { 302: led("To where the mail's link leads.") },
  },
  {
    ...{ ...link, id: "unsubscribe.page", method: "get", path: "/u/:token", description: signed },
    summary: "The page to unsubscribe; it changes nothing",
    input: token,
    answers: { 200: page("The page.") },
  },
  {
    ...{ ...link, id: "unsubscribe.one_click", method: "post", path: "/u/:token", description: signed },
    summary: "Unsubscribe at once (RFC 8058); the body is read, whatever it is",
    input: token,
    body: { "application/x-www-form-urlencoded": z.object({ "List-Unsubscribe": z.string().optional() }) },
    answers: { 200: page("The page.") },
  },
  {
    ...{ id: "callbacks.take", method: "post", path: "/callbacks/:provider", tag: "callbacks" },
    ...{ doors: ["nobody"], summary: "Take what a provider tells of the mail that it carries" },
    description:
      "Believed by the provider's own signature: of SNS for `ses`, of the signed webhook of SendGrid, of Mailgun's key, by Postmark's user and password. 401: it is not believed; 404: the provider is not set up. Answered when all that follows is committed.",
    input: z.object({ provider: z.enum(callbackProviders) }),
    body: { "application/json": z.unknown(), "text/plain": null },
    answers: { 204: done },
  },
];
