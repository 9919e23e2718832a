import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type pg from "pg";
import { beforeAll, expect, test } from "vitest";
import { followProgress, type ProgressSubscription } from "../../client/progress-subscription.js";
import { createPool } from "../../db/pool.js";
import { createProgressStore } from "../../db/progress.js";
import { startRedis, type EmbeddedRedis } from "../../runtime/embedded/redis.js";
import { createProgressBell, type ProgressBell } from "../../throttle/progress-bell.js";
import { createRedis } from "../../throttle/redis.js";
import { createProgressRecorder, type ProgressRecorder } from "../../workers/progress-recorder.js";
import { testDatabase } from "../setup/stack.js";
import { until } from "../support/until.js";
import { Way } from "../support/way.js";
import { endImport, importChunk, newImport, newTenant, readLog, told, type Told } from "./fixture.js";

let databaseUrl: string;
let pool: pg.Pool;
let folder: string;
let server: EmbeddedRedis;
let record: ProgressRecorder;
let bell: ProgressBell;

beforeAll(async () => {
  ({ databaseUrl, pool } = await testDatabase());
  folder = await mkdtemp(join(tmpdir(), "floe-progress-"));
  server = await startRedis({ folder });
  const publishing = createRedis(server.url, { whenAway: "fail", name: "test" });
  record = createProgressRecorder(pool, publishing);
  bell = createProgressBell(() => createRedis(server.url, { whenAway: "retry", name: "test" }));
  return async () => {
    publishing.disconnect();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
});

/** Comes and goes, and remembers what it was told. */
class Subscriber {
  readonly got: Told[] = [];
  private readonly tenantId: string;
  private following: ProgressSubscription | undefined;
  private cursor = 0;

  constructor(tenantId: string) {
    this.tenantId = tenantId;
  }

  come(): void {
    this.following ??= followProgress({
      ...{ store: createProgressStore(pool), bell, tenantId: this.tenantId, after: this.cursor },
      onUpdate: async (update) => {
        // Gives the others time to interleave, in the middle of a page too.
        await pool.query("select 1");
        this.got.push(told(update));
      },
      pollMs: 300,
    });
  }

  async leave(): Promise<void> {
    await this.following?.unsubscribe();
    this.cursor = this.following?.cursor ?? this.cursor;
    this.following = undefined;
  }
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("chunk" as const), of: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("end" as const), of: fc.nat(2) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("record" as const), of: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("come" as const), of: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("leave" as const), of: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("redis" as const), of: fc.nat(2) }) },
);

test("Whatever writers, recorders, crashes of Redis and reconnects do, each subscriber is told every update once and in order", async () => {
  let crashes = 0;
  const steps = fc.array(fc.record({ step, waits: fc.boolean() }), { minLength: 20, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(steps, async (actions) => {
      const tenantId = await newTenant(pool);
      const imports = await Promise.all([1, 2, 3].map(() => newImport(pool, tenantId)));
      const subscribers = [1, 2, 3].map(() => new Subscriber(tenantId));
      subscribers[0]?.come();
      const acts = {
        chunk: (of: number) => importChunk(pool, imports[of] ?? ""),
        end: (of: number) => endImport(pool, imports[of] ?? ""),
        record: (of: number) => Promise.all(Array.from({ length: of + 1 }, () => record({ all: true }))),
        come: (of: number) => Promise.resolve(subscribers[of]?.come()),
        leave: (of: number) => subscribers[of]?.leave() ?? Promise.resolve(),
        redis: async () => {
          process.kill(server.pid, "SIGKILL");
          expect((await server.exited).signal).toBe("SIGKILL");
          crashes += 1;
          server = await startRedis({ folder, port: server.port });
        },
      };
      const open: Promise<unknown>[] = [];
      for (const { step: action, waits } of actions) {
        const acting = acts[action.kind](action.of);
        // Redis's port is needed again before it can crash again, and a subscriber leaves before it comes.
        if (waits || action.kind === "redis" || action.kind === "leave") await acting;
        else open.push(acting);
      }
      await Promise.all(open);
      await Promise.all(imports.map((importId) => endImport(pool, importId)));
      await record({ all: false });

      const log = await readLog(pool, tenantId);
      for (const [i, subscriber] of subscribers.entries()) {
        subscriber.come();
        await until(`subscriber ${i} has it all`, () =>
          Promise.resolve(subscriber.got.length >= log.length && subscriber.got.length),
        );
        await subscriber.leave();
        expect(subscriber.got).toEqual(log);
      }
      for (const importId of imports) {
        const story = log.filter(({ id }) => id === importId);
        expect(story.at(-1)).toMatchObject({ status: "completed" });
        const amounts = story.map(({ processed }) => processed);
        expect(amounts).toEqual([...amounts].sort((a, b) => a - b));
      }
    }),
    { numRuns: 15 },
  );
  expect(crashes).toBeGreaterThan(0);
});

test("An update that comes between a subscriber's looks is not jumped over", async () => {
  const tenantId = await newTenant(pool);
  const importId = await newImport(pool, tenantId);
  const store = createProgressStore(pool);
  const got: number[] = [];
  let looks = 0;
  const following = followProgress({
    store: {
      readUpdates: async (query) => {
        const read = await store.readUpdates(query);
        looks += 1;
        // The first look finds nothing, and before it returns there is news; Redis rings at no time.
        if (looks <= 3) {
          await importChunk(pool, importId);
          await record({ all: false });
        }
        return read;
      },
    },
    bell: { listen: () => ({ stop: () => undefined }) },
    ...{ tenantId, after: 0, pollMs: 10 },
    onUpdate: ({ processed }) => void got.push(processed),
  });
  await until("three chunks were told", () => Promise.resolve(got.length >= 3));
  await following.unsubscribe();
  expect(got).toEqual([10, 20, 30]);
});

test("A callback that throws ends its subscription; the cursor stands before what it did not take", async () => {
  const tenantId = await newTenant(pool);
  const importId = await newImport(pool, tenantId);
  for (let i = 0; i < 3; i += 1) {
    await importChunk(pool, importId);
    await record({ all: false });
  }
  const following = followProgress({
    ...{ store: createProgressStore(pool), bell, tenantId, after: 0 },
    onUpdate: ({ processed }) => {
      if (processed === 20) throw new Error("not now");
    },
  });
  await expect(following.ended).rejects.toThrow("not now");
  expect(following.cursor).toBe(1);
});

test("While Postgres is away a subscriber waits, and goes on behind what it was told", async () => {
  const way = new Way(databaseUrl);
  await way.open();
  const away = createPool(way.databaseUrl);
  const tenantId = await newTenant(pool);
  const importId = await newImport(pool, tenantId);
  const store = createProgressStore(away);
  const got: Told[] = [];
  let failed = 0;
  const following = followProgress({
    store: {
      readUpdates: (query) =>
        store.readUpdates(query).catch((error: unknown) => {
          failed += 1;
          throw error;
        }),
    },
    ...{ bell, tenantId, after: 0, pollMs: 50 },
    onUpdate: (update) => void got.push(told(update)),
  });
  const move = async (): Promise<void> => {
    await importChunk(pool, importId);
    await record({ all: false });
  };
  await move();
  await until("the first was told", () => Promise.resolve(got.length === 1));
  await way.cut();
  await move();
  await until("a look has failed", () => Promise.resolve(failed > 0));
  await move();
  await way.open();
  await until("the others were told", () => Promise.resolve(got.length === 3));
  await following.unsubscribe();
  expect(got).toEqual(await readLog(pool, tenantId));
  await away.end();
  await way.cut();
});
