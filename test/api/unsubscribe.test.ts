import { afterAll, beforeAll, expect, test } from "vitest";
import { createSuppressionStore } from "../../db/suppressions.js";
import { testDatabase, type TestDatabase } from "../setup/stack.js";
import {
  request,
  runApi,
  tokens,
  trackedRecipient,
  type RunningApi,
  type TrackedRecipient,
} from "./fixture.js";

let database: TestDatabase;
let running: RunningApi;

beforeAll(async () => {
  database = await testDatabase();
  running = await runApi(database.databaseUrl);
});
afterAll(() => running.api.close());

async function suppression(who: TrackedRecipient): Promise<string | undefined> {
  const found = await createSuppressionStore(database.pool).findSuppression(who.tenantId, who.email);
  return found?.reason;
}

async function unsubscribes(who: TrackedRecipient): Promise<number> {
  const { rows } = await database.pool.query(
    "select 1 from email_events where send_id = $1 and contact_id = $2 and kind = 'unsubscribe'",
    [who.sendId, who.contactId],
  );
  return rows.length;
}

const multipart = (): FormData => {
  const form = new FormData();
  form.set("List-Unsubscribe", "One-Click");
  return form;
};

test.each([
  ["urlencoded", () => new URLSearchParams({ "List-Unsubscribe": "One-Click" })],
  ["multipart", multipart],
  ["without a body", () => undefined],
])(
  "a one-click POST (%s) unsubscribes before it is answered, without redirect or cookie",
  async (_form, body) => {
    const who = await trackedRecipient(database.pool);
    const answer = await request(`${running.url}/u/${who.token}`, { method: "POST", body: body() });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("set-cookie")).toBeNull();
    expect(await answer.text()).toContain("You are unsubscribed");
    expect(await suppression(who)).toBe("unsubscribed");
  },
);

test("a repeated one-click POST is the same unsubscribe", async () => {
  const who = await trackedRecipient(database.pool);
  const post = (): Promise<Response> =>
    request(`${running.url}/u/${who.token}`, { method: "POST", body: multipart() });
  const answers = [...(await Promise.all([post(), post(), post()])), await post()];
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200]);
  expect(await unsubscribes(who)).toBe(1);
});

test("a GET shows a page with a button and does not unsubscribe", async () => {
  const who = await trackedRecipient(database.pool);
  const url = `${running.url}/u/${who.token}`;
  const answer = await request(url);
  const html = await answer.text();
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(answer.headers.get("cache-control")).toContain("no-store");
  expect(html).toMatch(/<form method="post"/);
  expect(html).not.toContain("<script");
  expect(html).not.toContain(who.email);
  expect(await suppression(who)).toBeUndefined();

  // What the button does, by the address the page gives.
  const action = /action="([^"]+)"/.exec(html)?.[1] ?? "";
  const pressed = await request(new URL(action, url).href, {
    method: "POST",
    body: new URLSearchParams({ "List-Unsubscribe": "One-Click" }),
  });
  expect(pressed.status).toBe(200);
  expect(await suppression(who)).toBe("unsubscribed");

  const again = await request(url);
  expect(await again.text()).toContain("already unsubscribed");
});

test("a token that was not made here unsubscribes nobody", async () => {
  const who = await trackedRecipient(database.pool);
  const forged = who.token.slice(0, -3) + (who.token.endsWith("AAA") ? "BBB" : "AAA");
  for (const method of ["GET", "POST"]) {
    const answer = await request(`${running.url}/u/${forged}`, { method });
    expect(answer.status).toBe(404);
  }
  const gone = tokens.recipientToken("0198c5d2-0000-7000-8000-000000000000", "1");
  expect((await request(`${running.url}/u/${gone}`, { method: "POST" })).status).toBe(404);
  expect(await suppression(who)).toBeUndefined();
});

test("a body far beyond a one-click body is refused", async () => {
  const who = await trackedRecipient(database.pool);
  const answer = await request(`${running.url}/u/${who.token}`, {
    method: "POST",
    body: "x".repeat(100_000),
  });
  expect(answer.status).toBe(413);
  expect(await suppression(who)).toBeUndefined();
});

test("other methods are told which ones there are", async () => {
  const who = await trackedRecipient(database.pool);
  const answer = await request(`${running.url}/u/${who.token}`, { method: "DELETE" });
  expect(answer.status).toBe(405);
  expect(answer.headers.get("allow")).toBe("GET, HEAD, POST");
});
