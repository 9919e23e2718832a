import { ids, type Fill } from "./ids.js";

const { key, user, invitation, session } = ids;

/** Who may do what, and the operators' own lists. */
export const peopleRows: readonly Fill[] = [
  {
    table: "api_keys",
    sql: `insert into api_keys (key_id, tenant_id, name, role, hash, created_by)
      select pg_temp.id(${key}, g), pg_temp.owner(g), 'Key ' || g, 'viewer', int8send(g), 'somebody'
      from generate_series(1, $1 / 100) g`,
  },
  {
    table: "users",
    sql: `insert into users (user_id, email, name, created_by)
      select pg_temp.id(${user}, g), 'user' || g || '@people.example', 'User ' || g, 'somebody' from generate_series(1, $1 / 10) g`,
  },
  {
    table: "memberships",
    sql: `insert into memberships (tenant_id, user_id, role)
      select pg_temp.owner(g), pg_temp.id(${user}, g), 'viewer' from generate_series(1, $1 / 10) g`,
  },
  {
    table: "invitations",
    sql: `insert into invitations (invitation_id, tenant_id, email, role, hash, invited_by, expires_at)
      select pg_temp.id(${invitation}, g), pg_temp.owner(g), 'user' || g || '@people.example', 'viewer', int8send(g), 'somebody', now()
      from generate_series(1, $1 / 100) g`,
  },
  {
    table: "sessions",
    sql: `insert into sessions (session_id, user_id, hash, method, second_factor, address, expires_at)
      select pg_temp.id(${session}, g), pg_temp.id(${user}, case when g < 10 then 1 else g end), int8send(g), 'password', false,
        '203.0.113.1', now()
      from generate_series(1, $1 / 10) g`,
  },
  {
    table: "nodes",
    sql: `insert into nodes (node_id, tenant_id, host, port)
      select 'node-' || g, case when g % 2 = 0 then 'big' end, 'mail.big.example', 25 from generate_series(1, 200) g`,
  },
  {
    table: "limits",
    sql: `insert into limits (scope, key, per_second) select 'tenant', tenant_id, 100 from tenants
      union all select 'node', node_id, 100 from nodes`,
  },
  {
    table: "dkim_keys",
    sql: `insert into dkim_keys (tenant_id, domain, selector, algorithm, private_key)
      select 'big', 'domain' || g || '.example', 's1', 'rsa-sha256', 'sealed' from generate_series(1, 200) g`,
  },
];
