import fc from "fast-check";
import type pg from "pg";
import { beforeAll, expect, test } from "vitest";
import { runApi } from "../api/fixture.js";
import { newTenant } from "../progress/fixture.js";
import { testDatabase, testRedis } from "../setup/stack.js";
import { until } from "../support/until.js";
import { endlessImport, keyOf, LiveSocket, move } from "./fixture.js";

let pool: pg.Pool;
let url: string;
let key: string;
let importId: string;

beforeAll(async () => {
  const database = await testDatabase();
  pool = database.pool;
  const { url: redisUrl } = await testRedis();
  const generous = { messages: { perSecond: 1e6, burst: 1e6 } };
  const running = await runApi(database.databaseUrl, { redisUrl }, { liveLimits: generous });
  url = running.url;
  const tenantId = await newTenant(pool);
  ({ key } = await keyOf(pool, tenantId));
  importId = await endlessImport(pool, tenantId);
  return () => running.api.close();
});

/** Sends it as it is, and returns what the answer to a ping after it shows to have come before. */
async function answersTo(live: LiveSocket, raw: string | Buffer) {
  const before = live.messages.length;
  const pongs = live.of("pong").length;
  live.socket.send(raw);
  live.ask({ type: "ping" });
  await until("it is answered", () => Promise.resolve(live.of("pong").length > pongs), { everyMs: 1 });
  return live.messages.slice(before, -1);
}

const subscribe = { type: "subscribe", channel: "progress" };

test.each([
  ["nothing", "", 400],
  ["no JSON", "{type:", 400],
  ["no object", "[]", 400],
  ["null", "null", 400],
  ["bytes", Buffer.from([0, 1, 2]), 400],
  ["depth", "[".repeat(8_000), 400],
  ["a deep value", `{"type":"subscribe","channel":${"[".repeat(3_000)}${"]".repeat(3_000)}}`, 422],
  ["no type", "{}", 422],
  ["an unknown type", '{"type":"constructor"}', 422],
  ["a prototype", '{"type":"ping","__proto__":{"type":"subscribe"}}', 422],
  ["a constructor", '{"type":"ping","constructor":{"prototype":{}}}', 422],
  ["a channel that is no text", JSON.stringify({ ...subscribe, channel: {} }), 422],
  ["an unknown channel", JSON.stringify({ ...subscribe, channel: "toString" }), 422],
  ["no id of a send", JSON.stringify({ ...subscribe, channel: "sends/1' or true" }), 422],
  [
    "another's send",
    JSON.stringify({ ...subscribe, channel: "sends/00000000-0000-4000-8000-000000000000" }),
    404,
  ],
  ["no cursor", JSON.stringify({ ...subscribe, cursor: "-1" }), 422],
  ["a cursor of another channel", JSON.stringify({ ...subscribe, cursor: "1.2" }), 422],
  ["a cursor that is no text", JSON.stringify({ ...subscribe, cursor: 1e308 }), 422],
  ["a user with a line break", JSON.stringify({ ...subscribe, user: "a\nb" }), 422],
  ["an unknown field", JSON.stringify({ ...subscribe, tenant_id: "other" }), 422],
  ["what is not followed", JSON.stringify({ type: "unsubscribe", channel: "progress" }), 409],
])(
  "Whoever sends %s gets an error that says what is wrong, and the connection goes on",
  async (_, raw, status) => {
    const live = await LiveSocket.open(url, { key });
    expect(await answersTo(live, raw)).toMatchObject([{ type: "error", problem: { status } }]);
    live.socket.close();
  },
);

test("An error names the field, and the channel that was asked for", async () => {
  const live = await LiveSocket.open(url, { key });
  expect(await answersTo(live, JSON.stringify({ ...subscribe, cursor: "x" }))).toMatchObject([
    { type: "error", channel: "progress", problem: { problems: [{ field: "cursor", pointer: "/cursor" }] } },
  ]);
  live.socket.close();
});

test("Too large a message, broken frames and text that is not UTF-8 end the connection, and no other", async () => {
  const other = await LiveSocket.open(url, { key });
  other.ask({ type: "subscribe", channel: "progress" });
  await other.first("caught_up");
  const huge = await LiveSocket.open(url, { key });
  huge.socket.send(`"${"x".repeat(9_000)}"`);
  expect(await huge.closed()).toMatchObject({ code: 1009 });
  for (const bytes of [Buffer.from([0xff, 0xff, 0xff]), Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28])]) {
    const broken = await LiveSocket.open(url, { key });
    (broken.socket as unknown as { _socket: { write(data: Buffer): void } })._socket.write(bytes);
    await broken.closed();
  }
  await move(pool, [importId]);
  await other.first("update");
  other.socket.close();
});

test("Whatever is sent, every message is answered and updates go on", async () => {
  const live = await LiveSocket.open(url, { key });
  const field = fc.oneof(
    fc.constantFrom("type", "channel", "cursor", "user", "snapshot", "__proto__"),
    fc.string(),
  );
  const value = fc.oneof(
    fc.constantFrom("subscribe", "unsubscribe", "progress", "notifications", "0", true),
    fc.jsonValue({ maxDepth: 4 }),
  );
  const message = fc.oneof(
    fc.string({ maxLength: 200 }),
    fc.json({ maxDepth: 6 }),
    fc
      .array(fc.tuple(field, value), { maxLength: 5 })
      .map((pairs) => JSON.stringify(Object.fromEntries(pairs))),
  );
  await fc.assert(
    fc.asyncProperty(message, async (raw) => {
      const answers = await answersTo(live, raw);
      expect(answers.some(({ type }) => type !== "update" && type !== "caught_up")).toBe(true);
      for (const answer of answers)
        if (answer.type === "error") expect([400, 409, 422]).toContain(answer.problem.status);
    }),
    { numRuns: 300 },
  );
  live.socket.close();
  const next = await LiveSocket.open(url, { key });
  next.ask({ type: "subscribe", channel: "progress" });
  await next.first("caught_up");
  await move(pool, [importId]);
  await next.first("update");
  next.socket.close();
});
