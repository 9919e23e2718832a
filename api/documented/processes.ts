import { z } from "zod";
import { payloadsSchema } from "../codec.js";
import { ticketSchema } from "../live/ticket-routes.js";
import { json, type DocumentedRoute } from "./route.js";

const open = { tag: "processes", doors: ["nobody"] } as const;
const platform = { tag: "processes", doors: ["key", "session"] } as const;
const well = json(z.object({ status: z.literal("ok") }), "It does.");
const ofWebUi =
  "The platform's, and only where `CODEC_ORIGIN` is set. Payloads are protobuf JSON, bytes in base64.";

/** What load balancers, Prometheus, Temporal's Web UI and live connections ask of a process. */
export const processRoutes: readonly DocumentedRoute[] = [
  {
    ...{ ...open, id: "health.live", method: "get", path: "/health/live" },
    ...{ summary: "The process answers", answers: { 200: well } },
  },
  {
    ...{ ...open, id: "health.ready", method: "get", path: "/health/ready" },
    summary: "It can do its work now: Postgres answers within a second; else 503",
    answers: { 200: well },
  },
  {
    ...{ ...platform, id: "metrics.read", method: "get", path: "/metrics" },
    summary: "Metrics of this process, in Prometheus' text format",
    description: "Needs the role admin, of the platform; of a narrowed key, the scope `metrics:read`.",
    answers: { 200: { description: "Metrics.", content: { "text/plain": null } } },
  },
  ...(["encode", "decode"] as const).map((direction): DocumentedRoute => {
    return {
      ...{ ...platform, id: `codec.${direction}`, method: "post", path: `/codec/${direction}` },
      summary: `${direction === "encode" ? "Encrypt" : "Decrypt"} payloads of workflows, for Temporal's Web UI`,
      ...{ description: ofWebUi, body: { "application/json": payloadsSchema }, bodyRequired: true },
      answers: { 200: json(payloadsSchema) },
    };
  }),
  {
    ...{ id: "live.connect", method: "get", path: "/api/live", tag: "live updates" },
    ...{ doors: ["key", "nobody"], summary: "Connect for live updates, by WebSocket" },
    description:
      "By the key, or by a ticket, offered as the protocol `floe.ticket.<ticket>` or in the query. What is said over the connection: docs/live-updates.md. 426: the request does not ask for a WebSocket.",
    input: z.object({
      ticket: z.string().optional(),
      tenantId: z.string().optional(),
      userId: z.string().optional(),
    }),
    answers: {
      101: { description: "Connected.", headers: ["Sec-WebSocket-Protocol"] },
      426: { description: "It asks for no connection.", content: {} },
    },
  },
  {
    ...{ id: "live.ticket", method: "post", path: "/api/live/tickets", tag: "live updates" },
    ...{ doors: ["key", "session"], summary: "A ticket by which a browser connects once, within seconds" },
    body: { "application/json": ticketSchema },
    answers: { 201: json(z.object({ ticket: z.string(), expiresInS: z.number() })) },
  },
];
