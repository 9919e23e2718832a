import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runApi } from "../api/fixture.js";
import { createBrowser } from "./browser.js";
import { openDoor, ownPassword, type Door, type Person } from "./fixture.js";

let door: Door;
let ann: Person;
beforeAll(async () => {
  door = await openDoor();
  ann = await door.person({ acme: "owner" });
}, 60_000);
afterAll(() => door.api.close());

const cookie = "floe-session";

describe("A session", () => {
  it("begins with a password that was given, which is to be changed before anything else", async () => {
    const { email, password } = await door.users.create({
      email: "new@people.example",
      name: "New",
      admin: true,
    });
    const browser = createBrowser(door);
    const began = await browser.ask("/api/session", { body: { email, password } });
    expect([began.status, began.text]).toEqual([201, '{"signed_in":true}']);
    expect((await browser.ask("/api/session")).body).toMatchObject({
      must_change_password: true,
      tenants: [],
    });
    expect((await browser.ask("/api/tenants")).status).toBe(403);
    const change = (current: string, next: string) =>
      browser.ask("/api/session/password", { body: { current_password: current, new_password: next } });
    expect((await change("wrong", ownPassword)).body.problems).toMatchObject([{ field: "current_password" }]);
    expect((await change(password, "password1234")).body.problems).toMatchObject([{ field: "new_password" }]);
    expect((await change(password, password)).status).toBe(422);
    const before = browser.cookies.get(cookie);
    expect((await change(password, ownPassword)).status).toBe(204);
    expect(browser.cookies.get(cookie)).not.toBe(before);
    expect((await browser.ask("/api/tenants")).status).toBe(200);
    expect((await browser.ask("/api/session", { body: { email, password } })).status).toBe(401);
  });

  it("is a cookie that scripts cannot read, with its hash in Postgres alone", async () => {
    const browser = await door.signIn(ann);
    const token = browser.cookies.get(cookie) ?? "";
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(browser.given.at(-1)).toMatch(/; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/);
    const { rows } = await door.database.pool.query("select * from sessions");
    expect(JSON.stringify(rows)).not.toContain(token);
    const { text } = await browser.ask("/api/session");
    expect(text).not.toContain(token);
    expect(text).not.toMatch(/hash|argon/);
  });

  it("has the prefix __Host- and Secure behind TLS, and is refused over plain HTTP elsewhere", async () => {
    const { databaseUrl } = door.database;
    const [tls, plain] = await Promise.all([
      runApi(databaseUrl, { publicUrl: "https://floe.example" }),
      runApi(databaseUrl, { publicUrl: "http://floe.example" }),
    ]);
    const body = { email: ann.email, password: ownPassword };
    const browser = createBrowser(tls);
    expect((await browser.ask("/api/session", { body })).status).toBe(201);
    expect(browser.given.at(-1)).toMatch(
      /^__Host-floe-session=[\w-]{43};.* Path=\/; .*HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(browser.given.at(-1)).not.toContain("Domain");
    expect((await createBrowser(plain).ask("/api/session", { body })).status).toBe(403);
    await Promise.all([tls.api.close(), plain.api.close()]);
  });

  it("is never the one that a browser came with, and that one ends", async () => {
    const victim = await door.signIn(ann);
    const planted = victim.cookies.get(cookie) ?? "";
    const bob = await door.person({ other: "viewer" });
    await victim.ask("/api/session", { body: { email: bob.email, password: ownPassword } });
    expect(victim.cookies.get(cookie)).not.toBe(planted);
    const attacker = createBrowser(door);
    attacker.cookies.set(cookie, planted);
    expect((await attacker.ask("/api/session")).status).toBe(401);
    attacker.cookies.set(cookie, "A".repeat(43));
    await attacker.ask("/api/session", { body: { email: bob.email, password: ownPassword } });
    expect(attacker.cookies.get(cookie)).not.toBe("A".repeat(43));
  });

  it("ends when it is not used, at the latest after its time, when signed out, and with its user", async () => {
    const over = async (sql: string) => {
      const browser = await door.signIn(ann);
      await door.database.pool.query(sql, [ann.userId]);
      return (await browser.ask("/api/session")).status;
    };
    expect(await over("update sessions set last_seen_at = now() - interval '11 h' where user_id = $1")).toBe(
      200,
    );
    expect(await over("update sessions set last_seen_at = now() - interval '12 h' where user_id = $1")).toBe(
      401,
    );
    expect(await over("update sessions set expires_at = now() where user_id = $1")).toBe(401);
    const browser = await door.signIn(ann);
    const token = browser.cookies.get(cookie) ?? "";
    await browser.ask("/api/session", { method: "DELETE" });
    browser.cookies.set(cookie, token);
    expect((await browser.ask("/api/session")).status).toBe(401);
    const bob = await door.person();
    const his = await door.signIn(bob);
    await door.users.disable({ userId: bob.userId });
    expect((await his.ask("/api/session")).status).toBe(401);
    await expect(door.signIn(bob)).rejects.toThrow("no user with this address and this password");
  });

  it("is listed with the others of its user, ended alone, or everywhere; never another's", async () => {
    const bob = await door.person({ acme: "viewer" });
    const [one, two, hers] = [await door.signIn(bob), await door.signIn(bob), await door.signIn(ann)];
    const listed = (await one.ask("/api/sessions")).body.data as { session_id: string; current: boolean }[];
    expect(listed.map(({ current }) => current)).toEqual([false, true]);
    const id = listed[0]?.session_id ?? "";
    expect((await hers.ask(`/api/sessions/${id}`, { method: "DELETE" })).status).toBe(404);
    expect((await two.ask("/api/session")).status).toBe(200);
    expect((await one.ask(`/api/sessions/${id}`, { method: "DELETE" })).status).toBe(204);
    expect((await two.ask("/api/session")).status).toBe(401);
    expect((await one.ask("/api/sessions", { method: "DELETE" })).body).toEqual({ ended: 1 });
    expect((await one.ask("/api/session")).status).toBe(401);
    expect((await hers.ask("/api/session")).status).toBe(200);
  });
});

describe("Somebody who signed in", () => {
  it("does what the role allows in the tenant that Floe-Tenant names, and sees no other", async () => {
    const browser = await door.signIn(await door.person({ acme: "owner", other: "viewer" }));
    const ask = (path: string, tenant?: string) =>
      browser.ask(path, { headers: tenant === undefined ? {} : { "floe-tenant": tenant } });
    expect((await ask("/api/users")).body.detail).toContain("Floe-Tenant");
    expect((await ask("/api/users", "acme")).status).toBe(200);
    expect((await ask("/api/users", "other")).status).toBe(403);
    expect((await ask("/api/tenants/other", "other")).status).toBe(200);
    expect((await ask("/api/tenants/other", "acme")).status).toBe(403);
    for (const tenant of ["nowhere", "*", "ACME", ""])
      expect((await ask("/api/tenants/acme", tenant)).status).toBe(403);
    expect((await ask("/api/tenants", "acme")).status).toBe(403);
  });

  it("has another role from the next request on, and none when removed", async () => {
    const bob = await door.person({ acme: "owner" });
    const browser = await door.signIn(bob);
    expect((await browser.ask("/api/users")).status).toBe(200);
    await door.users.setRole({ tenantId: "acme", userId: bob.userId, role: "viewer" });
    expect((await browser.ask("/api/users")).status).toBe(403);
    await door.users.removeFrom({ tenantId: "acme", userId: bob.userId });
    expect((await browser.ask("/api/tenants/acme")).status).toBe(403);
  });

  it("as an admin may everything, or is the owner of the tenant that is named; and speaks for nobody else", async () => {
    const admin = await door.person({}, { admin: true });
    const browser = await door.signIn(admin);
    expect((await browser.ask("/api/tenants")).status).toBe(200);
    const acme = { "floe-tenant": "acme" };
    expect((await browser.ask("/api/tenants", { headers: acme })).status).toBe(403);
    expect((await browser.ask("/api/users", { headers: acme })).status).toBe(200);
    const body = { email: "made@people.example", name: "Made" };
    const made = await browser.ask("/api/users", { body, headers: { "floe-actor": "somebody else" } });
    expect(made.status).toBe(201);
    const { rows } = await door.database.pool.query(
      "select actor, after from audit_log where action = 'users.create'",
    );
    expect(rows).toMatchObject([{ actor: `user:${admin.userId}` }]);
    expect(JSON.stringify(rows)).not.toContain(made.body.password);
  });

  it("sees the metrics of the platform as its admin, and as nobody else", async () => {
    const admin = await door.signIn(await door.person({}, { admin: true }));
    const metrics = async (browser: typeof admin, headers = {}) => browser.ask("/metrics", { headers });
    expect((await metrics(admin)).text).toContain("sign_ins_total");
    expect((await metrics(admin, { "floe-tenant": "acme" })).status).toBe(403);
    expect((await metrics(await door.signIn(ann))).status).toBe(403);
    expect((await metrics(createBrowser(door))).status).toBe(401);
  });

  it("changes nothing by what another site made the browser send", async () => {
    const browser = await door.signIn(ann);
    const body = { email: "x@people.example", role: "viewer" };
    const invite = (headers: Record<string, string>) => browser.ask("/api/invitations", { body, headers });
    const foreign = ["cross-site", "same-site", "none"].map((site) => ({ "sec-fetch-site": site }));
    for (const headers of [...foreign, { origin: "https://evil.example" }, { origin: "null" }]) {
      expect((await invite(headers)).status).toBe(403);
      expect((await browser.ask("/api/session", { method: "DELETE", headers })).status).toBe(403);
    }
    const bare = await fetch(`${door.url}/api/invitations`, {
      method: "POST",
      headers: { cookie: `${cookie}=${browser.cookies.get(cookie)}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    expect(bare.status).toBe(403);
    expect((await door.users.invitations({ tenantId: "acme" })).length).toBe(0);
    expect((await invite({ origin: door.url, "sec-fetch-site": "same-origin" })).status).toBe(201);
    const form = { email: ann.email, password: ownPassword };
    const planted = await browser.ask("/sign-in", { form, headers: { "sec-fetch-site": "cross-site" } });
    expect(planted.status).toBe(403);
  });

  it("is answered under an Idempotency-Key in one tenant, not in another", async () => {
    const browser = await door.signIn(await door.person({ acme: "owner", other: "owner" }));
    const create = (tenant: string) =>
      browser.ask("/api/keys", {
        body: { name: "k", role: "viewer" },
        headers: { "floe-tenant": tenant, "idempotency-key": "same" },
      });
    expect((await create("acme")).body.tenant_id).toBe("acme");
    expect((await create("other")).body.tenant_id).toBe("other");
  });
});
