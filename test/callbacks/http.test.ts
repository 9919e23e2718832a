import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { callbackProviders } from "../../domain/provider-reports.js";
import { request, runApi } from "../api/fixture.js";
import { testDatabase } from "../setup/stack.js";
import { apiToken, createRecipient, payloadOf, runCallbacks, stateOf, type Told } from "./fixture.js";
import { sendgridEvent } from "./samples/sendgrid.js";
import { agent } from "./samples/sample.js";

const { pool, databaseUrl } = await testDatabase();
const api = await runCallbacks(databaseUrl);

async function tell(provider: (typeof callbackProviders)[number], payload: unknown): Promise<number> {
  return (await api.post(provider, await api.sign(provider, payload))).status;
}

describe.each(callbackProviders)("what %s tells", (provider) => {
  test("is followed: a bounce suppresses, is counted and listed with its source", async () => {
    const { send, token } = await createRecipient(pool);
    expect(await tell(provider, payloadOf(provider, "bounced", token))).toBe(204);
    expect(await stateOf(pool, send)).toMatchObject({
      events: [{ kind: "bounce" }],
      suppressions: [{ value: "person-0@example.com", reason: "bounced" }],
      reports: [
        {
          kind: "bounce",
          bounce_class: "hard",
          enhanced_code: "5.1.1",
          source: provider,
          result: "suppressed",
        },
      ],
      counts: [{ returned: "1" }],
    });
  });

  test("counts once, however often it is told, and by several at once", async () => {
    const { send, token } = await createRecipient(pool);
    const payloads = (["delivered", "bounced", "complained"] as const).map((told) =>
      payloadOf(provider, told, token),
    );
    for (const payload of payloads) {
      const signed = await api.sign(provider, payload);
      const again = await Promise.all(Array.from({ length: 4 }, () => api.post(provider, signed)));
      expect(again.map(({ status }) => status)).toEqual([204, 204, 204, 204]);
    }
    expect(await stateOf(pool, send)).toMatchObject({
      events: [{ kind: "bounce" }, { kind: "complaint" }],
      suppressions: [{ reason: "complained" }],
      reports: [{ kind: "bounce" }, { kind: "complaint" }],
      counts: [{ returned: "1", delivered: "1" }],
    });
  });

  test("ends in the same state in whatever order, and however often, it is told", async () => {
    const all = ["delivered", "bounced", "complained"] as const;
    const states = new Set<string>();
    const order = fc
      .shuffledSubarray([...all], { minLength: 3 })
      .chain((first) => fc.tuple(fc.constant(first), fc.array(fc.constantFrom(...all), { maxLength: 3 })));
    await fc.assert(
      fc.asyncProperty(order, async ([first, again]) => {
        const { send, token } = await createRecipient(pool);
        const payloads = new Map<Told, unknown>(
          first.map((told) => [told, payloadOf(provider, told, token)]),
        );
        for (const told of [...first, ...again]) expect(await tell(provider, payloads.get(told))).toBe(204);
        const { reports, ...state } = await stateOf(pool, send);
        expect(reports).toHaveLength(2);
        states.add(JSON.stringify(state));
      }),
      { numRuns: 12, examples: permutations(all).map((first) => [[first, []]]) },
    );
    expect([...states]).toHaveLength(1);
  });
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, at) =>
    permutations(items.filter((_, i) => i !== at)).map((rest) => [item, ...rest]),
  );
}

test("a batch counts each of its events: openings, clicks, and an unsubscribe that suppresses", async () => {
  const { send, token } = await createRecipient(pool);
  const other = await createRecipient(pool);
  const click = { useragent: agent, url: "https://example.com/a" };
  const opened = sendgridEvent("open", { useragent: agent }, token);
  const batch = [
    ...[opened, sendgridEvent("open", { useragent: agent }, token), opened],
    sendgridEvent("click", click, token),
    sendgridEvent("processed", {}, token),
    sendgridEvent("group_unsubscribe", {}, token),
    sendgridEvent("deferred", { response: "451 4.7.1 greylisted" }, other.token),
    sendgridEvent("delivered"),
  ];
  const signed = await api.sendgrid.sign(JSON.stringify(batch));
  expect((await api.post("sendgrid", signed)).status).toBe(204);
  expect((await api.post("sendgrid", signed)).status).toBe(204);
  expect(await stateOf(pool, send)).toEqual({
    events: [
      { kind: "click", url: "https://example.com/a" },
      ...[
        { kind: "open", url: null },
        { kind: "open", url: null },
        { kind: "unsubscribe", url: null },
      ],
    ],
    suppressions: [{ value: "person-0@example.com", reason: "unsubscribed" }],
    reports: [],
    counts: [
      { opens: "2", unique_opens: "1", clicks: "1", unsubscribes: "1", returned: "0", delivered: "0" },
    ],
  });
  expect(await stateOf(pool, other.send)).toMatchObject({
    suppressions: [],
    reports: [{ kind: "delay", result: "ignored", source: "sendgrid" }],
  });
});

test("what is not about a recipient of ours is taken, and changes nothing", async () => {
  const { send } = await createRecipient(pool);
  const before = await pool.query("select count(*) from callback_events");
  expect(await tell("sendgrid", sendgridEvent("bounce", { reason: "550 5.1.1 unknown" }))).toBe(204);
  expect((await stateOf(pool, send)).events).toEqual([]);
  expect((await pool.query("select count(*) from callback_events")).rows).toEqual(before.rows);
});

test("requests and events are counted by provider and result", async () => {
  const metrics = await request(`${api.url}/metrics`, { headers: { authorization: `Bearer ${apiToken}` } });
  const text = await metrics.text();
  expect(text).toMatch(
    /callback_events_total\{provider="ses",kind="bounce",result="suppressed",role="api"\} \d/,
  );
  expect(text).toMatch(/callback_events_total\{provider="mailgun",kind="delivery",result="repeated"/);
  expect(text).toMatch(/callback_requests_total\{provider="postmark",result="accepted"/);
});

test("a provider that is not set up, or not known, is answered in a sentence", async () => {
  const bare = await runApi(databaseUrl);
  const answer = async (path: string, init: RequestInit = { method: "POST", body: "{}" }) => {
    const response = await request(`${bare.url}/callbacks/${path}`, init);
    return [response.status, ((await response.json()) as { detail: string }).detail];
  };
  expect(await answer("ses")).toEqual([404, "Callbacks of ses are switched off: SES_TOPIC_ARNS is not set."]);
  expect(await answer("mailjet")).toEqual([404, "Callbacks are those of ses, sendgrid, mailgun, postmark."]);
  expect((await answer("ses", {}))[0]).toBe(405);
  await bare.api.close();
});
