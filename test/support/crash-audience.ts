import type { CrashStack } from "./crash-stack.js";

export const tenantId = "crash";
/** Connections to the SMTP server, and so the size of a group that is announced at once. */
export const connections = 20;

export interface Audience {
  recipients: number;
  /** Of these, suppressed by address or by domain. */
  suppressed: number;
}

const suppressedAddresses = 100;
const blockedDomain = "blocked.example";

/** A tenant with one node, a template and the list `everybody`; every hundredth contact is at a suppressed domain. */
export async function createAudience({ floe, pool, smtp }: CrashStack, contacts: number): Promise<Audience> {
  await floe.tenants.create({ tenantId });
  await floe.nodes.upsert({
    nodeId: "crash-node",
    tenantId,
    host: "127.0.0.1",
    port: smtp.port,
    maxConnections: connections,
  });
  await floe.templates.save({
    tenantId,
    name: "hello",
    subject: "Hello {{first_name}}",
    html: '<p>Hello {{first_name}}, <a href="https://example.com/offer">look</a>.</p>',
  });
  const { listId } = await floe.lists.create({ tenantId, name: "everybody" });
  await pool.query(
    `with people as (
       insert into contacts (tenant_id, email, domain, first_name)
       select $1, 'person' || n || '@' || domain, domain, 'Person ' || n
       from generate_series(1, $2::int) n,
         lateral (select case when n % 100 = 0 then $4 else 'example.com' end as domain) d
       returning contact_id
     ), members as (
       insert into list_contacts (list_id, contact_id) select $3::uuid, contact_id from people
     )
     update lists set contact_count = $2 where list_id = $3::uuid`,
    [tenantId, contacts, listId, blockedDomain],
  );
  const { rows } = await pool.query<{ count: number }>(
    `with added as (
       insert into suppressions (tenant_id, kind, value, reason)
       select $1, 'address', email, 'unsubscribed'
       from (select email from contacts where tenant_id = $1 and domain <> $3 order by contact_id limit $2) c
       union all values ($1, 'domain', $3, 'manual')
     )
     select ($2 + count(*))::int as count from contacts where tenant_id = $1 and domain = $3`,
    [tenantId, suppressedAddresses, blockedDomain],
  );
  return { recipients: contacts, suppressed: rows[0]?.count ?? 0 };
}
