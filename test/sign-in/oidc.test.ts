import { createServer, type AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OidcConfig } from "../../runtime/oidc-config.js";
import { runApi, type RunningApi } from "../api/fixture.js";
import { testDatabase, testRedis } from "../setup/stack.js";
import { createUsersOf } from "../../client/parts.js";
import { createTenantStore } from "../../db/tenants.js";
import type { Users } from "../../client/users.js";
import { sealerOf } from "../support/keys.js";
import { createBrowser, type Answer, type Browser } from "./browser.js";
import { startOidcProvider, type TestProvider } from "./oidc-provider.js";

let provider: TestProvider;
let strict: RunningApi;
let open: RunningApi;
let users: Users;
let databaseUrl: string;

beforeAll(async () => {
  const database = await testDatabase();
  const { url: redisUrl } = await testRedis();
  databaseUrl = database.databaseUrl;
  users = createUsersOf(database.pool, sealerOf(), {});
  await createTenantStore(database.pool).createTenant({
    tenantId: "acme",
    name: "Acme",
    providerChoice: "auto",
  });
  const apiPort = await freePort();
  // Where the provider sends browsers back to; what is meant for the second API is brought to it by the test.
  const publicUrl = `http://127.0.0.1:${apiPort}`;
  provider = await startOidcProvider(() => `${publicUrl}/api/session/oidc/callback`);
  const oidc: OidcConfig = {
    issuer: provider.issuer,
    clientId: "floe",
    clientSecret: "a-secret-of-the-client",
  };
  strict = await runApi(databaseUrl, { redisUrl, apiPort, publicUrl, oidc });
  const createUsers = { tenantId: "acme", role: "viewer" } as const;
  open = await runApi(databaseUrl, { redisUrl, publicUrl, oidc: { ...oidc, createUsers } });
}, 60_000);
afterAll(async () => {
  await Promise.all([strict.api.close(), open.api.close()]);
  await provider.close();
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => void server.close(() => resolve()));
  return port;
}

const html = { accept: "text/html", "sec-fetch-site": "cross-site" };

/** Goes where it is sent at the provider; to where that sends it back, which is not asked yet. */
async function vouched(browser: Browser, api: RunningApi, query = ""): Promise<string> {
  let at =
    (await browser.ask(`/api/session/oidc/start${query}`, { headers: html })).headers.get("location") ?? "";
  const elsewhere = createBrowser({ url: provider.issuer });
  for (let hops = 0; hops < 10; hops += 1) {
    const { headers, status, text } = await elsewhere.ask(at, { headers: html });
    const next = headers.get("location");
    if (next === null) throw new Error(`${status} ${text}`);
    at = new URL(next, at).href;
    if (at.includes("/oidc/callback")) return at.replace(/^http:\/\/[^/]+/, api.url);
  }
  throw new Error(`Sent around in circles: ${at}`);
}

async function comeBack(browser: Browser, api: RunningApi, query = ""): Promise<Answer> {
  return browser.ask(await vouched(browser, api, query), { headers: html });
}

describe("An identity provider", () => {
  it("lets in who is a user, by an address that it has verified; later by its own name for them", async () => {
    const { email } = await users.create({ email: "ann@people.example", name: "Ann" });
    provider.account = { sub: "ann-1", email, email_verified: true };
    const browser = createBrowser(strict);
    const back = await comeBack(browser, strict, "?return_to=/reports%3Fx=1");
    expect([back.status, back.headers.get("location")]).toEqual([303, "/reports?x=1"]);
    expect((await browser.ask("/api/session")).body).toMatchObject({ method: "oidc", user: { email } });
    expect(browser.cookies.has("floe-oidc")).toBe(false);
    provider.account = { sub: "ann-1", email: "ann@elsewhere.example", email_verified: false };
    const again = createBrowser(strict);
    expect((await comeBack(again, strict, "?return_to=//evil.example")).headers.get("location")).toBe(
      "/dashboard",
    );
    expect((await again.ask("/api/session")).body).toMatchObject({ user: { email } });
  });

  it("lets in nobody by an address that is not verified, nor who is no user or disabled", async () => {
    const { email, userId } = await users.create({ email: "bob@people.example", name: "Bob" });
    const refusedFor = async (account: TestProvider["account"]) => {
      provider.account = account;
      const browser = createBrowser(strict);
      const { status } = await comeBack(browser, strict);
      expect(browser.cookies.has("floe-session")).toBe(false);
      return status;
    };
    expect(await refusedFor({ sub: "bob-1", email, email_verified: false })).toBe(403);
    expect(await refusedFor({ sub: "carl-1", email: "carl@people.example", email_verified: true })).toBe(403);
    await users.disable({ userId });
    expect(await refusedFor({ sub: "bob-1", email, email_verified: true })).toBe(403);
    expect(await users.list({ email: "carl@people.example" })).toEqual([]);
  });

  it("makes users of a tenant where that is configured", async () => {
    provider.account = { sub: "dora-1", email: "Dora@people.example", email_verified: true, name: "Dora" };
    const browser = createBrowser(open);
    expect((await comeBack(browser, open)).status).toBe(303);
    expect((await browser.ask("/api/session")).body.tenants).toMatchObject([
      { tenant_id: "acme", role: "viewer" },
    ]);
    expect(await users.list({ email: "dora@people.example" })).toMatchObject([{ name: "Dora" }]);
  });

  it("counts only for the browser that began, once, with its own state and an answer that was not changed", async () => {
    await users.create({ email: "eve@people.example", name: "Eve" });
    provider.account = { sub: "eve-1", email: "eve@people.example", email_verified: true };
    const [mine, other] = [createBrowser(strict), createBrowser(strict)];
    const back = await vouched(mine, strict);
    expect((await other.ask(back, { headers: html })).status).toBe(403);
    await other.ask("/api/session/oidc/start", { headers: html });
    expect((await other.ask(back, { headers: html })).status).toBe(403);
    expect((await mine.ask(back, { headers: html })).status).toBe(303);
    expect((await mine.ask(back, { headers: html })).status).toBe(403);
    const changed = createBrowser(strict);
    const answer = (await vouched(changed, strict)).replace(/code=[^&]+/, "code=forged");
    expect((await changed.ask(answer, { headers: html })).status).toBe(403);
    expect(changed.cookies.has("floe-session")).toBe(false);
  });

  it("that is away is told as such, and passwords go on", async () => {
    const oidc: OidcConfig = { issuer: "http://127.0.0.1:1", clientId: "floe" };
    const away = await runApi(databaseUrl, { oidc });
    const { status } = await createBrowser(away).ask("/api/session/oidc/start");
    expect(status).toBe(503);
    expect((await createBrowser(away).ask("/sign-in")).text).toContain("Sign in with your organisation");
    await away.api.close();
  });
});
