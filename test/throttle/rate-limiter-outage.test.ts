import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Unavailable } from "../../domain/errors.js";
import { startRedis, type EmbeddedRedis } from "../../runtime/embedded/redis.js";
import { createRateLimiter } from "../../throttle/rate-limiter.js";
import { createRedis } from "../../throttle/redis.js";
import { reportLoad } from "../../throttle/system-load.js";
import { defaultRateLimits } from "../../domain/rate-limits.js";
import { uniqueName } from "./factory.js";

let folder: string;
let server: EmbeddedRedis;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "floe-rate-limit-"));
  server = await startRedis({ folder });
  return async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
});

test("While Redis is away no request is allowed, and limits go on where they stood when it is back", async () => {
  const redis = createRedis(server.url, { whenAway: "fail", name: "test" });
  afterAll(() => redis.disconnect());
  const limiter = createRateLimiter({ limits: defaultRateLimits, redis: () => redis, enabled: true });
  const key = { limit: "leads-import", tenantId: uniqueName("tenant") } as const;
  expect(await limiter.check(key, 9)).toMatchObject({ allowed: true, remaining: 1 });
  process.kill(server.pid, "SIGKILL");
  expect((await server.exited).signal).toBe("SIGKILL");
  const asked = [limiter.check(key, 1), limiter.status(key), limiter.reset(key), limiter.load()];
  for (const answer of await Promise.allSettled(asked))
    expect(answer).toMatchObject({ status: "rejected", reason: expect.any(Unavailable) as Unavailable });
  await expect(reportLoad(redis, { memory: 1, queueDepth: 0, errorRate: 0 })).rejects.toBeInstanceOf(
    Unavailable,
  );

  server = await startRedis({ folder, port: server.port });
  await expect
    .poll(() => limiter.status(key).catch(() => "away"), { timeout: 10_000 })
    .toMatchObject({
      remaining: expect.any(Number) as number,
    });
  // What was asked meanwhile was not counted later either; a token comes every ten seconds.
  expect(await limiter.check(key, 1)).toMatchObject({ allowed: true });
  expect(await limiter.check(key, 5)).toMatchObject({ allowed: false });
});

test("A Redis that does not answer is as good as gone", async () => {
  const redis = createRedis(server.url, { whenAway: "fail", name: "test" });
  afterAll(() => redis.disconnect());
  const limiter = createRateLimiter({ limits: defaultRateLimits, redis: () => redis, enabled: true });
  const key = { limit: "api", tenantId: uniqueName("tenant") } as const;
  await limiter.status(key);
  process.kill(server.pid, "SIGSTOP");
  try {
    await expect(limiter.check(key, 1)).rejects.toBeInstanceOf(Unavailable);
  } finally {
    process.kill(server.pid, "SIGCONT");
  }
});
