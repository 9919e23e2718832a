import { expect, test } from "vitest";
import { createPermitStore } from "../../client/permit-store.js";
import { createAllowanceStore } from "../../db/allowances.js";
import { createSuspensionStore } from "../../db/suspensions.js";
import type { Slowing } from "../../domain/suspensions.js";
import { pathKey } from "../../throttle/keys.js";
import { readPermitStatus } from "../../throttle/limits-status.js";
import { createPermits } from "../../throttle/permits.js";
import { testDatabase, testRedis } from "../setup/stack.js";
import { ask, limitsFrom, names, request, slowing, stoppedClock, type Names } from "./factory.js";

const { redis } = await testRedis();
const { pool } = await testDatabase();
const suspensions = createSuspensionStore(pool);
const minute = 60_000;
const reply = { code: 421, enhanced: "4.7.0", text: "[TSS04] temporarily deferred" };

async function setup() {
  const [of, clock] = [names(), stoppedClock(new Date().toISOString())];
  await pool.query("insert into nodes (node_id, host, port) values ($1, '127.0.0.1', 25)", [of.nodeId]);
  const create = () =>
    createPermits({
      ...{ redis, timeZone: "UTC", enabled: true, now: clock.now },
      ...limitsFrom(pool, () => []),
      suspensions: {
        load: () => suspensions.loadSuspensions(),
        record: (suspension) => suspensions.recordSuspension(suspension),
      },
    });
  const permits = create();
  const slowDown = (throttle: Partial<Slowing["throttle"]>, change: Partial<Slowing> = {}) =>
    permits.slowDown({ ...slowing(of, { rule: "yahoo-tss04", ...throttle }), reply, ...change });
  return { of, clock, permits, create, slowDown };
}

const first = async (permits: ReturnType<typeof createPermits>, of: Names, messages: number) =>
  (await permits.acquire(request(of, messages), null)).grants[0];

test("A suspension names the node's path, outlives a Redis that forgets, and ends when a person lifts it", async () => {
  const { of, create, slowDown } = await setup();
  await slowDown({ suspendMs: 120 * minute });
  await redis.del(pathKey(of.nodeId, of.mailboxProvider));
  // Another process, which has seen nothing of the reply.
  expect(await first(create(), of, 5)).toMatchObject({
    messages: 0,
    heldBy: `node:${of.nodeId}/${of.mailboxProvider} suspended`,
  });
  const mine = async () => (await suspensions.loadSuspensions()).filter(({ nodeId }) => nodeId === of.nodeId);
  expect(await mine()).toMatchObject([{ rule: "yahoo-tss04", perSecond: null, reply }]);

  const facts = { allowances: createAllowanceStore(pool), suspensions };
  const store = createPermitStore(() => redis, facts, "UTC");
  expect(await store.resume({ nodeId: of.nodeId, mailboxProvider: of.mailboxProvider }, "ann")).toBe(1);
  expect(await mine()).toEqual([]);
  expect(await first(create(), of, 5)).toEqual({ messages: 5 });
  const { rows } = await pool.query<{ kind: string; title: string }>(
    "select kind from notifications where subject_id = $1 order by created_at",
    [of.nodeId],
  );
  expect(rows.map(({ kind }) => kind)).toEqual(["provider.suspended", "provider.resumed"]);
  await expect(
    store.resume({ nodeId: of.nodeId, mailboxProvider: "*", owner: "somebody-else" }, "eve"),
  ).rejects.toThrow(/node/);
});

test("A suspension is told once, however many connections get the same answer, and one of a minute is not told", async () => {
  const { of, slowDown } = await setup();
  for (let i = 0; i < 5; i += 1) await slowDown({ suspendMs: 45 * minute });
  await slowDown({ rule: "connections", suspendMs: minute }, { mailboxProvider: "another" });
  const { rows } = await pool.query("select kind from notifications where subject_id = $1", [of.nodeId]);
  expect(rows).toEqual([{ kind: "provider.suspended" }]);
});

test("A trickle lets one message a minute through for as long as the rule says, then the path grows again by itself", async () => {
  const { of, clock, permits, slowDown } = await setup();
  await slowDown({ rule: "temporarily-deferred", trickle: { perSecond: 1 / 60, forMs: 90 * minute } });
  let leaves = 0;
  for (let i = 0; i < 30; i += 1) {
    clock.advance(minute);
    leaves += (await first(permits, of, 10))?.messages ?? 0;
  }
  expect(leaves).toBe(30);
  const status = await readPermitStatus(redis, [], { timeZone: "UTC", now: clock.now });
  expect(status.slowedPaths.find(({ nodeId }) => nodeId === of.nodeId)?.perSecond).toBeCloseTo(1 / 60);
  await suspensions.liftSuspensions({
    nodeId: of.nodeId,
    by: "the clock of this test stands still in Postgres",
  });
  clock.advance(60 * minute);
  const slow = (await first(permits, of, 100))?.messages ?? 0;
  expect(slow).toBeLessThan(100);
  clock.advance(60 * minute);
  expect(await first(permits, of, 100)).toEqual({ messages: 100 });
});

test("What a relay's own quota holds back is whatever the node sends, and of no other node", async () => {
  const { of, permits, slowDown } = await setup();
  await slowDown({ rule: "daily-quota", suspendMs: 60 * minute }, { mailboxProvider: "*" });
  const asks = [ask(of, 3), ask(of, 3, { mailboxProvider: "another" }), ask({ ...of, nodeId: "free" }, 3)];
  const { grants } = await permits.acquire(request(of, 0, { asks }), null);
  expect(grants.map(({ messages, heldBy }) => [messages, heldBy])).toEqual([
    [0, `node:${of.nodeId} suspended`],
    [0, `node:${of.nodeId} suspended`],
    [3, undefined],
  ]);
});
