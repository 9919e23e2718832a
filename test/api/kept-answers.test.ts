import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { operations } from "../../api/operations/index.js";
import { createCleanupStore } from "../../db/retention.js";
import { defaultRetention } from "../../domain/retention.js";
import { testDatabase, testRedis, type TestDatabase } from "../setup/stack.js";
import { asking, type Ask } from "./asking.js";
import { runApi, type RunningApi } from "./fixture.js";

const apiToken = "a-token-of-the-platform";
let database: TestDatabase;
let running: RunningApi;
let ask: Ask;

beforeAll(async () => {
  database = await testDatabase();
  const { url: redisUrl } = await testRedis();
  running = await runApi(database.databaseUrl, { apiToken, redisUrl });
  ask = asking(running.url, apiToken);
  await ask("POST", "/api/tenants", { tenant_id: "acme", name: "acme" });
});
afterAll(() => running.api.close());

const made = async (path: string, body: object): Promise<Record<string, unknown>> =>
  (await ask("POST", path, body)).body;
const user = { email: "ann@acme.example", name: "Ann" };
const webhook = { tenant_id: "acme", url: "https://hooks.example/x" };
const key = { tenant_id: "acme", name: "crm", role: "owner" };

async function exported(): Promise<string> {
  const { rows } = await database.pool.query<{ id: string }>(
    `insert into exports (export_id, tenant_id, kind, raw, gzip, file_url, status, keep_days, expires_at)
     values (gen_random_uuid(), 'acme', 'contacts', false, false, 'file:///x.csv', 'completed', 1, now() + interval '1 day')
     returning export_id as id`,
  );
  return rows[0]?.id ?? "";
}

/** Each operation that answers what lets somebody in: how it is asked, and where in the answer that is. */
const showing: Record<string, { ask: () => Promise<[path: string, body: object]>; secret: string }> = {
  "keys.create": { ask: async () => ["/api/keys", key], secret: "key" },
  "keys.rotate": {
    ask: async () => [
      `/api/keys/${String((await made("/api/keys", key)).key_id)}/rotate`,
      { tenant_id: "acme" },
    ],
    secret: "key",
  },
  "users.create": { ask: async () => ["/api/users", user], secret: "password" },
  "users.reset_password": {
    ask: async () => {
      const { user_id: id } = await made("/api/users", { ...user, email: "bob@acme.example" });
      return [`/api/users/${String(id)}/reset-password`, {}];
    },
    secret: "password",
  },
  "users.invite": {
    ask: async () => ["/api/invitations", { tenant_id: "acme", email: "eve@acme.example", role: "viewer" }],
    secret: "link",
  },
  "webhooks.create": { ask: async () => ["/api/webhooks", webhook], secret: "secret" },
  "webhooks.rotate_secret": {
    ask: async () => {
      const { webhook_id: id } = await made("/api/webhooks", webhook);
      return [`/api/webhooks/${String(id)}/rotate-secret`, { tenant_id: "acme" }];
    },
    secret: "secret",
  },
  "exports.link": {
    ask: async () => [`/api/exports/${await exported()}/link`, { tenant_id: "acme" }],
    secret: "url",
  },
};

async function kept(): Promise<string> {
  const { rows } = await database.pool.query("select owner, key, headers, body from idempotency_keys");
  return JSON.stringify(rows);
}

describe("An answer that is kept for an Idempotency-Key", () => {
  it.each(Object.entries(showing))(
    "of %s is the same the second time, and no secret in Postgres",
    async (id, one) => {
      const [path, body] = await one.ask();
      const headers = { "idempotency-key": `repeat-${id}` };
      const [first, again] = [await ask("POST", path, body, headers), await ask("POST", path, body, headers)];
      expect(first.status, JSON.stringify(first.body)).toBeLessThan(300);
      expect(again.body).toEqual(first.body);
      expect(again.headers.get("idempotency-replayed")).toBe("true");
      expect(again.headers.get("cache-control")).toBe("no-store");
      const secret = String(first.body[one.secret]);
      expect(secret.length).toBeGreaterThan(20);
      const rows = await kept();
      expect(rows).toContain(`repeat-${id}`);
      expect(rows).not.toContain(secret);
      expect(rows).not.toContain(secret.slice(-12));
    },
  );

  it("is sealed whatever it is", async () => {
    const headers = { "idempotency-key": "list" };
    expect((await ask("POST", "/api/lists", { tenant_id: "acme", name: "all" }, headers)).status).toBe(201);
    const { rows } = await database.pool.query<{ body: string }>(
      "select body from idempotency_keys where body is not null",
    );
    for (const { body } of rows) expect(body).toMatch(/^sealed:v1:test:/);
  });

  it("cannot be moved to another key, nor to another caller", async () => {
    const headers = { "idempotency-key": "theirs" };
    await ask("POST", "/api/keys", { ...key, name: "theirs" }, headers);
    await ask("POST", "/api/keys", { ...key, name: "mine" }, { "idempotency-key": "mine" });
    await database.pool.query(
      `update idempotency_keys m set body = t.body from idempotency_keys t where m.key = 'mine' and t.key = 'theirs'`,
    );
    const moved = await ask("POST", "/api/keys", { ...key, name: "mine" }, { "idempotency-key": "mine" });
    expect(moved.status).toBe(503);
    expect(moved.body.detail).toContain("another Idempotency-Key");
  });

  it("of a secret is refused where nothing can be sealed; without the header it is answered", async () => {
    const { api, url } = await runApi(database.databaseUrl, { apiToken, encryptionKeys: [] });
    const plain = asking(url, apiToken);
    const headers = { "idempotency-key": "no-keys" };
    const refused = await plain("POST", "/api/users", { ...user, email: "x@acme.example" }, headers);
    expect(refused.body.problems).toMatchObject([{ field: "Idempotency-Key" }]);
    const list = await plain("POST", "/api/lists", { tenant_id: "acme", name: "more" }, headers);
    expect(list.status).toBe(201);
    expect((await plain("POST", "/api/users", { ...user, email: "x@acme.example" })).status).toBe(201);
    await api.close();
  });

  it("goes after a day, whatever else is kept for ever", async () => {
    await database.pool.query(
      "update idempotency_keys set created_at = now() - interval '25 hours' where key like 'repeat-%'",
    );
    const store = createCleanupStore(database.pool, { ...defaultRetention, reports: null });
    expect(store.tables()).toContain("idempotency_keys");
    const rows = await store.countOld("idempotency_keys");
    expect(rows).toBe(Object.keys(showing).length);
    expect(await store.deleteOld("idempotency_keys")).toBe(rows);
    expect(await kept()).toContain('"list"');
  });
});

describe("Operations that answer a secret", () => {
  it("are those of this test, and say so", () => {
    const named = /^(secret|password|link|token|privateKey)$/;
    const holds = operations.filter(
      ({ method, output, resource }) =>
        method !== "get" &&
        output instanceof z.ZodObject &&
        Object.keys(output.shape).some((name) => named.test(name) || (resource === "keys" && name === "key")),
    );
    const said = operations.filter(({ secret }) => secret).map(({ id }) => id);
    expect(said.sort()).toEqual(Object.keys(showing).sort());
    expect(said).toEqual(expect.arrayContaining(holds.map(({ id }) => id)));
  });
});
