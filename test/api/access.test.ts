import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApiKeys } from "../../client/api-keys.js";
import { createApiKeyStore } from "../../db/api-keys.js";
import { createTenantStore } from "../../db/tenants.js";
import type { Role } from "../../domain/access.js";
import { testDatabase, testRedis, type TestDatabase } from "../setup/stack.js";
import { until } from "../support/until.js";
import { asking, type Answer, type Ask } from "./asking.js";
import { runApi, type RunningApi } from "./fixture.js";

const apiToken = "a-token-of-the-platform";
let database: TestDatabase;
let running: RunningApi;

beforeAll(async () => {
  database = await testDatabase();
  const { url: redisUrl } = await testRedis();
  running = await runApi(database.databaseUrl, { apiToken, redisUrl });
  for (const tenantId of ["acme", "other"])
    await createTenantStore(database.pool).createTenant({ tenantId, name: tenantId, providerChoice: "auto" });
});
afterAll(() => running.api.close());

interface Asked {
  key?: string;
  method?: Parameters<Ask>[0];
  body?: unknown;
  headers?: Record<string, string>;
}

function ask(path: string, { key = apiToken, method = "GET", body, headers }: Asked = {}): Promise<Answer> {
  return asking(running.url, key)(method, path, body, headers);
}

const keys = () => createApiKeys(createApiKeyStore(database.pool));

async function keyOf(
  tenantId: string,
  role: Role = "owner",
  scopes: string[] | null = null,
): Promise<string> {
  return (await keys().create({ tenantId, name: "a key", role, scopes })).key;
}

describe("API keys", () => {
  it("let in, are shown once, listed without their secret, rotated and revoked", async () => {
    const created = await ask("/api/keys", {
      method: "POST",
      body: { tenant_id: "acme", name: "crm", role: "owner" },
    });
    expect(created.status).toBe(201);
    const { key, key_id: keyId } = created.body as { key: string; key_id: string };
    expect(key).toMatch(/^floe_/);
    const listed = await ask("/api/keys", { key });
    expect(JSON.stringify(listed.body)).not.toContain(key.slice(-20));
    expect(listed.body.data).toMatchObject([{ key_id: keyId, role: "owner", created_by: "api-token" }]);

    const rotated = await ask(`/api/keys/${keyId}/rotate`, { key, method: "POST", body: {} });
    expect((await ask("/api/keys", { key: rotated.body.key as string })).status).toBe(200);
    expect((await ask("/api/keys", { key })).status).toBe(200);

    await ask(`/api/keys/${keyId}`, { method: "DELETE", key });
    await until("nobody is let in any more", async () => (await ask("/api/keys", { key })).status === 401);
    expect((await ask(`/api/keys/${keyId}?tenant_id=acme`)).body.revoked_at).not.toBeNull();
  });

  it("that are wrong, expired or of nobody get 401 and nothing else", async () => {
    const key = await keyOf("acme");
    const wrong = key.slice(0, -1) + (key.endsWith("A") ? "B" : "A");
    for (const shown of [wrong, "floe_", "x".repeat(300), "", `${key} ${key}`]) {
      const { status, headers } = await ask("/api/keys", { key: shown });
      expect(status).toBe(401);
      expect(headers.get("www-authenticate")).toContain("Bearer");
    }
    const { keyId, key: expiring } = await keys().create({
      ...{ tenantId: "acme", name: "short", role: "viewer", expiresAt: new Date(Date.now() + 60_000) },
    });
    await database.pool.query("update api_keys set expires_at = now() where key_id = $1", [keyId]);
    expect((await ask("/api/tenants/acme", { key: expiring })).status).toBe(401);
  });

  it("do what their role allows, narrowed by their scopes", async () => {
    const statusOf = async (role: Role, scopes: string[] | null, path: string) =>
      (await ask(path, { key: await keyOf("acme", role, scopes) })).status;
    expect(await statusOf("viewer", null, "/api/tenants/acme")).toBe(200);
    expect(await statusOf("viewer", null, "/api/keys")).toBe(403);
    expect(await statusOf("owner", null, "/api/tenants")).toBe(403);
    expect(await statusOf("owner", ["emails:write"], "/api/keys")).toBe(403);
    expect(await statusOf("owner", ["keys:write"], "/api/keys")).toBe(200);
    const narrow = await keyOf("acme", "owner", ["keys:write"]);
    const more: Asked = { method: "POST", key: narrow, body: { name: "x", role: "owner" } };
    expect((await ask("/api/keys", more)).status).toBe(403);
    const same: Asked = { ...more, body: { name: "x", role: "owner", scopes: ["keys:write"] } };
    expect((await ask("/api/keys", same)).status).toBe(201);
  });

  it("of the platform see metrics, narrowed to them if wanted; a tenant's do not", async () => {
    const scrape = await keys().create({ name: "prometheus", role: "admin", scopes: ["metrics:read"] });
    const metrics = await fetch(`${running.url}/metrics`, {
      headers: { authorization: `Bearer ${scrape.key}` },
    });
    expect([metrics.status, await metrics.text()]).toEqual([200, expect.stringContaining("# TYPE")]);
    expect((await ask("/api/tenants", { key: scrape.key })).status).toBe(403);
    expect((await ask("/metrics", { key: await keyOf("acme") })).status).toBe(403);
    const looks = await keys().create({ name: "looks", role: "admin", scopes: ["tenants:read"] });
    expect((await ask("/api/tenants", { key: looks.key })).status).toBe(200);
    const made = { method: "POST", key: looks.key, body: { tenant_id: "more", name: "more" } } as const;
    expect((await ask("/api/tenants", made)).status).toBe(403);
  });

  it("cannot name another tenant, nor see what is another's", async () => {
    const key = await keyOf("acme");
    const foreign = await keys().create({ tenantId: "other", name: "theirs", role: "owner" });
    expect((await ask("/api/tenants/other", { key })).status).toBe(403);
    expect((await ask("/api/keys?tenant_id=other", { key })).status).toBe(403);
    expect((await ask(`/api/keys/${foreign.keyId}`, { key })).status).toBe(404);
    expect((await ask(`/api/keys/${foreign.keyId}`, { key, method: "DELETE" })).status).toBe(404);
    const body = { tenant_id: "other", name: "x", role: "owner" };
    expect((await ask("/api/keys", { key, method: "POST", body })).status).toBe(403);
  });
});

describe("What is asked over HTTP", () => {
  it("is refused with the field's place and what is right", async () => {
    const { status, body } = await ask("/api/keys", {
      method: "POST",
      body: { tenant_id: "acme", name: "", role: "king", scopes: ["emails:fly"], colour: 1 },
    });
    expect(status).toBe(422);
    expect(body.problems).toEqual([
      { field: "colour", problem: "is not known; check the spelling", pointer: "/colour" },
    ]);
    const again = await ask("/api/keys", {
      method: "POST",
      body: { tenant_id: "acme", name: "", role: "king", scopes: ["emails:fly"] },
    });
    expect(again.body.problems).toMatchObject([
      { field: "name", pointer: "/name" },
      { field: "role", problem: "must be one of viewer, operator, owner, admin" },
      { field: "scopes.0", pointer: "/scopes/0" },
    ]);
  });

  it("with an Idempotency-Key is carried out once, and answered as the first time", async () => {
    const key = await keyOf("acme");
    const request: Asked = {
      key,
      method: "POST",
      body: { name: "once", role: "viewer" },
      headers: { "idempotency-key": "order-1" },
    };
    const [first, second] = await Promise.all([ask("/api/keys", request), ask("/api/keys", request)]);
    const statuses = [first, second].map(({ status }) => status).sort();
    expect(statuses[0]).toBe(201);
    expect([201, 409]).toContain(statuses[1]);
    const third = await ask("/api/keys", request);
    expect(third.headers.get("idempotency-replayed")).toBe("true");
    expect([first.body, second.body]).toContainEqual(third.body);
    const { rows } = await database.pool.query("select from api_keys where name = 'once'");
    expect(rows).toHaveLength(1);
    const other = await ask("/api/keys", { ...request, body: { name: "twice", role: "viewer" } });
    expect(other.status).toBe(422);
    const refused: Asked = {
      ...request,
      body: { name: "", role: "viewer" },
      headers: { "idempotency-key": "2" },
    };
    expect((await ask("/api/keys", refused)).status).toBe(422);
    expect((await ask("/api/keys", { ...refused, body: request.body })).status).toBe(201);
  });

  it("is in the audit log with who, what and why, without secrets", async () => {
    const key = await keyOf("acme");
    const { body } = await ask("/api/keys", {
      ...{ key, method: "POST", body: { name: "audited", role: "viewer" } },
      headers: { "floe-reason": encodeURIComponent("a new partner: Søren & Co, 100 %\n") },
    });
    await ask(`/api/keys/${"0".repeat(8)}-0000-4000-8000-${"0".repeat(12)}`, { key, method: "DELETE" });
    const { rows } = await database.pool.query(
      "select actor, action, reason, outcome, after from audit_log where tenant_id = 'acme' order by audit_id desc limit 2",
    );
    expect(rows).toMatchObject([
      { action: "keys.revoke", outcome: "refused: NotFound" },
      {
        action: "keys.create",
        reason: "a new partner: Søren & Co, 100 % ",
        outcome: "done",
        after: { name: "audited" },
      },
    ]);
    expect(JSON.stringify(rows)).not.toContain(String(body.key).slice(-20));
  });

  it("is tagged, and not sent again to who has it; other methods get 405 with what there is", async () => {
    const { headers } = await ask("/api/tenants/acme");
    const again = await ask("/api/tenants/acme", { headers: { "if-none-match": headers.get("etag") ?? "" } });
    expect(again.status).toBe(304);
    const wrong = await ask("/api/tenants/acme", { method: "PUT" });
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET"]);
  });

  it("goes on by cursor", async () => {
    const key = await keyOf("other");
    for (let i = 0; i < 4; i += 1) await keyOf("other");
    const seen: unknown[] = [];
    for (let path: string | null = "/api/keys?limit=2"; path !== null;) {
      const page = await ask(path, { key });
      seen.push(...(page.body.data as unknown[]));
      path = /<(.+)>; rel="next"/.exec(page.headers.get("link") ?? "")?.[1] ?? null;
      expect(path === null).toBe(page.body.next === null);
    }
    expect(new Set(seen.map((row) => (row as { key_id: string }).key_id)).size).toBeGreaterThanOrEqual(5);
  });
});
