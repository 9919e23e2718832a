import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { beforeAll, expect, test } from "vitest";
import { keyOf } from "../live/fixture.js";
import { newTenant } from "../progress/fixture.js";
import { testDatabase, testRedis } from "../setup/stack.js";
import { runApi } from "./fixture.js";

let url: URL;
let key: string;

beforeAll(async () => {
  const { pool, databaseUrl } = await testDatabase();
  const { api, url: at } = await runApi(databaseUrl, { redisUrl: (await testRedis()).url }, { slowMs: 400 });
  url = new URL(at);
  ({ key } = await keyOf(pool, await newTenant(pool), { role: "operator" }));
  return () => api.close();
});

/** Writes this, then nothing more, and reads until the API hangs up. */
async function beginAndStall(begin: string): Promise<string> {
  const socket = connect(Number(url.port), url.hostname);
  await once(socket, "connect");
  socket.write(begin);
  return text(socket);
}

test("Headers that do not come to an end are refused, and the line is closed", async () => {
  const answer = await beginAndStall("GET /api/lists HTTP/1.1\r\nHost: floe\r\nX-Slow: ");
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
});

test.each([
  ["of a length", "Content-Length: 400\r\n\r\n", '{"name":"'],
  ["in chunks", "Transfer-Encoding: chunked\r\n\r\n", '9\r\n{"name":"\r\n'],
])(
  "A body %s that does not come to an end is refused with a reason, and changes nothing",
  async (_, framing, part) => {
    const head = `POST /api/lists HTTP/1.1\r\nHost: floe\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\n`;
    const answer = await beginAndStall(`${head}${framing}${part}`);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain("application/problem+json");
    expect(answer).toContain("The body took longer than 0.4 seconds; send it at once.");
    const lists = await fetch(new URL("/api/lists", url), { headers: { authorization: `Bearer ${key}` } });
    expect(await lists.json()).toMatchObject({ data: [] });
  },
);

test("An upload may take its time", async () => {
  const socket = connect(Number(url.port), url.hostname);
  await once(socket, "connect");
  const body = "email\nann@example.com\n";
  socket.write(
    `POST /api/imports?list=slow HTTP/1.1\r\nHost: floe\r\nAuthorization: Bearer ${key}\r\n` +
      `Content-Type: text/csv\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body.slice(0, 10)}`,
  );
  let isWhole = false;
  setTimeout(() => socket.write(body.slice(10), () => (isWhole = true)), 1_200);
  const answer = await text(socket);
  expect(answer).not.toMatch(/^HTTP\/1\.1 408 /);
  expect(isWhole, answer).toBe(true);
});
