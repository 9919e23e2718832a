import { afterAll, beforeAll, expect, it } from "vitest";
import { dsn, noSuchUser } from "../inbound/samples.js";
import { testDatabase, testRedis, type TestDatabase } from "../setup/stack.js";
import { asking, keyOf } from "./asking.js";
import { runApi, secret, tokens, trackedRecipient, type RunningApi } from "./fixture.js";

const apiToken = "a-token-of-the-platform";
let database: TestDatabase;
let running: RunningApi;

beforeAll(async () => {
  database = await testDatabase();
  const { url: redisUrl } = await testRedis();
  running = await runApi(database.databaseUrl, { apiToken, redisUrl, secret });
});
afterAll(() => running.api.close());

async function take(message: string, key = apiToken) {
  const response = await fetch(`${running.url}/api/bounces`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "message/rfc822" },
    body: message,
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

it("What came back is taken from the platform, and shown to the tenant whose mail it was", async () => {
  const { tenantId, sendId, contactId } = await trackedRecipient(database.pool);
  const key = await keyOf(database, tenantId, "operator");
  const ask = asking(running.url, key);
  const link = `https://example.com/u/${tokens.recipientToken(sendId, contactId)}`;
  const message = dsn(noSuchUser, link);
  expect((await take(message, key)).status).toBe(403);
  expect((await take(message, "floe_nobody")).status).toBe(401);
  expect(await take(message)).toMatchObject({
    status: 200,
    body: { kind: "bounce", bounce_class: "hard", result: "suppressed" },
  });
  const { body } = await ask("GET", "/api/bounces?kind=bounce");
  expect(body.data).toMatchObject([{ send_id: sendId, contact_id: contactId, result: "suppressed" }]);
  const path = `/api/bounces/${(body.data as { report_id: string }[])[0]?.report_id}`;
  expect((await ask("GET", path)).body).toMatchObject({ raw_bytes: message.length, claimed_address: null });
  const raw = await ask("GET", `${path}/raw`);
  expect([raw.headers.get("content-type"), raw.body.text]).toEqual(["message/rfc822", message]);
  expect((await ask("POST", `${path}/reprocess`)).body).toMatchObject({ result: "unchanged" });
  const stranger = asking(
    running.url,
    await keyOf(database, (await trackedRecipient(database.pool)).tenantId),
  );
  for (const at of [path, `${path}/raw`]) expect((await stranger("GET", at)).status).toBe(404);
  expect((await ask("GET", "/api/bounces/unmatched")).status).toBe(403);
  expect((await ask("GET", "/api/bounces?kind=spam")).body.problems).toMatchObject([{ pointer: "/kind" }]);
});

it("The audit log is read page by page, by its tenant alone", async () => {
  const { tenantId } = await trackedRecipient(database.pool);
  const ask = asking(running.url, await keyOf(database, tenantId));
  for (const name of ["a", "b", "c"])
    await ask("POST", "/api/keys", { name, role: "viewer" }, { "floe-reason": `for ${name}` });
  const first = await ask("GET", "/api/audit?action=keys.create&limit=2");
  expect(first.body.data).toMatchObject([{ reason: "for c", outcome: "done" }, { reason: "for b" }]);
  const { body } = await ask(
    "GET",
    `/api/audit?action=keys.create&limit=2&before=${String(first.body.next)}`,
  );
  expect(body).toMatchObject({ data: [{ reason: "for a" }], next: null });
  expect((await ask("GET", "/api/audit?before=x")).body.problems).toMatchObject([{ pointer: "/before" }]);
});
