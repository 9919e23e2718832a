import { z } from "zod";
import {
  recipientsSchema,
  resolveUnknownSchema,
  sendRefSchema,
  setRateSchema,
} from "../../client/campaign-input.js";
import { sendsSchema } from "../../client/campaigns.js";
import { operation } from "../operation.js";
import { analytics, outcomes, progress, recipient, send, sendHold, summary } from "./send-answers.js";

const path = "/api/sends";
const one = `${path}/:send_id`;
const looking = { resource: "campaigns", method: "get", level: "read" } as const;
const steering = { resource: "campaigns", level: "write", edits: "sends.get" } as const;
/** What is asked acts within seconds. */
const later = { method: "post", status: 202, input: sendRefSchema } as const;

export const sendOperations = [
  operation({
    ...looking,
    ...{ id: "sends.list", path },
    summary: "Runs of all campaigns, or of one, newest first",
    input: sendsSchema,
    output: send,
    page: { cursor: "sendId", by: "before" },
    call: (floe, input) => floe.campaigns.sends(input),
  }),
  operation({
    ...looking,
    ...{ id: "sends.get", path: one },
    summary: "One send, with every recipient counted by status",
    input: sendRefSchema,
    output: summary,
    call: (floe, input) => floe.campaigns.status(input),
  }),
  operation({
    ...looking,
    ...{ id: "sends.progress", path: `${one}/progress` },
    summary: "How far it is: cheap, at most one batch behind",
    input: sendRefSchema,
    output: progress,
    call: (floe, input) => floe.campaigns.progress(input),
  }),
  operation({
    ...looking,
    ...{ id: "sends.recipients", path: `${one}/recipients` },
    summary: "Who got it, who did not and why, and which limit holds back those who wait, by contact",
    input: recipientsSchema,
    output: recipient,
    page: { cursor: "contactId", by: "after" },
    call: (floe, input) => floe.campaigns.walkRecipients(input),
  }),
  operation({
    ...looking,
    ...{ id: "sends.holds", path: `${one}/holds`, isList: true },
    summary: "Which limits hold it back now, and how many recipients each",
    input: sendRefSchema,
    output: sendHold,
    call: (floe, input) => floe.campaigns.holds(input),
  }),
  operation({
    ...looking,
    ...{ id: "sends.analytics", path: `${one}/analytics`, resource: "analytics" },
    summary: "Opens, clicks, unsubscribes and returns of a send",
    input: sendRefSchema,
    output: analytics,
    call: (floe, input) => floe.campaigns.analytics(input),
  }),
  operation({
    ...looking,
    ...{ id: "sends.outcomes", path: `${one}/outcomes`, resource: "analytics" },
    summary:
      "What came of it by mailbox provider, and why it was not got, with what a server said; kept, and counted anew seldom",
    input: sendRefSchema,
    output: outcomes,
    call: (floe, input) => floe.campaigns.outcomes(input),
  }),
  operation({
    ...steering,
    ...later,
    ...{ id: "sends.pause", path: `${one}/pause` },
    summary: "Take up no more recipients; what is on the wire is finished",
    call: (floe, input) => floe.campaigns.pause(input),
  }),
  operation({
    ...steering,
    ...later,
    ...{ id: "sends.resume", path: `${one}/resume` },
    summary: "Go on; also when its workflow was lost, or it was held because it was late",
    call: (floe, input) => floe.campaigns.resume(input),
  }),
  operation({
    ...steering,
    ...later,
    ...{ id: "sends.cancel", path: `${one}/cancel` },
    summary: "End it; recipients not reached yet become cancelled",
    call: (floe, input) => floe.campaigns.cancel(input),
  }),
  operation({
    ...steering,
    ...{ id: "sends.set_rate", method: "put", path: `${one}/rate`, status: 202 },
    summary: "Messages a second for this send from now on; null: no limit of its own",
    input: setRateSchema,
    call: (floe, input) => floe.campaigns.setRate(input),
  }),
  operation({
    ...steering,
    ...{ id: "sends.retry_failed", method: "post", path: `${one}/retry-failed` },
    summary: "Take the dead recipients up again, with no attempts spent",
    input: sendRefSchema,
    output: z.object({ revived: z.number() }),
    call: (floe, input) => floe.campaigns.retryFailed(input),
  }),
  operation({
    ...steering,
    ...{ id: "sends.resolve_unknown", method: "post", path: `${one}/resolve-unknown` },
    summary: "Settle recipients held as unknown: they got it, or it is sent again",
    input: resolveUnknownSchema.omit({ created: true }),
    output: z.object({ resolved: z.number() }),
    call: (floe, input) => floe.campaigns.resolveUnknown(input),
  }),
];
