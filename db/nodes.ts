import type pg from "pg";
import type { SendNode } from "../activities/delivery-ports.js";
import { NotFound } from "../domain/errors.js";
import { requireTenant } from "./require-tenant.js";
import { nodePassword, type Sealer } from "./sealed.js";

export interface NodeSettings extends SendNode {
  /** Null: every tenant may use it. */
  tenantId: string | null;
}

/** A node as operators see it: never with the password. */
export interface Node extends Omit<NodeSettings, "password"> {
  status: "active" | "paused";
}

export interface NodeStore {
  /**
   * Creates the node or replaces all its settings; a paused one stays paused. The password is kept sealed.
   * @throws NotFound (tenant), ConfigInvalid when there is a password and no key to seal it with
   */
  upsertNode(node: NodeSettings): Promise<void>;
  /** All nodes, or those a tenant may use: its own and the shared ones. */
  listNodes(tenantId?: string): Promise<Node[]>;
  /** @throws NotFound */
  setNodeStatus(nodeId: string, status: Node["status"]): Promise<void>;
  /** @throws NotFound */
  removeNode(nodeId: string): Promise<void>;
}

export function createNodeStore(pool: pg.Pool, sealer: Sealer): NodeStore {
  return {
    upsertNode: (node) => upsertNode(pool, sealer, node),
    listNodes: (tenantId) => listNodes(pool, tenantId),
    setNodeStatus: (nodeId, status) => setNodeStatus(pool, nodeId, status),
    removeNode: (nodeId) => removeNode(pool, nodeId),
  };
}

async function upsertNode(pool: pg.Pool, sealer: Sealer, node: NodeSettings): Promise<void> {
  const password = node.password === null ? null : sealer.seal(node.password, nodePassword(node.nodeId));
  if (node.tenantId !== null) await requireTenant(pool, node.tenantId);
  await pool.query(
    `insert into nodes (node_id, tenant_id, provider, host, port, secure, username, password, return_path_domain,
       weight, max_connections, max_messages_per_connection)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
     on conflict (node_id) do update set tenant_id = excluded.tenant_id, provider = excluded.provider,
       host = excluded.host, port = excluded.port, secure = excluded.secure, username = excluded.username,
       password = excluded.password, return_path_domain = excluded.return_path_domain, weight = excluded.weight,
       max_connections = excluded.max_connections,
       max_messages_per_connection = excluded.max_messages_per_connection`,
    [
      ...[
        node.nodeId,
        node.tenantId,
        node.provider,
        node.host,
        node.port,
        node.secure,
        node.username,
        password,
      ],
      ...[node.returnPathDomain, node.weight, node.maxConnections, node.maxMessagesPerConnection],
    ],
  );
}

async function listNodes(pool: pg.Pool, tenantId?: string): Promise<Node[]> {
  const { rows } = await pool.query<Node>(
    `select node_id as "nodeId", tenant_id as "tenantId", provider, host, port, secure, username,
       return_path_domain as "returnPathDomain", weight, max_connections as "maxConnections",
       max_messages_per_connection as "maxMessagesPerConnection", status
     from nodes
     where $1::text is null or tenant_id = $1 or tenant_id is null
     order by node_id`,
    [tenantId ?? null],
  );
  return rows;
}

async function setNodeStatus(pool: pg.Pool, nodeId: string, status: Node["status"]): Promise<void> {
  const { rowCount } = await pool.query("update nodes set status = $2 where node_id = $1", [nodeId, status]);
  if (rowCount === 0) throw new NotFound("node", nodeId);
}

async function removeNode(pool: pg.Pool, nodeId: string): Promise<void> {
  const { rowCount } = await pool.query("delete from nodes where node_id = $1", [nodeId]);
  if (rowCount === 0) throw new NotFound("node", nodeId);
}
