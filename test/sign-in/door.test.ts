import { randomBytes } from "node:crypto";
import { Secret, TOTP } from "otpauth";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFirstAdmin } from "../../client/first-admin.js";
import { stepOfCode } from "../../client/totp.js";
import { createUserStore } from "../../db/users.js";
import { testDatabase } from "../setup/stack.js";
import { createBrowser, type Browser } from "./browser.js";
import { openDoor, ownPassword, type Door } from "./fixture.js";

let door: Door;
beforeAll(async () => {
  door = await openDoor();
}, 60_000);
afterAll(() => door.api.close());

const codeAt = (secret: string, offMs = 0) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + offMs });

async function setUp(browser: Browser): Promise<{ secret: string; codes: string[] }> {
  const begun = await browser.ask("/api/session/totp", { body: { current_password: ownPassword } });
  const secret = String(begun.body.secret);
  const confirmed = await browser.ask("/api/session/totp/confirm", {
    body: { code: codeAt(secret, -30_000) },
  });
  return { secret, codes: confirmed.body.recovery_codes as string[] };
}

describe("TOTP", () => {
  it("is a code of now, or of one step before or after", () => {
    const secret = "JBSWY3DPEHPK3PXP";
    const at = 1_700_000_010_000;
    const steps = [-2, -1, 0, 1, 2].map((off) => {
      const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: at + off * 30_000 });
      return stepOfCode(secret, code, at);
    });
    const now = Math.floor(at / 30_000);
    expect(steps).toEqual([null, now - 1, now, now + 1, null]);
  });

  it("is asked for once it is set up, each code once, a recovery code in its place, and sealed in Postgres", async () => {
    const person = await door.person();
    const browser = await door.signIn(person);
    const elsewhere = await door.signIn(person);
    expect((await browser.ask("/api/session/totp", { body: {} })).status).toBe(422);
    const { secret, codes } = await setUp(browser);
    expect(codes).toHaveLength(10);
    expect((await elsewhere.ask("/api/session")).status).toBe(401);
    expect((await browser.ask("/api/session")).body).toMatchObject({ totp: true, second_factor: true });
    const attempt = async (extra: Record<string, string>) => {
      const body = { email: person.email, password: ownPassword, ...extra };
      const { status, body: said } = await createBrowser(door).ask("/api/session", { body });
      return status === 201 ? "in" : said.detail;
    };
    expect(await attempt({})).toContain("needed");
    expect(await attempt({ code: codeAt(secret, -120_000) })).toContain("not good");
    const code = codeAt(secret, 30_000);
    expect(await attempt({ code })).toBe("in");
    expect(await attempt({ code })).toContain("used before");
    const typed = (codes[0] ?? "").toUpperCase().replaceAll("-", " ");
    expect(await attempt({ recovery_code: typed })).toBe("in");
    expect(await attempt({ recovery_code: typed })).toContain("used before");
    const { rows } = await door.database.pool.query("select totp_secret from users where user_id = $1", [
      person.userId,
    ]);
    expect(rows).toMatchObject([{ totp_secret: expect.stringMatching(/^sealed:v1:/) as unknown }]);
    const removed = await browser.ask("/api/session/totp/remove", { body: { recovery_code: codes[1] } });
    expect(removed.status).toBe(204);
    expect(await attempt({})).toBe("in");
  });

  it("keeps a tenant that requires it closed to whoever showed no code, and leaves others open", async () => {
    const browser = await door.signIn(await door.person({ acme: "owner", other: "viewer" }));
    const at = async (tenant: string) =>
      (await browser.ask(`/api/tenants/${tenant}`, { headers: { "floe-tenant": tenant } })).status;
    const policy = { body: { required: true }, method: "PUT", headers: { "floe-tenant": "acme" } };
    expect((await browser.ask("/api/totp-policy", policy)).status).toBe(200);
    expect([await at("acme"), await at("other")]).toEqual([403, 200]);
    const admin = await door.signIn(await door.person({}, { admin: true }));
    const asOwner = { headers: { "floe-tenant": "acme" } };
    expect((await admin.ask("/api/tenants/acme", asOwner)).status).toBe(403);
    await setUp(browser);
    expect([await at("acme"), await at("other")]).toEqual([200, 200]);
    await door.users.setTotpPolicy({ tenantId: "acme", required: false });
  });
});

describe("Guessing", () => {
  const guess = (email: string, password: string, api = door) =>
    createBrowser(api).ask("/api/session", { body: { email, password } });

  it("is answered alike whoever it is about, and written down with its reason and without the password", async () => {
    const { email, userId } = await door.person();
    const answers = [
      await guess(email, "wrong-guess-1"),
      await guess("nobody@people.example", "wrong-guess-2"),
    ];
    await door.users.disable({ userId });
    answers.push(await guess(email, ownPassword), await guess("not an address", "wrong-guess-3"));
    const [first] = answers.map(({ status, body }) => ({ status, ...body, request_id: null }));
    expect(first?.status).toBe(401);
    for (const { status, body } of answers) expect({ status, ...body, request_id: null }).toEqual(first);
    const { rows } = await door.database.pool.query(
      "select reason, subject, after from audit_log where action = 'session.refuse' order by audit_id desc limit 4",
    );
    expect(rows.map(({ reason }: { reason: string }) => reason)).toEqual([
      ...["unknown user", "disabled", "unknown user", "wrong password"],
    ]);
    const { rows: all } = await door.database.pool.query("select * from audit_log");
    expect(JSON.stringify(all)).not.toMatch(/wrong-guess|giraffes/);
  });

  it("is held back by account, whichever password comes then, and not for good", async () => {
    const { email } = await door.person();
    for (let i = 0; i < 10; i += 1) expect((await guess(email, "wrong")).status).toBe(401);
    const held = await guess(email, ownPassword);
    expect(held.status).toBe(429);
    const seconds = Number(held.headers.get("retry-after"));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    expect((await guess("somebody-else@people.example", "wrong")).status).toBe(401);
  });

  it(
    "is held back by address, whoever it is about, and of IPv6 by network",
    { timeout: 120_000 },
    async () => {
      const network = `2001:db8:${randomBytes(2).toString("hex")}`;
      const attempt = (address: string, i: number) =>
        createBrowser(door, address).ask("/api/session", {
          body: { email: `guess${i}@people.example`, password: "wrong" },
        });
      const ends = await Promise.all(
        Array.from({ length: 90 }, (_, i) => attempt(`${network}:1::${i + 1}`, i)),
      );
      expect(ends.filter(({ status }) => status === 401).length).toBeGreaterThanOrEqual(60);
      expect(ends.some(({ status }) => status === 429)).toBe(true);
      expect((await attempt(`${network}:2::1`, 91)).status).toBe(401);
    },
  );

  it(
    "is held back by each process alone while Redis is away, and people sign in",
    { timeout: 120_000 },
    async () => {
      const away = await openDoor({ redisUrl: "redis://127.0.0.1:1" });
      const person = await away.person();
      await away.signIn(person);
      const ends = await Promise.all(Array.from({ length: 12 }, () => guess(person.email, "wrong", away)));
      expect(ends.filter(({ status }) => status === 401)).toHaveLength(10);
      expect(ends.filter(({ status }) => status === 429)).toHaveLength(2);
      await away.api.close();
    },
  );
});

describe("The pages at the door", () => {
  it("let a person in with forms alone, change a given password, and let out", async () => {
    const { email, password } = await door.users.create({
      email: "forms@people.example",
      name: "B",
    });
    const browser = createBrowser(door);
    const page = await browser.ask("/sign-in", { headers: { accept: "text/html" } });
    expect(page.text).toContain('<form method="post" action="/sign-in">');
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    const wrong = await browser.ask("/sign-in", { form: { email: '"><script>', password: "wrong" } });
    expect([wrong.status, wrong.text.includes("<script>")]).toEqual([401, false]);
    const began = await browser.ask("/sign-in", { form: { email, password, return_to: "//evil.example" } });
    expect([began.status, began.headers.get("location")]).toEqual([303, "/dashboard"]);
    expect((await browser.ask("/sign-in", { headers: { accept: "text/html" } })).text).toContain(
      "Choose your own",
    );
    const form = { current_password: password, new_password: ownPassword };
    const weak = await browser.ask("/sign-in/password", { form: { ...form, new_password: "password1234" } });
    expect(weak.text).toContain("easy to guess");
    expect(weak.text).not.toContain("password1234");
    expect((await browser.ask("/sign-in/password", { form })).status).toBe(303);
    expect((await browser.ask("/sign-in", { headers: { accept: "text/html" } })).text).toContain(
      "You are signed in",
    );
    await browser.ask("/sign-out", { form: {} });
    expect((await browser.ask("/api/session")).status).toBe(401);
    const form2 = { email, password: ownPassword, return_to: "/reports?x=1" };
    expect((await browser.ask("/sign-in", { form: form2 })).headers.get("location")).toBe("/reports?x=1");
  });

  it("let somebody join by an invitation, once", async () => {
    const { link } = await door.users.invite({
      tenantId: "acme",
      email: "join@people.example",
      role: "viewer",
    });
    const browser = createBrowser(door);
    expect((await browser.ask(link, { headers: { accept: "text/html" } })).text).toContain(
      "join@people.example",
    );
    expect((await browser.ask(link, { form: { name: "J", password: "short" } })).status).toBe(422);
    expect((await browser.ask(link, { form: { name: "J", password: ownPassword } })).status).toBe(303);
    expect((await browser.ask(link, { form: { name: "J", password: ownPassword } })).status).toBe(404);
    expect(
      (await browser.ask("/sign-in", { form: { email: "join@people.example", password: ownPassword } }))
        .status,
    ).toBe(303);
  });
});

it("The first start makes one admin, however many processes start, and a later one none", async () => {
  const { pool } = await testDatabase();
  const store = createUserStore(pool);
  const made = await Promise.all([createFirstAdmin(store), createFirstAdmin(store)]);
  expect(made.filter((admin) => admin !== null)).toHaveLength(1);
  expect(await createFirstAdmin(store)).toBeNull();
  expect(await store.listUsers(null, { limit: 10 })).toMatchObject([
    { admin: true, mustChangePassword: true },
  ]);
});
