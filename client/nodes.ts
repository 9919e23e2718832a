import { X509Certificate } from "node:crypto";
import { z } from "zod";
import type { Node, NodeStore } from "../db/nodes.js";
import { nameSchema, nodeIdSchema, parseInput, tenantIdSchema } from "./input.js";

export type { Node } from "../db/nodes.js";

const domainSchema = z
  .string()
  .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i, "is not a domain; give one such as bounce.example.com");
const textSchema = z.string().min(1, "is empty").nullable();

const settings = {
  /** Null: every tenant may use it. */
  tenantId: tenantIdSchema.nullable(),
  provider: nameSchema,
  host: z.string().regex(/^[a-z0-9.:_-]{1,253}$/i, "is not a host name or IP address"),
  port: z.int().min(1, "must be 1 to 65535").max(65_535, "must be 1 to 65535"),
  /** TLS from the first byte (usually port 465); otherwise STARTTLS when the server offers it. */
  secure: z.boolean(),
  /** `required`: nothing is sent where the server offers none. With a login it always is, but to this machine. */
  starttls: z.enum(["opportunistic", "required"], "must be opportunistic or required"),
  /** The only authorities that vouch for its certificate; null: those that the system trusts. */
  tlsCa: z
    .string()
    .max(100_000, "is too long")
    .refine(isCertificate, "is not a certificate in PEM form")
    .nullable(),
  /** Name that its certificate must have; null: its host. */
  tlsServerName: z
    .string()
    .regex(/^[a-z0-9.-]{1,253}$/i, "is not a host name")
    .nullable(),
  username: textSchema,
  password: textSchema,
  returnPathDomain: domainSchema.nullable(),
  /** Share of the mail among nodes: 2 gets twice as much as 1. */
  weight: z.int().min(1, "must be above zero").max(10_000, "must be at most 10,000"),
  maxConnections: z.int().min(1, "must be above zero").max(1_000, "must be at most 1,000"),
  maxMessagesPerConnection: z.int().min(1, "must be above zero").max(1_000_000, "is too large"),
  /** Public addresses that its mail comes from; empty: those that its host leads to, if it is one of our own. */
  sendingIps: z
    .array(z.union([z.ipv4(), z.ipv6()], "is not an IP address").transform((ip) => ip.toLowerCase()))
    .max(256, "are too many; give 256 at most"),
  /** Paused once one of its addresses or its return-path domain is on a blacklist, until it is resumed. */
  pauseWhenListed: z.boolean(),
};

export const nodeSchema = z.strictObject({
  nodeId: nodeIdSchema,
  tenantId: settings.tenantId.default(null),
  provider: settings.provider.default("internal"),
  host: settings.host,
  port: settings.port.default(25),
  secure: settings.secure.default(false),
  starttls: settings.starttls.default("opportunistic"),
  tlsCa: settings.tlsCa.default(null),
  tlsServerName: settings.tlsServerName.default(null),
  username: settings.username.default(null),
  password: settings.password.default(null),
  returnPathDomain: settings.returnPathDomain.default(null),
  weight: settings.weight.default(1),
  maxConnections: settings.maxConnections.default(10),
  maxMessagesPerConnection: settings.maxMessagesPerConnection.default(1_000),
  sendingIps: settings.sendingIps.default([]),
  pauseWhenListed: settings.pauseWhenListed.default(false),
});
export type NodeInput = z.input<typeof nodeSchema>;

/** What is left out stays, also the password. */
export const nodeChangeSchema = z.strictObject(settings).partial().extend({ nodeId: nodeIdSchema });
export type NodeChange = z.input<typeof nodeChangeSchema>;

export const nodeRefSchema = z.strictObject({
  nodeId: nodeIdSchema,
  /** Only if it is this tenant's own. */
  owner: tenantIdSchema.optional(),
});

/** An `owner` changes what is its own, and nothing else; absent: whoever's node it is. */
export interface Nodes {
  /**
   * Creates the node or replaces its settings; a paused one stays paused.
   * @throws InvalidInput, NotFound (tenant), Conflict when the id is another's
   */
  upsert(node: NodeInput, owner?: string): Promise<void>;
  /** @throws InvalidInput, NotFound */
  update(change: NodeChange, owner?: string): Promise<Node>;
  /** With a tenant: its own or a shared one. Never with the password. @throws NotFound */
  get(nodeId: string, tenantId?: string): Promise<Node>;
  /** All nodes, or those a tenant may use: its own and the shared ones. Never with passwords. */
  list(tenantId?: string): Promise<Node[]>;
  /** Nothing leaves from it until it is resumed; what is on the wire is finished. @throws NotFound */
  pause(nodeId: string, owner?: string): Promise<void>;
  /** @throws NotFound */
  resume(nodeId: string, owner?: string): Promise<void>;
  /** @throws NotFound */
  remove(nodeId: string, owner?: string): Promise<void>;
}

export function createNodes(store: NodeStore): Nodes {
  const refOf = (nodeId: string, owner: string | undefined) => parseInput(nodeRefSchema, { nodeId, owner });
  return {
    upsert: async (node, owner) => store.upsertNode(parseInput(nodeSchema, node), owner),
    update: async (change, owner) => {
      const { nodeId, ...edit } = parseInput(nodeChangeSchema, change);
      await store.updateNode(refOf(nodeId, owner), edit);
      return store.loadNode(nodeId);
    },
    get: async (nodeId, tenantId) =>
      store.loadNode(parseInput(nodeIdSchema, nodeId), parseInput(tenantIdSchema.optional(), tenantId)),
    list: async (tenantId) => store.listNodes(parseInput(tenantIdSchema.optional(), tenantId)),
    pause: async (nodeId, owner) => store.setNodeStatus(refOf(nodeId, owner), "paused"),
    resume: async (nodeId, owner) => store.setNodeStatus(refOf(nodeId, owner), "active"),
    remove: async (nodeId, owner) => store.removeNode(refOf(nodeId, owner)),
  };
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== "";
  } catch {
    return false;
  }
}
