import { beforeAll, describe, expect, it } from "vitest";
import { createShop, messagesTo } from "../email/fixture.js";
import { startWorld, type World } from "../support/world.js";
import { allPages, asking, keyOf } from "./asking.js";
import { request, runApi } from "./fixture.js";

const apiToken = "a-token-of-the-api-tests";

let world: World;
let shop: Awaited<ReturnType<typeof createShop>>;
let url: string;

beforeAll(async () => {
  world = await startWorld();
  shop = await createShop(world);
  const { api, url: base } = await runApi(world.config.databaseUrl, {
    redisUrl: world.config.redisUrl,
    temporal: world.config.temporal,
    apiToken,
  });
  url = base;
  return () => api.close();
});

const headers = { authorization: `Bearer ${apiToken}`, "content-type": "application/json" };

async function ask(method: string, path: string, body?: unknown, over: Record<string, string> = {}) {
  const response = await request(`${url}${path}`, {
    method,
    headers: { ...headers, ...over },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  return { status: response.status, type: response.headers.get("content-type"), answer };
}

const body = (recipient: string, over: object = {}) => ({
  tenant_id: shop.tenantId,
  recipient,
  template_id: "hello",
  variables: { first_name: "Ann" },
  from_email: "shop@example.com",
  ...over,
});

describe("POST /api/emails", () => {
  it("takes an email in, and its status can be asked for", async () => {
    const { status, answer } = await ask("POST", "/api/emails", body("ann@http.example"));
    expect(status).toBe(202);
    const id = String(answer.email_id);
    await world.floe.emails.wait({ tenantId: shop.tenantId, emailId: id });
    const found = await ask("GET", `/api/emails/${id}?tenant_id=${shop.tenantId}`);
    expect(found).toMatchObject({
      status: 200,
      answer: {
        email_id: id,
        status: "sent",
        requested_by: "api-token",
        recipients: [{ email: "ann@http.example", reply_code: 250 }],
      },
    });
    expect(messagesTo(world, "ann@http.example")).toHaveLength(1);
  });

  it("lists what was sent by status and address, retries it, and shows a tenant nobody else's", async () => {
    const key = asking(url, await keyOf(world, shop.tenantId, "operator"));
    for (const at of ["a", "b", "c"])
      await world.floe.emails.wait(await world.floe.emails.send(shop.request(`${at}@list.example`)));
    const pages = await allPages(key, "/api/emails?limit=1&status=sent");
    expect(pages.slice(0, 2)).toMatchObject([
      { recipients: [{ email: "c@list.example" }] },
      { recipients: [{ email: "b@list.example" }] },
    ]);
    const { body: found } = await key("GET", "/api/emails?recipient=a@list.example");
    expect(found.data).toHaveLength(1);
    const path = `/api/emails/${String((found.data as { email_id: string }[])[0]?.email_id)}`;
    expect((await key("POST", `${path}/retry`)).body).toEqual({ revived: 0 });
    expect((await key("POST", `${path}/resolve-unknown`, { as: "resend" })).body).toEqual({ resolved: 0 });
    const { tenantId } = await createShop(world);
    const other = asking(url, await keyOf(world, tenantId));
    // Looked at together with the owner: each sees its own rows.
    const [mine, theirs] = await Promise.all([key("GET", path), other("GET", path)]);
    expect([mine.status, theirs.status]).toEqual([200, 404]);
    expect((await other("GET", "/api/emails")).body).toEqual({ data: [], next: null });
  });

  it("answers a repeated key with the first email, from the header as from the body", async () => {
    const first = await ask("POST", "/api/emails", body("ann@key.example"), { "idempotency-key": "k1" });
    // Somebody else's repeat is of the same email.
    const again = await ask("POST", "/api/emails", body("ann@key.example", { idempotency_key: "k1" }), {
      "floe-actor": "bob",
    });
    expect([first.status, again.status]).toEqual([202, 200]);
    expect(again.answer).toMatchObject({ email_id: first.answer.email_id, created: false });
    const other = body("ann@key.example", { idempotency_key: "k1", from_email: "b@example.com" });
    expect(await ask("POST", "/api/emails", other)).toMatchObject({
      status: 409,
      answer: { detail: expect.stringContaining("another from_email;") as string },
    });
  });

  it("names the field of every mistake as the caller named it", async () => {
    const wrong: [over: object, status: number, field: string][] = [
      [{ recipient: "nobody" }, 422, "recipient"],
      [{ from_email: "shop" }, 422, "from_email"],
      [{ reply_to: "x" }, 422, "reply_to"],
      [{ send_at: "tomorrow" }, 422, "send_at"],
      [{ template: "hello" }, 422, "template"],
      [{ headers: { Bcc: "a@b.example" } }, 422, "headers.Bcc"],
      [
        { attachments: [{ filename: "a", content: "aGk=", content_type: "x" }] },
        422,
        "attachments.0.content_type",
      ],
      [{ attachments: [{ filename: "a", content: "aGk=", mime: "x" }] }, 422, "attachments.0.mime"],
      [{ tenant_id: 7 }, 422, "tenant_id"],
    ];
    for (const [over, status, field] of wrong) {
      const refused = await ask("POST", "/api/emails", body("ann@wrong.example", over));
      expect(refused, field).toMatchObject({
        status,
        type: expect.stringContaining("problem+json") as string,
      });
      const problems = refused.answer.problems as { field: string }[];
      expect(problems.map((problem) => problem.field)).toContain(field);
    }
    expect(await ask("POST", "/api/emails", "{")).toMatchObject({ status: 400 });
    expect(await ask("POST", "/api/emails", [])).toMatchObject({ status: 422 });
    const unknown = body("ann@wrong.example", { template_id: "none" });
    expect(await ask("POST", "/api/emails", unknown)).toMatchObject({ status: 404 });
  });
});

describe("POST /api/emails/:id/cancel", () => {
  it("stops what has not left, and says when it is too late", async () => {
    const at = new Date(Date.now() + 3_600_000).toISOString();
    const { answer } = await ask("POST", "/api/emails", body("ann@later.example", { send_at: at }));
    const path = `/api/emails/${String(answer.email_id)}/cancel?tenant_id=${shop.tenantId}`;
    expect(await ask("POST", path)).toMatchObject({ status: 200, answer: { status: "cancelled" } });
    const sent = await world.floe.emails.send(shop.request("ann@gone.example"));
    await world.floe.emails.wait(sent);
    const late = `/api/emails/${sent.emailId}/cancel?tenant_id=${shop.tenantId}`;
    expect(await ask("POST", late)).toMatchObject({ status: 409 });
    expect(await ask("GET", `/api/emails/${sent.emailId}?tenant_id=somebody-else`)).toMatchObject({
      status: 404,
    });
  });
});

describe("whoever shows no key", () => {
  it("is not served; and without a configured token, it lets nobody in", async () => {
    for (const authorization of ["", "Bearer", "Bearer wrong-token-of-the-tests", `Basic ${apiToken}`])
      expect(await ask("POST", "/api/emails", body("a@b.example"), { authorization })).toMatchObject({
        status: 401,
      });
    const { api, url: open } = await runApi(world.config.databaseUrl);
    const response = await request(`${open}/api/emails`, { method: "POST", headers, body: "{}" });
    expect(response.status).toBe(401);
    await api.close();
  });
});
