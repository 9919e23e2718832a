import fc from "fast-check";
import { expect, test } from "vitest";
import { lanes } from "../../domain/lanes.js";
import type { Limit, LimitScope } from "../../domain/permits.js";
import { limitKey } from "../../throttle/keys.js";
import { createPermits } from "../../throttle/permits.js";
import { testDatabase, testRedis } from "../setup/stack.js";
import { limit, stoppedClock, uniqueName, limitsFrom } from "./factory.js";

const { redis } = await testRedis();
const { pool } = await testDatabase();

/** A message that was granted, and the limits it fell under. */
interface Granted {
  atMs: number;
  messages: number;
  under: string[];
}

const figures = fc.record(
  {
    perSecond: fc.double({ min: 0.05, max: 40, noNaN: true }),
    burst: fc.integer({ min: 1, max: 60 }),
    perDay: fc.integer({ min: 1, max: 200 }),
  },
  { requiredKeys: [] },
);
const group = fc.record({
  node: fc.integer({ min: 0, max: 1 }),
  mailbox: fc.integer({ min: 0, max: 1 }),
  messages: fc.integer({ min: 0, max: 40 }),
});
const step = fc.record({
  afterMs: fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 12 * 3_600_000 })),
  tenant: fc.integer({ min: 0, max: 1 }),
  lane: fc.constantFrom(...lanes),
  groups: fc.array(group, { minLength: 1, maxLength: 4 }),
  /** The part of what is granted that does not leave, and how many steps later that is known. */
  stays: fc.constantFrom(0, 0, 0.3, 1),
  stepsLater: fc.integer({ min: 0, max: 3 }),
});

test("No sequence of requests sends more than any limit allows in any window or day, whatever is given back", async () => {
  const allFigures = fc.array(figures, { minLength: 6, maxLength: 6 });
  const steps = fc.array(step, { minLength: 1, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(allFigures, steps, async (given, sequence) => {
      const run = uniqueName("run");
      const key = (scope: LimitScope, index: number) => `${run}-${scope}-${index}`;
      const scopes = ["tenant", "node", "mailbox-provider"] as const;
      const limits = scopes.flatMap((scope, s) =>
        [0, 1].map((i) => limit(scope, key(scope, i), given[s * 2 + i] ?? {})),
      );
      const clock = stoppedClock("2026-03-28T20:00:00Z");
      const permits = createPermits({
        redis,
        ...limitsFrom(pool, () => limits),
        timeZone: "Europe/Berlin",
        enabled: true,
        now: clock.now,
      });
      const history: Granted[] = [];
      const staying: { atStep: number; giveBack: () => void }[] = [];
      for (const [at, { afterMs, tenant, lane, groups, stays, stepsLater }] of sequence.entries()) {
        clock.advance(afterMs);
        for (const { atStep, giveBack } of staying) if (atStep === at) giveBack();
        const asks = groups.map(({ node, mailbox, messages }) => ({
          nodeId: key("node", node),
          mailboxProvider: key("mailbox-provider", mailbox),
          fromEmail: "news@sender.example",
          messages,
        }));
        const of = { tenantId: key("tenant", tenant), sendId: run };
        const { grants, grantedAtMs } = await permits.acquire({ ...of, lane, asks }, null);
        const unused = asks.map((ask, i) => ({
          ...ask,
          messages: Math.floor((grants[i]?.messages ?? 0) * stays),
        }));
        const giveBack = () =>
          permits.release(null, { ...of, sendPerSecond: null, grantedAtMs, asks: unused });
        if (stepsLater === 0) giveBack();
        else staying.push({ atStep: at + stepsLater, giveBack });
        grants.forEach((grant, i) => {
          const { nodeId = "", mailboxProvider = "", messages = 0 } = asks[i] ?? {};
          expect(grant.messages).toBeGreaterThanOrEqual(0);
          expect(grant.messages).toBeLessThanOrEqual(messages);
          expect(grant.heldBy !== undefined).toBe(grant.messages < messages);
          if (grant.heldBy !== undefined) expect(grant.waitMs).toBeGreaterThan(0);
          const under = [key("tenant", tenant), nodeId, mailboxProvider];
          history.push({ atMs: clock.now(), messages: grant.messages - (unused[i]?.messages ?? 0), under });
        });
      }
      for (const each of limits)
        expectWithin(
          each,
          history.filter(({ under }) => under.includes(each.key)),
        );
    }),
    { numRuns: 60 },
  );
});

function expectWithin({ perSecond, burst, perDay }: Limit, history: Granted[]): void {
  if (perSecond !== undefined) {
    const capacity = burst ?? Math.max(1, perSecond);
    history.forEach((first, i) => {
      let sum = 0;
      for (const { atMs, messages } of history.slice(i)) {
        sum += messages;
        expect(sum).toBeLessThanOrEqual(capacity + ((atMs - first.atMs) / 1_000) * perSecond + 0.001);
      }
    });
  }
  if (perDay === undefined) return;
  const byDay = new Map<string, number>();
  for (const { atMs, messages } of history) {
    const date = new Date(atMs).toLocaleDateString("sv-SE", { timeZone: "Europe/Berlin" });
    byDay.set(date, (byDay.get(date) ?? 0) + messages);
  }
  for (const used of byDay.values()) expect(used).toBeLessThanOrEqual(perDay);
}

test("No day's allowance is granted twice, whatever Redis forgets and whoever dies with what was drawn", async () => {
  const action = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant("ask" as const),
        messages: fc.integer({ min: 1, max: 30 }),
        lane: fc.constantFrom(...lanes),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("forget" as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("die" as const), messages: fc.integer({ min: 1, max: 30 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("wait" as const), hours: fc.integer({ min: 1, max: 30 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("plan" as const), perDay: fc.integer({ min: 1, max: 120 }) }),
    },
  );
  const forgotten = { times: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 40 }), async (actions) => {
      const [nodeId, clock] = [uniqueName("node"), stoppedClock("2026-03-28T20:00:00Z")];
      let perDay = 60;
      const sources = limitsFrom(pool, () => [limit("warmup", `node/${nodeId}`, { perDay })]);
      const name = `warmup:node/${nodeId}`;
      const create = (allowances = sources.allowances) =>
        createPermits({
          redis,
          ...sources,
          allowances,
          timeZone: "Europe/Berlin",
          enabled: true,
          now: clock.now,
        });
      const everybody = [create(), create()];
      const dayOf = () => new Date(clock.now()).toLocaleDateString("sv-SE", { timeZone: "Europe/Berlin" });
      const used = new Map<string, number>();
      const most = new Map<string, number>([[dayOf(), perDay]]);
      for (const [at, each] of actions.entries()) {
        const day = dayOf();
        most.set(day, Math.max(most.get(day) ?? 0, perDay));
        if (each.kind === "wait") clock.advance(each.hours * 3_600_000);
        if (each.kind === "plan") {
          perDay = each.perDay;
          everybody.splice(0, 2, create(), create());
        }
        if (each.kind === "forget") forgotten.times += await redis.unlink(limitKey(name));
        // Who draws and dies tells nobody.
        if (each.kind === "die")
          await sources.allowances.draw(name, day, { messages: each.messages, perDay });
        if (each.kind !== "ask") continue;
        const asks = [
          { nodeId, mailboxProvider: "gmail", fromEmail: "a@b.example", messages: each.messages },
        ];
        const { lane } = each;
        const permit = await everybody[at % 2]!.acquire({ tenantId: "t", sendId: "s", lane, asks }, null);
        used.set(day, (used.get(day) ?? 0) + (permit.grants[0]?.messages ?? 0));
        expect(used.get(day)).toBeLessThanOrEqual(most.get(day) ?? 0);
      }
    }),
    { numRuns: 60 },
  );
  expect(forgotten.times).toBeGreaterThan(0);
});

test("Leases never exceed a concurrency limit, whatever is released or forgotten", async () => {
  const action = fc.oneof(
    fc.record({ kind: fc.constant("acquire" as const), messages: fc.integer({ min: 1, max: 8 }) }),
    fc.record({ kind: fc.constant("release" as const), which: fc.nat(20) }),
    fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 40_000 }) }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 12 }),
      fc.array(action, { maxLength: 40 }),
      async (most, actions) => {
        const [tenantId, clock] = [uniqueName("tenant"), stoppedClock()];
        const limits = [limit("tenant", tenantId, { concurrency: most })];
        const permits = createPermits({
          redis,
          ...limitsFrom(pool, () => limits),
          timeZone: "UTC",
          enabled: true,
          now: clock.now,
        });
        let held: { leaseId: string; messages: number; untilMs: number }[] = [];
        for (const each of actions) {
          held = held.filter(({ untilMs }) => untilMs > clock.now());
          const onTheWire = held.reduce((sum, { messages }) => sum + messages, 0);
          if (each.kind === "wait") clock.advance(each.ms);
          else if (each.kind === "release") {
            const lease = held[each.which];
            if (lease) permits.release(lease.leaseId);
            held = held.filter((other) => other !== lease);
          } else {
            const asks = [
              { nodeId: "n", mailboxProvider: tenantId, fromEmail: "a@b.c", messages: each.messages },
            ];
            const permit = await permits.acquire({ tenantId, sendId: "s", lane: "retry", asks }, null);
            const messages = permit.grants[0]?.messages ?? 0;
            expect(messages).toBe(Math.min(each.messages, most - onTheWire));
            if (permit.leaseId !== null)
              held.push({ leaseId: permit.leaseId, messages, untilMs: clock.now() + 60_000 });
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});
