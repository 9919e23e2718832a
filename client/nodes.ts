import { z } from "zod";
import type { Node, NodeStore } from "../db/nodes.js";
import { nameSchema, nodeIdSchema, parseInput, tenantIdSchema } from "./input.js";

export type { Node } from "../db/nodes.js";

const domainSchema = z
  .string()
  .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i, "is not a domain; give one such as bounce.example.com");

const nodeSchema = z.strictObject({
  nodeId: nodeIdSchema,
  tenantId: tenantIdSchema.nullable().default(null),
  provider: nameSchema.default("internal"),
  host: z.string().regex(/^[a-z0-9.:_-]{1,253}$/i, "is not a host name or IP address"),
  port: z.int().min(1, "must be 1 to 65535").max(65_535, "must be 1 to 65535").default(25),
  /** TLS from the first byte (usually port 465); otherwise STARTTLS when the server offers it. */
  secure: z.boolean().default(false),
  username: z.string().min(1, "is empty").nullable().default(null),
  password: z.string().min(1, "is empty").nullable().default(null),
  returnPathDomain: domainSchema.nullable().default(null),
  /** Share of the mail among nodes: 2 gets twice as much as 1. */
  weight: z.int().min(1, "must be above zero").max(10_000, "must be at most 10,000").default(1),
  maxConnections: z.int().min(1, "must be above zero").max(1_000, "must be at most 1,000").default(10),
  maxMessagesPerConnection: z
    .int()
    .min(1, "must be above zero")
    .max(1_000_000, "is too large")
    .default(1_000),
});
export type NodeInput = z.input<typeof nodeSchema>;

export interface Nodes {
  /** Creates the node or replaces its settings; a paused one stays paused. @throws InvalidInput, NotFound (tenant) */
  upsert(node: NodeInput): Promise<void>;
  /** All nodes, or those a tenant may use: its own and the shared ones. Never with passwords. */
  list(tenantId?: string): Promise<Node[]>;
  /** Nothing leaves from it until it is resumed; what is on the wire is finished. @throws NotFound */
  pause(nodeId: string): Promise<void>;
  /** @throws NotFound */
  resume(nodeId: string): Promise<void>;
  /** @throws NotFound */
  remove(nodeId: string): Promise<void>;
}

export function createNodes(store: NodeStore): Nodes {
  return {
    upsert: async (node) => store.upsertNode(parseInput(nodeSchema, node)),
    list: async (tenantId) => store.listNodes(parseInput(tenantIdSchema.optional(), tenantId)),
    pause: async (nodeId) => store.setNodeStatus(parseInput(nodeIdSchema, nodeId), "paused"),
    resume: async (nodeId) => store.setNodeStatus(parseInput(nodeIdSchema, nodeId), "active"),
    remove: async (nodeId) => store.removeNode(parseInput(nodeIdSchema, nodeId)),
  };
}
