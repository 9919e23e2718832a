import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createAnalyticsStore } from "../../db/analytics.js";
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
let who: TrackedRecipient;

beforeAll(async () => {
  database = await testDatabase();
  running = await runApi(database.databaseUrl);
  who = await trackedRecipient(database.pool);
});
afterAll(() => running.api.close());

async function events(
  kind: string,
): Promise<{ link: number | null; url: string | null; user_agent: string | null }[]> {
  const { rows } = await database.pool.query<{
    link: number | null;
    url: string | null;
    user_agent: string | null;
  }>("select link, url, user_agent from email_events where send_id = $1 and kind = $2 order by event_id", [
    who.sendId,
    kind,
  ]);
  return rows;
}

test("an open answers with a pixel that nobody caches, and is counted once as unique", async () => {
  const answers = await Promise.all([1, 2, 3].map(() => request(`${running.url}/o/${who.token}.gif`)));
  for (const answer of answers) {
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("image/gif");
    expect(answer.headers.get("cache-control")).toContain("no-store");
    expect(answer.headers.get("x-powered-by")).toBeNull();
    expect(
      Buffer.from(await answer.arrayBuffer())
        .subarray(0, 6)
        .toString(),
    ).toBe("GIF89a");
  }
  expect(await events("open")).toHaveLength(3);
  const counts = await createAnalyticsStore(database.pool).loadAnalytics(who.tenantId, who.sendId);
  expect(counts).toMatchObject({ opens: 3, uniqueOpens: 1 });
});

test("an open with a bad token still shows a pixel and records nothing", async () => {
  const before = await events("open");
  const answer = await request(`${running.url}/o/${who.token.slice(0, -2)}xx.gif`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe("image/gif");
  expect(await events("open")).toEqual(before);
});

test("a click leads to the link at its place, and records the place and a cut user agent", async () => {
  const answer = await request(`${running.url}/c/${who.token}/0`, {
    headers: { "user-agent": "u".repeat(5_000) },
  });
  expect(answer.status).toBe(302);
  expect(answer.headers.get("location")).toBe("https://shop.example/sale?x=1&y=%20z");
  expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
  expect((await events("click")).at(-1)).toEqual({ link: 0, url: null, user_agent: "u".repeat(400) });
});

test("a click on a signed link leads there, and records the URL", async () => {
  const url = "https://shop.example/orders/42?a=b&c=ü";
  const query = new URLSearchParams({ u: url, s: tokens.urlMac(who.token, url) });
  const answer = await request(`${running.url}/c/${who.token}?${query.toString()}`);
  expect(answer.status).toBe(302);
  expect(answer.headers.get("location")).toBe("https://shop.example/orders/42?a=b&c=%C3%BC");
  expect((await events("click")).at(-1)).toMatchObject({ link: null, url });
});

test("a link leads nowhere but where the mail pointed", async () => {
  const signed = "https://shop.example/";
  const other = await trackedRecipient(database.pool);
  const script = "javascript:alert(1)";
  const refused: [path: string, status: number][] = [
    [`/c/${who.token}?u=https%3A%2F%2Fevil.example%2F&s=${tokens.urlMac(who.token, signed)}`, 400],
    // A MAC made for another recipient.
    [`/c/${who.token}?u=${encodeURIComponent(signed)}&s=${tokens.urlMac(other.token, signed)}`, 400],
    [`/c/${who.token}?u=${encodeURIComponent(signed)}&s=ä`, 400],
    [`/c/${who.token}?u=${encodeURIComponent(signed)}`, 400],
    [`/c/${who.token}?u=a&u=b&s=c`, 400],
    [`/c/${who.token}?u=${encodeURIComponent(script)}&s=${tokens.urlMac(who.token, script)}`, 400],
    [`/c/${who.token}`, 400],
    [`/c/${who.token}/2`, 404],
    [`/c/${who.token}/-1`, 404],
    [`/c/${who.token}/constructor`, 404],
    [`/c/nonsense/0`, 404],
    [`/c/${tokens.recipientToken("0198c5d2-0000-7000-8000-000000000000", "1")}/0`, 404],
    [`/c/%E0%A4%A/0`, 400],
  ];
  for (const [path, status] of refused) {
    const answer = await request(running.url + path);
    expect([path, answer.status]).toEqual([path, status]);
    expect(answer.headers.get("location")).toBeNull();
    expect(answer.headers.get("content-type")).toMatch(/problem\+json/);
  }
});

test("a person's browser gets a page instead of JSON, which may load and run nothing", async () => {
  const answer = await request(`${running.url}/c/nonsense/0`, { headers: { accept: "text/html,*/*;q=0.8" } });
  expect(answer.status).toBe(404);
  expect(answer.headers.get("content-type")).toMatch(/^text\/html/);
  expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(await answer.text()).toContain("Please use the link in the email.");
});

test("HEAD looks without counting as an open or a click", async () => {
  const before = [await events("open"), await events("click")];
  const click = await request(`${running.url}/c/${who.token}/1`, { method: "HEAD" });
  const open = await request(`${running.url}/o/${who.token}.gif`, { method: "HEAD" });
  expect([click.status, click.headers.get("location"), open.status]).toEqual([
    302,
    "https://shop.example/help",
    200,
  ]);
  expect([await events("open"), await events("click")]).toEqual(before);
});

test("what is not there is a problem document", async () => {
  const answer = await request(`${running.url}/nothing`);
  expect(answer.status).toBe(404);
  expect(await answer.json()).toEqual({
    type: "about:blank",
    request_id: answer.headers.get("x-request-id"),
    title: "Not found",
    status: 404,
    detail: "There is nothing here.",
  });
});

test("a thousand opens at once are all recorded", async () => {
  const crowd = await trackedRecipient(database.pool);
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, () =>
      request(`${running.url}/o/${crowd.token}.gif`).then((a) => a.arrayBuffer()),
    ),
  );
  expect(answers).toHaveLength(1_000);
  await vi.waitFor(async () => {
    const counts = await createAnalyticsStore(database.pool).loadAnalytics(crowd.tenantId, crowd.sendId);
    expect(counts).toMatchObject({ opens: 1_000, uniqueOpens: 1 });
  });
});
