import { randomInt } from "node:crypto";
import type pg from "pg";
import { beforeAll, expect, test } from "vitest";
import { recordProgress } from "../../db/progress-recorder.js";
import type { LiveMessage } from "../../domain/live-updates.js";
import { runApi, type RunningApi } from "../api/fixture.js";
import { newTenant, readLog } from "../progress/fixture.js";
import { testDatabase, testRedis } from "../setup/stack.js";
import { until } from "../support/until.js";
import { Way } from "../support/way.js";
import { endlessImport, keyOf, LiveSocket, notify } from "./fixture.js";

let pool: pg.Pool;
let databaseUrl: string;
/** To Redis; cut while it is away. */
let way: Way;
const apis: RunningApi[] = [];

beforeAll(async () => {
  const database = await testDatabase();
  ({ pool, databaseUrl } = database);
  way = new Way((await testRedis()).url);
  await way.open();
  apis.push(await startApi(), await startApi());
  return async () => {
    await Promise.all(apis.map(({ api }) => api.close()));
    await way.cut();
  };
});

function startApi(): Promise<RunningApi> {
  // Nobody here is slow, however busy the machine is: what is left out would be a miss.
  return runApi(databaseUrl, { redisUrl: way.databaseUrl }, { liveLimits: { slowAfterMs: 600_000 } });
}

const channels = ["progress", "notifications"] as const;

/** Readers who have begun to follow notifications. */
let standing = 0;

interface Taken {
  progress: number[];
  notifications: string[];
}

/** Connects to any of the processes, reads for a while, is cut off, and goes on behind what it has taken. */
async function followInPieces(key: string, hasAll: (taken: Taken) => boolean) {
  const taken: Taken = { progress: [], notifications: [] };
  // A tenant of which nothing was told yet.
  const cursors: Record<string, string | undefined> = { progress: "0" };
  let connections = 0;
  let stands = false;
  while (!hasAll(taken)) {
    const live = await LiveSocket.open(apis[randomInt(apis.length)]?.url ?? "", { key }).catch(() => null);
    if (!live) continue;
    connections += 1;
    for (const channel of channels) {
      const cursor = cursors[channel];
      live.ask({ type: "subscribe", channel, ...(cursor !== undefined && { cursor }) });
    }
    const enough = randomInt(1, 400);
    let seen = 0;
    const cutOff = (): boolean => {
      // What came behind the last one that is taken counts as on the way, however many came at once.
      const taking = live.messages.slice(seen, enough);
      for (const message of taking) take(message, taken, cursors);
      seen += taking.length;
      if (!stands && cursors.notifications !== undefined) standing += 1;
      stands ||= cursors.notifications !== undefined;
      return seen >= enough || live.closedWith !== undefined || hasAll(taken);
    };
    await until("it is cut off", () => Promise.resolve(cutOff()), { everyMs: 5 });
    // What is on the way now is lost.
    live.socket.terminate();
  }
  return { taken, connections };
}

function take(message: LiveMessage, taken: Taken, cursors: Record<string, string | undefined>): void {
  if (!("sequence" in message)) return;
  cursors[message.channel] = message.sequence;
  if (message.type === "gap") throw new Error("A gap where nothing was removed.");
  if (message.type !== "update") return;
  const data = message.data as { sequence: number; notification_id: string };
  if (message.channel === "progress") taken.progress.push(data.sequence);
  else taken.notifications.push(data.notification_id);
}

test("Whoever is cut off at any moment, by the line or by a process that ends, is told every update once", async () => {
  const tenantId = await newTenant(pool);
  const { key } = await keyOf(pool, tenantId);
  const imports = await Promise.all(Array.from({ length: 20 }, () => endlessImport(pool, tenantId)));
  const end = { known: false, progress: 0, notifications: 0 };
  const readers = [1, 2, 3, 4].map(() =>
    followInPieces(
      key,
      ({ progress, notifications }) =>
        end.known && progress.length >= end.progress && notifications.length >= end.notifications,
    ),
  );
  await until("each stands somewhere", () => Promise.resolve(standing === 4));
  for (let round = 0; round < 120; round += 1) {
    await pool.query(
      "update lead_imports set rows_read = rows_read + 10, rows_imported = rows_imported + 10 where import_id = any ($1)",
      [imports],
    );
    await Promise.all([
      recordProgress(pool, { all: false }),
      recordProgress(pool, { all: false }),
      notify(pool, tenantId, `n${round}`),
      notify(pool, tenantId, `m${round}`),
    ]);
    if (round === 30) await way.cut();
    if (round === 60) await way.open();
    if (round === 80) {
      const [leaving] = apis.splice(0, 1);
      apis.push(await startApi());
      await leaving?.api.close();
    }
  }
  const log = await readLog(pool, tenantId);
  expect(log.length).toBeGreaterThan(2_000);
  const { rows: notifications } = await pool.query<{ id: string }>(
    "select notification_id as id from notifications where tenant_id = $1",
    [tenantId],
  );
  Object.assign(end, { known: true, progress: log.length, notifications: notifications.length });
  for (const { taken, connections } of await Promise.all(readers)) {
    expect(connections).toBeGreaterThan(3);
    expect(taken.progress).toEqual(log.map(({ sequence }) => sequence));
    expect(taken.notifications).toHaveLength(notifications.length);
    expect(new Set(taken.notifications)).toEqual(new Set(notifications.map(({ id }) => id)));
  }
});
