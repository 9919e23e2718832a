import { afterAll, beforeAll, expect, it } from "vitest";
import { testDatabase, testRedis, type TestDatabase } from "../setup/stack.js";
import { allPages, asking, newAsker, type Ask, type Asker } from "./asking.js";
import { runApi, type RunningApi } from "./fixture.js";

const apiToken = "a-token-of-the-platform";
let database: TestDatabase;
let running: RunningApi;
let platform: Ask;
let shop: Asker;
let other: Asker;

beforeAll(async () => {
  database = await testDatabase();
  const { url: redisUrl } = await testRedis();
  running = await runApi(database.databaseUrl, { apiToken, redisUrl });
  platform = asking(running.url, apiToken);
  shop = await newAsker(database, running.url);
  other = await newAsker(database, running.url);
});
afterAll(() => running.api.close());

async function statuses(ask: Ask, path: string, body: object): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const method of ["PUT", "PATCH", "DELETE"] as const)
    found[method] = (await ask(method, path, method === "DELETE" ? undefined : body)).status;
  return found;
}

it("A tenant's nodes are put, changed, paused, resumed and removed, and never show a password", async () => {
  const { ask, tenantId } = shop;
  const path = `/api/nodes/${tenantId}-n1`;
  const put = await ask("PUT", path, { host: "smtp.example.com", username: "u", password: "swordfish" });
  expect(put).toMatchObject({ status: 200, body: { tenant_id: tenantId, port: 25, status: "active" } });
  expect((await ask("PATCH", path, { weight: 3 })).body).toMatchObject({ weight: 3, username: "u" });
  const { rows } = await database.pool.query("select password from nodes where node_id = $1", [
    `${tenantId}-n1`,
  ]);
  expect(rows).toMatchObject([{ password: expect.stringContaining("sealed:") as string }]);

  expect((await ask("POST", `${path}/pause`)).body).toMatchObject({ status: "paused" });
  expect((await ask("POST", `${path}/resume`)).body).toMatchObject({ status: "active" });
  const listed = await ask("GET", "/api/nodes");
  expect(listed.body.data).toMatchObject([{ node_id: `${tenantId}-n1`, host: "smtp.example.com" }]);
  expect(JSON.stringify([put, listed])).not.toMatch(/swordfish|"password"/);

  const wrong = await ask("PUT", path, { host: "a b", port: 0 });
  expect(wrong.body.problems).toMatchObject([{ pointer: "/host" }, { pointer: "/port" }]);
  expect((await ask("DELETE", path)).status).toBe(204);
  expect((await ask("GET", path)).status).toBe(404);
});

it("Nodes of another tenant are not there; shared ones are seen, and changed by the platform alone", async () => {
  const own = `/api/nodes/${shop.tenantId}-own`;
  const shared = `/api/nodes/shared-${shop.tenantId}`;
  await shop.ask("PUT", own, { host: "smtp.example.com" });
  expect((await platform("PUT", shared, { host: "relay.example.com" })).status).toBe(200);
  expect((await other.ask("GET", own)).status).toBe(404);
  expect((await other.ask("GET", shared)).status).toBe(200);
  const body = { host: "evil.example" };
  expect(await statuses(other.ask, own, body)).toEqual({ PUT: 409, PATCH: 404, DELETE: 404 });
  expect(await statuses(other.ask, shared, body)).toEqual({ PUT: 409, PATCH: 404, DELETE: 404 });
  for (const path of [own, shared]) expect((await other.ask("POST", `${path}/pause`)).status).toBe(404);
  expect((await platform("GET", shared)).body).toMatchObject({ host: "relay.example.com", status: "active" });
  expect((await shop.ask("GET", own)).body).toMatchObject({ host: "smtp.example.com" });
  expect((await platform("DELETE", shared)).status).toBe(204);
});

it("Limits are set and reset by the platform; a tenant sees its own, and where they stand", async () => {
  const path = `/api/limits/tenant/${shop.tenantId}`;
  const set = await platform("PUT", path, { per_second: 5, per_day: 100 });
  expect(set.body).toEqual({ scope: "tenant", key: shop.tenantId, per_second: 5, per_day: 100 });
  await platform("PUT", "/api/limits/mailbox-provider/gmail", { per_second: 1 });

  const toGmail = `/api/limits/tenant/${encodeURIComponent(`${shop.tenantId}/gmail`)}`;
  const slower = await platform("PUT", toGmail, { per_second: 2 });

  expect((await shop.ask("GET", "/api/limits")).body.data).toEqual([set.body, slower.body]);
  expect((await shop.ask("GET", path)).body).toEqual(set.body);
  expect((await shop.ask("GET", toGmail)).body).toEqual(slower.body);
  expect((await shop.ask("GET", "/api/limits/status")).body).toMatchObject({
    limits: [{ limit: { key: shop.tenantId }, used_today: 0 }, { limit: { key: `${shop.tenantId}/gmail` } }],
    slowed_paths: [],
  });
  for (const one of [path, toGmail]) expect((await other.ask("GET", one)).status).toBe(404);
  expect((await other.ask("GET", "/api/limits")).body.data).toEqual([]);
  expect((await shop.ask("PUT", path, { per_second: 500 })).status).toBe(403);

  const wrong = await platform("PUT", path, { per_second: 0 });
  expect(wrong.body.problems).toMatchObject([{ field: "per_second", pointer: "/per_second" }]);
  expect((await platform("POST", `${path}/reset`)).status).toBe(204);
  expect((await platform("DELETE", path)).body).toEqual({ removed: true });
  expect((await platform("GET", path)).status).toBe(404);
});

it("A signing key is made for a domain, with the record that publishes it; its private half is never shown", async () => {
  const { ask } = shop;
  const created = await ask("POST", "/api/domains", { domain: "shop.example", selector: "floe1" });
  expect(created.status).toBe(201);
  expect(created.headers.get("location")).toBe("/api/domains/shop.example/floe1");
  expect(created.body).toMatchObject({
    algorithm: "rsa-sha256",
    dns_name: "floe1._domainkey.shop.example",
    dns_value: expect.stringMatching(/^v=DKIM1; k=rsa; p=MII/) as string,
  });
  expect(JSON.stringify(created.body)).not.toContain("PRIVATE");
  const path = "/api/domains/shop.example/floe1";
  expect((await ask("GET", path)).body).toEqual(created.body);
  expect((await ask("GET", "/api/domains")).body.data).toMatchObject([{ domain: "shop.example" }]);
  const wrong = await ask("POST", "/api/domains", {
    domain: "shop.example",
    selector: "x",
    private_key: "none",
  });
  expect(wrong.body.problems).toMatchObject([{ pointer: "/private_key" }]);
  expect((await other.ask("GET", path)).status).toBe(404);
  expect((await other.ask("DELETE", path)).status).toBe(404);
  expect((await ask("DELETE", path)).status).toBe(204);
});

it("Suppressions are added one by one or together, found, paged and removed", async () => {
  const { ask } = shop;
  expect((await ask("POST", "/api/suppressions", { address: "One@example.com" })).body).toEqual({
    added: true,
  });
  expect((await ask("POST", "/api/suppressions", { domain: "blocked.example" })).body).toEqual({
    added: true,
  });
  // In one transaction, so at one time: pages have to tell them apart.
  const addresses = Array.from({ length: 7 }, (_, i) => `many${i}@example.com`);
  expect((await ask("POST", "/api/suppressions/addresses", { addresses })).body).toEqual({ added: 7 });
  const rows = await allPages(ask, "/api/suppressions?limit=2");
  expect(rows.map(({ value }) => value)).toEqual(["one@example.com", "blocked.example", ...addresses]);

  expect((await ask("GET", "/api/suppressions/any@blocked.example")).body).toMatchObject({ kind: "domain" });
  expect((await ask("GET", "/api/suppressions/free@example.com")).status).toBe(404);
  expect((await ask("DELETE", "/api/suppressions?address=one@example.com")).body).toEqual({ removed: true });
  expect((await ask("DELETE", "/api/suppressions?address=one@example.com")).body).toEqual({ removed: false });

  const wrong = await ask("POST", "/api/suppressions", { address: "broken" });
  expect(wrong.body.problems).toMatchObject([{ field: "address", pointer: "/address" }]);
  expect((await ask("GET", "/api/suppressions?after=2026-99-99T00:00:00.000000Z~x")).status).toBe(422);
  expect((await ask("POST", "/api/suppressions", { tenant_id: "*", address: "a@b.example" })).status).toBe(
    403,
  );
  expect((await other.ask("GET", "/api/suppressions")).body.data).toEqual([]);
});
