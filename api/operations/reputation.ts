import { z } from "zod";
import {
  recalculateSchema,
  reputationHistorySchema,
  reputationListSchema,
  reputationRefSchema,
  reputationReleaseSchema,
} from "../../client/reputation-input.js";
import { reputationFactors, reputationKinds } from "../../domain/reputation.js";
import { reputationGates } from "../../domain/reputation-gates.js";
import { operation } from "../operation.js";

const gate = z.enum(reputationGates);
const factor = z.object({
  name: z.enum(reputationFactors),
  lost: z.number(),
  max: z.number(),
  reason: z.string(),
  source: z.string().nullable(),
});
const scored = { score: z.number().nullable(), factors: z.array(factor), tried: z.number() };
const reputation = z.object({
  ...{ reputationId: z.string(), tenantId: z.string(), kind: z.enum(reputationKinds), subject: z.string() },
  ...{ mailboxProvider: z.string().nullable(), day: z.string().nullable() },
  ...scored,
  calculatedAt: z.date().nullable(),
  ...{ gate, gateReason: z.string().nullable(), gateSince: z.date(), stops: z.number() },
  ...{ resumeAt: z.date().nullable(), perDay: z.number().nullable(), perHour: z.number().nullable() },
  releasedBy: z.string().nullable(),
});
const report = reputation.extend({ mailboxProviders: z.array(reputation) });
const day = z.object({ day: z.string(), ...scored, gate, calculatedAt: z.date() });
const recalculated = z.object({
  day: z.string(),
  scored: z.number(),
  changes: z.array(
    z.object({
      ...{ tenantId: z.string(), kind: z.enum(["domain", "node"]), subject: z.string() },
      ...{ gate, previous: gate },
    }),
  ),
});

const path = "/api/reputation";
const one = `${path}/:kind/:subject`;
const look = { resource: "reputation", method: "get", level: "read" } as const;
const act = { resource: "reputation", method: "post", level: "write" } as const;

export const reputationOperations = [
  operation({
    ...look,
    ...{ id: "reputation.list", path },
    summary: "Scores and gates of domains, nodes and mailbox providers, newest first",
    input: reputationListSchema,
    output: reputation,
    page: { cursor: "reputationId", by: "before" },
    call: (floe, input) => floe.reputation.list(input),
  }),
  operation({
    ...act,
    ...{ id: "reputation.recalculate", path: `${path}/recalculate` },
    summary: "Score a tenant and look at its gates now; without one, the nodes that every tenant may use",
    input: recalculateSchema,
    output: recalculated,
    call: (floe, input) => floe.reputation.recalculate(input),
  }),
  operation({
    ...look,
    ...{ id: "reputation.show", path: one },
    summary: "One of them: what each factor costs, and how it is towards each mailbox provider",
    input: reputationRefSchema,
    output: report,
    call: (floe, input) => floe.reputation.show(input),
  }),
  operation({
    ...look,
    ...{ id: "reputation.history", path: `${one}/history` },
    summary: "Its days, newest first",
    input: reputationHistorySchema,
    output: day,
    page: { cursor: "day", by: "before" },
    call: (floe, input) => floe.reputation.history(input),
  }),
  operation({
    ...act,
    ...{ id: "reputation.release", path: `${one}/release`, edits: "reputation.show", recorded: true },
    summary:
      "Let a domain or a node that was slowed down or stopped go on; it is judged by what comes from now on",
    input: reputationReleaseSchema.omit({ actor: true }),
    output: report,
    call: (floe, input, { principal: { actor } }) => floe.reputation.release({ ...input, actor }),
  }),
];
