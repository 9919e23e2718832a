import type pg from "pg";
import type { SendNode } from "../activities/delivery-ports.js";
import { Conflict, NotFound } from "../domain/errors.js";
import { transaction, type Queryable } from "./pool.js";
import { requireTenant } from "./require-tenant.js";
import { nodePassword, type Sealer } from "./sealed.js";

export interface NodeSettings extends SendNode {
  /** Null: every tenant may use it. */
  tenantId: string | null;
  /** That its mail comes from; empty: those that the host of one of our own leads to. */
  sendingIps: string[];
  /** Nothing leaves from it any more once one of its addresses or its return-path domain is on a blacklist. */
  pauseWhenListed: boolean;
}

/** A node as operators see it: never with the password. */
export interface Node extends Omit<NodeSettings, "password"> {
  status: "active" | "paused";
}

/** What is undefined stays. */
export type NodeEdit = { [Field in keyof Omit<NodeSettings, "nodeId">]?: NodeSettings[Field] | undefined };

/** A node; with an owner only if it is that tenant's own. */
export interface NodeRef {
  nodeId: string;
  owner?: string | undefined;
}

export interface NodeStore {
  /**
   * Creates the node or replaces all its settings; a paused one stays paused. The password is kept sealed.
   * @param owner absent: whoever's it was
   * @throws NotFound (tenant), Conflict when it is not the owner's, ConfigInvalid when there is a password and no key to
   * seal it with
   */
  upsertNode(node: NodeSettings, owner?: string): Promise<void>;
  /** @throws NotFound (node, tenant), ConfigInvalid */
  updateNode(ref: NodeRef, edit: NodeEdit): Promise<void>;
  /** With a tenant: its own or a shared one. @throws NotFound */
  loadNode(nodeId: string, tenantId?: string): Promise<Node>;
  /** All nodes, or those a tenant may use: its own and the shared ones. */
  listNodes(tenantId?: string): Promise<Node[]>;
  /** @throws NotFound */
  setNodeStatus(ref: NodeRef, status: Node["status"]): Promise<void>;
  /** @throws NotFound */
  removeNode(ref: NodeRef): Promise<void>;
}

export function createNodeStore(pool: pg.Pool, sealer: Sealer): NodeStore {
  return {
    upsertNode: async (node, owner) => {
      const password = sealed(sealer, node);
      if (node.tenantId !== null) await requireTenant(pool, node.tenantId);
      await writeNode(pool, { ...node, password }, owner);
    },
    updateNode: (ref, edit) => updateNode(pool, sealer, ref, edit),
    loadNode: async (nodeId, tenantId) => {
      const [node] = await findNodes(pool, { tenantId, nodeId });
      if (!node) throw new NotFound("node", nodeId);
      return node;
    },
    listNodes: (tenantId) => findNodes(pool, { tenantId }),
    setNodeStatus: (ref, status) => setNodeStatus(pool, ref, status),
    removeNode: (ref) => removeNode(pool, ref),
  };
}

function sealed(sealer: Sealer, { nodeId, password }: Pick<NodeSettings, "nodeId" | "password">) {
  return password === null ? null : sealer.seal(password, nodePassword(nodeId));
}

/** @param node with its password sealed */
async function writeNode(db: Queryable, node: NodeSettings, owner?: string): Promise<void> {
  const { rowCount } = await db.query(
    `insert into nodes (node_id, tenant_id, provider, host, port, secure, username, password, return_path_domain,
       weight, max_connections, max_messages_per_connection, starttls, tls_ca, tls_server_name, sending_ips, pause_when_listed)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $14, $15, $16, $17, $18)
     on conflict (node_id) do update set tenant_id = excluded.tenant_id, provider = excluded.provider,
       host = excluded.host, port = excluded.port, secure = excluded.secure, username = excluded.username,
       password = excluded.password, return_path_domain = excluded.return_path_domain, weight = excluded.weight,
       max_connections = excluded.max_connections,
       max_messages_per_connection = excluded.max_messages_per_connection, starttls = excluded.starttls,
       tls_ca = excluded.tls_ca, tls_server_name = excluded.tls_server_name, sending_ips = excluded.sending_ips,
       pause_when_listed = excluded.pause_when_listed
     where $13::text is null or nodes.tenant_id = $13`,
    [
      ...[node.nodeId, node.tenantId, node.provider, node.host, node.port, node.secure, node.username],
      ...[node.password, node.returnPathDomain, node.weight, node.maxConnections],
      ...[node.maxMessagesPerConnection, owner ?? null, node.starttls, node.tlsCa, node.tlsServerName],
      ...[node.sendingIps, node.pauseWhenListed],
    ],
  );
  if (rowCount === 0) throw new Conflict(`The node id ${node.nodeId} is taken.`, { nodeId: node.nodeId });
}

const columns = `node_id as "nodeId", tenant_id as "tenantId", provider, host, port, secure, starttls, tls_ca as "tlsCa",
  tls_server_name as "tlsServerName", username, return_path_domain as "returnPathDomain", weight, max_connections as "maxConnections",
  max_messages_per_connection as "maxMessagesPerConnection", sending_ips as "sendingIps",
  pause_when_listed as "pauseWhenListed", status`;

async function updateNode(
  pool: pg.Pool,
  sealer: Sealer,
  { nodeId, owner }: NodeRef,
  edit: NodeEdit,
): Promise<void> {
  const given = Object.fromEntries(Object.entries(edit).filter(([, value]) => value !== undefined));
  await transaction(pool, async (client) => {
    const { rows } = await client.query<NodeSettings>(
      `select ${columns}, password from nodes
       where node_id = $1 and ($2::text is null or tenant_id = $2) for update`,
      [nodeId, owner ?? null],
    );
    if (!rows[0]) throw new NotFound("node", nodeId);
    const password =
      edit.password === undefined ? rows[0].password : sealed(sealer, { nodeId, password: edit.password });
    if (edit.tenantId) await requireTenant(client, edit.tenantId);
    await writeNode(client, { ...rows[0], ...given, password });
  });
}

async function findNodes(
  pool: pg.Pool,
  { tenantId, nodeId }: { tenantId?: string | undefined; nodeId?: string },
): Promise<Node[]> {
  const { rows } = await pool.query<Node>(
    `select ${columns} from nodes
     where ($1::text is null or tenant_id = $1 or tenant_id is null) and ($2::text is null or node_id = $2)
     order by node_id`,
    [tenantId ?? null, nodeId ?? null],
  );
  return rows;
}

async function setNodeStatus(
  pool: pg.Pool,
  { nodeId, owner }: NodeRef,
  status: Node["status"],
): Promise<void> {
  const { rowCount } = await pool.query(
    "update nodes set status = $2 where node_id = $1 and ($3::text is null or tenant_id = $3)",
    [nodeId, status, owner ?? null],
  );
  if (rowCount === 0) throw new NotFound("node", nodeId);
}

async function removeNode(pool: pg.Pool, { nodeId, owner }: NodeRef): Promise<void> {
  const { rowCount } = await pool.query(
    "delete from nodes where node_id = $1 and ($2::text is null or tenant_id = $2)",
    [nodeId, owner ?? null],
  );
  if (rowCount === 0) throw new NotFound("node", nodeId);
}
