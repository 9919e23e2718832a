import type pg from "pg";
import { beforeAll, expect, test } from "vitest";
import type { LiveLimits } from "../../api/live/gateway.js";
import { runApi, type RunningApi } from "../api/fixture.js";
import { newTenant } from "../progress/fixture.js";
import { testDatabase, testRedis } from "../setup/stack.js";
import { until } from "../support/until.js";
import { endlessImport, keyOf, LiveSocket } from "./fixture.js";

const apiToken = "a-token-of-the-platform";

let pool: pg.Pool;
let start: (limits: Partial<LiveLimits>) => Promise<RunningApi>;

beforeAll(async () => {
  const database = await testDatabase();
  pool = database.pool;
  const { url: redisUrl } = await testRedis();
  start = (liveLimits) => runApi(database.databaseUrl, { redisUrl, apiToken }, { liveLimits });
});

async function metric(url: string, line: string): Promise<number> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${apiToken}` } });
  const found = (await response.text()).split("\n").find((text) => text.startsWith(line));
  return Number(found?.split(" ").at(-1) ?? 0);
}

const ids = 20;

/** One update of each import, larger than any real one: the system keeps much for a reader that does not read. */
async function tellLarge(tenantId: string, importIds: readonly string[], processed: number): Promise<void> {
  await pool.query(
    `with numbers as (
       insert into progress_sequences as q (tenant_id, last_sequence) values ($1, $4)
       on conflict (tenant_id) do update set last_sequence = q.last_sequence + $4 returning last_sequence
     )
     insert into progress_updates (tenant_id, sequence, id, status, processed, failed, message)
     select $1, n.last_sequence - $4 + i.place, i.id, 'running', $3, 0, repeat('x', 50000)
     from numbers n, unnest($2::uuid[]) with ordinality i (id, place)`,
    [tenantId, importIds, processed, importIds.length],
  );
}

async function newReader(url: string) {
  const tenantId = await newTenant(pool);
  const { key } = await keyOf(pool, tenantId);
  const imports = await Promise.all(Array.from({ length: ids }, () => endlessImport(pool, tenantId)));
  let rounds = 0;
  const tell = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i += 1) await tellLarge(tenantId, imports, (rounds += 1));
  };
  const open = async (cursor: string): Promise<LiveSocket> => {
    const live = await LiveSocket.open(url, { key });
    live.ask({ type: "subscribe", channel: "progress", cursor });
    await live.first("subscribed");
    return live;
  };
  return { tell, open, rounds: () => rounds };
}

type Told = { id: string; processed: number; sequence: number };

function toldBy(live: LiveSocket): Told[] {
  return live.of("update").map(({ data }) => data as Told);
}

test("A reader that pauses is told the latest of everything when it reads again, and nothing twice", async () => {
  const { api, url } = await start({ fullBytes: 64_000, slowAfterMs: 1, stalledAfterMs: 600_000 });
  const { tell, open, rounds } = await newReader(url);
  const live = await open("0");
  live.socket.pause();
  await until("it is kept waiting", async () => {
    await tell(10);
    const told = await metric(url, 'live_messages_total{direction="out",type="update"');
    await tell(10);
    return told > ids && (await metric(url, 'live_messages_total{direction="out",type="update"')) === told;
  });
  await tell(10);
  live.socket.resume();
  const isLast = ({ processed }: Told): boolean => processed === rounds();
  await until("all are told as they are", () => Promise.resolve(toldBy(live).filter(isLast).length === ids));
  const sequences = toldBy(live).map(({ sequence }) => sequence);
  expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
  const leftOut = live.of("update").reduce((sum, { coalesced = 0 }) => sum + coalesced, 0);
  expect(leftOut).toBeGreaterThan(0);
  expect(sequences.length + leftOut).toBe(rounds() * ids);
  expect(await metric(url, "live_coalesced_total")).toBe(leftOut);
  live.socket.close();
  await api.close();
});

test("A reader that does not read at all is let go of with 1013, and resumes where it stood", async () => {
  const { api, url } = await start({ fullBytes: 64_000, stalledAfterMs: 500, farewellMs: 600_000 });
  const { tell, open, rounds } = await newReader(url);
  const live = await open("0");
  live.socket.pause();
  await until("it is given up", async () => {
    await tell(10);
    return (await metric(url, 'live_ended_total{reason="too_slow"')) === 1;
  });
  live.socket.resume();
  expect(await live.closed()).toEqual({ code: 1013, reason: "too_slow" });
  const again = await open(live.of("update").at(-1)?.sequence ?? "");
  await again.first("caught_up");
  const sequences = [...toldBy(live), ...toldBy(again)].map(({ sequence }) => sequence);
  expect(sequences).toEqual(Array.from({ length: rounds() * ids }, (_, i) => i + 1));
  again.socket.close();
  await api.close();
});

test("Who asks more than is allowed is let go of; who is silent for two heartbeats, too", async () => {
  const { api, url } = await start({ messages: { perSecond: 1, burst: 5 }, heartbeatMs: 300 });
  const { key } = await keyOf(pool, await newTenant(pool));
  const live = await LiveSocket.open(url, { key });
  for (let i = 0; i < 50; i += 1) live.ask({ type: "ping" });
  expect(await live.closed()).toEqual({ code: 1008, reason: "too_many_messages" });
  const silent = await LiveSocket.open(url, { key });
  silent.socket.pong = () => undefined;
  (silent.socket as unknown as { _autoPong: boolean })._autoPong = false;
  expect(await silent.closed()).toMatchObject({ code: 1006 });
  const answering = await LiveSocket.open(url, { key });
  let pings = 0;
  answering.socket.on("ping", () => (pings += 1));
  await until("some heartbeats", () => Promise.resolve(pings > 3));
  expect(answering.closedWith).toBeUndefined();
  expect(await metric(url, "live_connections")).toBe(1);

  const closing = api.close();
  expect(await answering.closed()).toEqual({ code: 1001, reason: "shutting_down" });
  expect(answering.of("bye")).toEqual([{ type: "bye", reason: "shutting_down" }]);
  await closing;
});
