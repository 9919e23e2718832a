import { afterAll, beforeAll, expect, test } from "vitest";
import { newAsker, type Ask, type Asker } from "../api/asking.js";
import { runApi, type RunningApi } from "../api/fixture.js";
import { floe } from "../client/cli-process.js";
import { testDatabase, testRedis, type TestDatabase } from "../setup/stack.js";

let database: TestDatabase;
let running: RunningApi;
let acme: Asker;
let ask: Ask;
let env: Record<string, string>;

beforeAll(async () => {
  const [found, { url }] = await Promise.all([testDatabase(), testRedis()]);
  database = found;
  running = await runApi(database.databaseUrl, { redisUrl: url });
  env = { DATABASE_URL: database.databaseUrl, REDIS_URL: url, TEMPORAL_ADDRESS: "127.0.0.1:1" };
  acme = await newAsker(database, running.url, "operator");
  ({ ask } = acme);
  await database.pool.query("insert into nodes (node_id, host, port) values ('shared', '127.0.0.1', 25)");
  await database.pool.query(
    `insert into delivery_hours (hour, teller, tenant_id, node_id, from_domain, mailbox_provider, accepted, bounced)
     select date_trunc('hour', now()), gen_random_uuid(), tenant, 'shared', domain, provider, 800, bounced
     from (values ($1, 'bad.example', 'gmail', 200), ($1, 'good.example', 'outlook', 0), ('x', 'bad.example', 'gmail', 0))
       as h (tenant, domain, provider, bounced)`,
    [acme.tenantId],
  );
});
afterAll(() => running.api.close());

type Row = Record<string, unknown>;
const rowsOf = (body: Record<string, unknown>): Row[] => body.data as Row[];

test("a tenant has its own scored at once and pages through them; of others it sees nothing", async () => {
  const done = await ask("POST", "/api/reputation/recalculate", {});
  expect(done).toMatchObject({ status: 200, body: { scored: 6 } });
  expect(done.body.changes).toEqual([
    { tenant_id: acme.tenantId, kind: "domain", subject: "bad.example", gate: "stop", previous: "none" },
  ]);
  const seen: string[] = [];
  for (let path = "/api/reputation?limit=3"; path;) {
    const { body } = await ask("GET", path);
    seen.push(
      ...rowsOf(body).map(
        ({ kind, subject, score }) => `${String(kind)} ${String(subject)} ${String(score)}`,
      ),
    );
    const { next } = body;
    path = typeof next === "string" ? `/api/reputation?limit=3&before=${next}` : "";
  }
  expect(seen.sort()).toEqual([
    ...["domain bad.example 65", "domain good.example 100"],
    ...["mailbox-provider gmail 65", "mailbox-provider outlook 100"],
  ]);
  const poor = await ask("GET", "/api/reputation?below=70&kind=domain");
  expect(rowsOf(poor.body).map(({ subject }) => subject)).toEqual(["bad.example"]);
  const one = await ask("GET", "/api/reputation/domain/bad.example");
  expect(one.body).toMatchObject({
    gate: "stop",
    mailbox_providers: [{ mailbox_provider: "gmail", score: 65 }],
  });
  const history = await ask("GET", "/api/reputation/domain/bad.example/history?mailbox_provider=gmail");
  expect(rowsOf(history.body)).toMatchObject([{ score: 65, tried: 1_000 }]);
});

test("what is asked for wrongly is named; what is shared only the platform lets go", async () => {
  await database.pool.query(
    "insert into reputations (tenant_id, kind, subject, gate) values ('*', 'node', 'shared', 'stop')",
  );
  expect(await ask("POST", "/api/reputation/node/shared/release", {})).toMatchObject({ status: 409 });
  expect(await ask("GET", "/api/reputation/node/shared")).toMatchObject({
    status: 200,
    body: { tenant_id: "*" },
  });
  expect(await ask("GET", "/api/reputation/domain/none.example")).toMatchObject({ status: 404 });
  expect(await ask("POST", "/api/reputation/mailbox-provider/gmail/release", {})).toMatchObject({
    ...{ status: 422, body: { detail: "kind: must be domain or node; nothing else has a gate" } },
  });
  expect((await ask("GET", "/api/reputation?below=0")).status).toBe(422);
});

test("a person lets a domain go by command; the audit log says who and why", async () => {
  const args = ["reputation", "release", "domain", "bad.example", "--because", "Cleaned", "--yes"];
  expect(await floe(args, env)).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("released") as string,
  });
  const { rows } = await database.pool.query(
    "select actor, reason from audit_log where action = 'reputation.release'",
  );
  expect(rows).toMatchObject([{ actor: expect.stringMatching(/^cli:/) as string, reason: "Cleaned" }]);
  expect((await ask("GET", "/api/reputation/domain/bad.example")).body).toMatchObject({ gate: "none" });
});

test("an operator sees what is stopped and why, unless gates are switched off and hold nothing", async () => {
  const hold =
    "update reputations set gate = 'stop', gate_reason = 'Too many came back.' where subject = 'shared'";
  await database.pool.query(hold);
  const on = await floe(["limits", "status"], env);
  expect(on.stdout).toMatch(/reputation node\/shared .*stopped/);
  expect(on.stderr).toContain("reputation node/shared: Too many came back.");
  const off = await floe(["limits", "status"], { ...env, REPUTATION_GATES_ENABLED: "false" });
  expect(off).toMatchObject({ code: 0, stdout: expect.not.stringContaining("shared") as string });
});
