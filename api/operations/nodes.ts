import { z } from "zod";
import type { FloeCalls } from "../../client/assemble.js";
import { nodeIdSchema, tenantIdSchema } from "../../client/input.js";
import { nodeChangeSchema, nodeSchema } from "../../client/nodes.js";
import { operation, type OperationContext } from "../operation.js";

const node = z.object({
  nodeId: z.string(),
  tenantId: z.string().nullable(),
  provider: z.string(),
  host: z.string(),
  port: z.number(),
  secure: z.boolean(),
  starttls: z.enum(["opportunistic", "required"]),
  tlsCa: z.string().nullable(),
  tlsServerName: z.string().nullable(),
  username: z.string().nullable(),
  returnPathDomain: z.string().nullable(),
  weight: z.number(),
  maxConnections: z.number(),
  maxMessagesPerConnection: z.number(),
  sendingIps: z.array(z.string()),
  pauseWhenListed: z.boolean(),
  status: z.enum(["active", "paused"]),
});

const ofTenant = z.strictObject({ tenantId: tenantIdSchema.optional() });
const ref = ofTenant.extend({ nodeId: nodeIdSchema });

const path = "/api/nodes";
const one = `${path}/:node_id`;
const look = { resource: "nodes", level: "read" } as const;
const steer = { resource: "nodes", level: "write", edits: "nodes.get" } as const;
/** Where all of a tenant's mail goes, and what it logs in with. */
const change = { resource: "nodes", level: "own", edits: "nodes.get" } as const;

/** A tenant changes its own nodes; shared ones are the platform's. */
const ownerOf = ({ principal }: OperationContext): string | undefined => principal.tenantId ?? undefined;

export const nodeOperations = [
  operation({
    ...look,
    ...{ id: "nodes.list", method: "get", path, isList: true },
    summary: "Nodes by id: those that the tenant may use, its own and shared ones; never with passwords",
    input: ofTenant,
    output: node,
    call: (floe, { tenantId }) => floe.nodes.list(tenantId),
  }),
  operation({
    ...look,
    ...{ id: "nodes.get", method: "get", path: one },
    summary: "One node; never with its password",
    input: ref,
    output: node,
    call: (floe, { nodeId, tenantId }) => floe.nodes.get(nodeId, tenantId),
  }),
  operation({
    ...change,
    ...{ id: "nodes.put", method: "put", path: one },
    summary: "Create a node or replace all its settings, password included; a paused one stays paused",
    input: nodeSchema,
    output: node,
    call: async (floe, input, context) => {
      await floe.nodes.upsert(input, ownerOf(context));
      return floe.nodes.get(input.nodeId);
    },
  }),
  operation({
    ...change,
    ...{ id: "nodes.update", method: "patch", path: one },
    summary: "Change some settings of a node; what is left out stays, also the password",
    input: nodeChangeSchema,
    output: node,
    call: (floe, input, context) => floe.nodes.update(input, ownerOf(context)),
  }),
  operation({
    ...steer,
    ...{ id: "nodes.pause", method: "post", path: `${one}/pause` },
    summary: "Let nothing leave from a node until it is resumed",
    input: ref,
    output: node,
    call: (floe, input, context) =>
      steered(floe, input, () => floe.nodes.pause(input.nodeId, ownerOf(context))),
  }),
  operation({
    ...steer,
    ...{ id: "nodes.resume", method: "post", path: `${one}/resume` },
    summary: "Let mail leave from a node again",
    input: ref,
    output: node,
    call: (floe, input, context) =>
      steered(floe, input, () => floe.nodes.resume(input.nodeId, ownerOf(context))),
  }),
  operation({
    ...change,
    ...{ id: "nodes.remove", method: "delete", path: one },
    summary: "Forget a node",
    input: ref,
    call: (floe, { nodeId }, context) => floe.nodes.remove(nodeId, ownerOf(context)),
  }),
];

async function steered(floe: FloeCalls, { nodeId }: { nodeId: string }, steer: () => Promise<void>) {
  await steer();
  return floe.nodes.get(nodeId);
}
