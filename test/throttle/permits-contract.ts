import { describe, expect, test } from "vitest";
import type { Permits } from "../../activities/delivery-ports.js";
import { InvalidInput } from "../../domain/errors.js";
import type { Limit } from "../../domain/permits.js";
import { ask, granted, limit, names, request, stoppedClock } from "./factory.js";

export interface PermitsSetup {
  limits: Limit[];
  now: () => number;
  timeZone?: string;
}

/** What every implementation of the port must do. `create` may be called several times for the same state. */
export function permitsContract(create: (setup: PermitsSetup) => Permits): void {
  describe("what a gate of reputation has stopped", () => {
    test("gets nothing on any lane, and is told until when at most a day ahead", async () => {
      const [of, clock] = [names(), stoppedClock()];
      const hourMs = 3_600_000;
      const until = (inMs: number | null) => (inMs === null ? null : new Date(clock.now() + inMs));
      for (const [inMs, waitMs] of [
        [hourMs, hourMs],
        [-hourMs, 60_000],
        [9 * 24 * hourMs, 24 * hourMs],
        [null, 24 * hourMs],
      ] as const) {
        const limits = [limit("reputation", `node/${of.nodeId}`, { stoppedUntil: until(inMs) })];
        const permits = create({ limits, now: clock.now });
        for (const lane of ["campaign-standard", "priority-high"] as const) {
          const { grants } = await permits.acquire(request(of, 5, { lane }), null);
          expect(grants).toEqual([{ messages: 0, heldBy: `reputation:node/${of.nodeId} stopped`, waitMs }]);
        }
      }
    });
  });

  describe("a rate", () => {
    test("lets a burst go at once, then its rate, and says when the next message may go", async () => {
      const [of, clock] = [names(), stoppedClock()];
      const limits = [limit("tenant", of.tenantId, { perSecond: 2, burst: 5 })];
      const permits = create({ limits, now: clock.now });
      const first = await permits.acquire(request(of, 8), null);
      const heldBy = `tenant:${of.tenantId} rate`;
      expect(first).toEqual({
        grants: [{ messages: 5, heldBy, waitMs: 500 }],
        leaseId: null,
        grantedAtMs: clock.now(),
      });
      clock.advance(499);
      expect(await granted(permits, of, 1)).toBe(0);
      clock.advance(1);
      expect(await granted(permits, of, 1)).toBe(1);
      clock.advance(3_600_000);
      expect(await granted(permits, of, 100)).toBe(5);
    });

    test("below one a second grants one message at a time", async () => {
      const [of, clock] = [names(), stoppedClock()];
      const limits = [limit("mailbox-provider", of.mailboxProvider, { perSecond: 0.5 })];
      const permits = create({ limits, now: clock.now });
      expect(await granted(permits, of, 3)).toBe(1);
      const held = await permits.acquire(request(of, 3), null);
      expect(held.grants).toEqual([
        { messages: 0, heldBy: `mailbox-provider:${of.mailboxProvider} rate`, waitMs: 2_000 },
      ]);
      clock.advance(2_000);
      expect(await granted(permits, of, 3)).toBe(1);
    });

    test("that an operator gave a send holds that send and no other", async () => {
      const [of, clock] = [names(), stoppedClock()];
      const permits = create({ limits: [], now: clock.now });
      const permit = await permits.acquire(request(of, 10), 4);
      expect(permit.grants).toEqual([{ messages: 4, heldBy: `send:${of.sendId} rate`, waitMs: 250 }]);
      const other = await permits.acquire(request({ ...of, sendId: names().sendId }, 10), 4);
      expect(other.grants[0]?.messages).toBe(4);
      expect(await granted(permits, of, 10)).toBe(10);
    });

    test.each([0, -1, Number.NaN])("of %d for a send is refused", async (perSecond) => {
      const permits = create({ limits: [], now: stoppedClock().now });
      await expect(permits.acquire(request(names(), 1), perSecond)).rejects.toBeInstanceOf(InvalidInput);
    });

    test.each(["tenant", "node"] as const)(
      "of a %s keeps a tenth of its burst for priority-high",
      async (scope) => {
        const [of, clock] = [names(), stoppedClock()];
        const key = scope === "tenant" ? of.tenantId : of.nodeId;
        const permits = create({
          limits: [limit(scope, key, { perSecond: 10, burst: 100 })],
          now: clock.now,
        });
        expect(await granted(permits, of, 100)).toBe(90);
        expect(await granted(permits, of, 1, { lane: "retry" })).toBe(0);
        const held = await permits.acquire(request(of, 1), null);
        expect(held.grants[0]?.waitMs).toBe(100);
        expect(await granted(permits, of, 100, { lane: "priority-high" })).toBe(10);
      },
    );
  });

  describe("a day's allowance", () => {
    test("ends, says how long until midnight of the time zone, and begins anew there", async () => {
      const [of, clock] = [names(), stoppedClock("2026-03-10T22:59:00Z")];
      const limits = [limit("node", of.nodeId, { perDay: 50 })];
      const permits = create({ limits, now: clock.now, timeZone: "Europe/Berlin" });
      expect(await granted(permits, of, 30)).toBe(30);
      const rest = await permits.acquire(request(of, 30), null);
      expect(rest.grants).toEqual([{ messages: 20, heldBy: `node:${of.nodeId} day`, waitMs: 60_000 }]);
      clock.advance(59_999);
      expect(await granted(permits, of, 1)).toBe(0);
      clock.advance(1);
      expect(await granted(permits, of, 60)).toBe(50);
    });

    test.each([
      ["Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", 23],
      ["Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 25],
      ["America/New_York", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z", 23],
      ["Asia/Kolkata", "2026-03-07T18:30:00Z", "2026-03-08T18:30:00Z", 24],
    ])("in %s from %s lasts to %s: %d hours", async (timeZone, begins, ends, hours) => {
      const [of, clock] = [names(), stoppedClock(begins)];
      const permits = create({ limits: [limit("node", of.nodeId, { perDay: 1 })], now: clock.now, timeZone });
      expect(await granted(permits, of, 1)).toBe(1);
      const held = await permits.acquire(request(of, 1), null);
      expect(held.grants[0]?.waitMs).toBe(hours * 3_600_000);
      clock.advance(hours * 3_600_000 - 1);
      expect(await granted(permits, of, 1)).toBe(0);
      clock.set(ends);
      expect(await granted(permits, of, 1)).toBe(1);
    });

    test("is not given twice when the clock steps back over midnight", async () => {
      const [of, clock] = [names(), stoppedClock("2026-03-10T00:00:00Z")];
      const permits = create({
        limits: [limit("node", of.nodeId, { perDay: 5 })],
        now: clock.now,
        timeZone: "UTC",
      });
      expect(await granted(permits, of, 9)).toBe(5);
      clock.advance(-1_000);
      expect(await granted(permits, of, 9)).toBe(0);
      clock.advance(2_000);
      expect(await granted(permits, of, 9)).toBe(0);
    });
  });

  describe("an hour's allowance", () => {
    test("ends with the hour, within that of the day, and what did not leave is given back", async () => {
      const [of, clock] = [names(), stoppedClock("2026-03-10T12:59:00Z")];
      const limits = [limit("warmup", `node/${of.nodeId}`, { perDay: 50, perHour: 20 })];
      const permits = create({ limits, now: clock.now });
      const permit = await permits.acquire(request(of, 30), null);
      const heldBy = `warmup:node/${of.nodeId} hour`;
      expect(permit.grants).toEqual([{ messages: 20, heldBy, waitMs: 60_000 }]);
      const { tenantId, sendId } = of;
      const terms = { tenantId, sendId, sendPerSecond: null, grantedAtMs: permit.grantedAtMs };
      permits.release(permit.leaseId, { ...terms, asks: [ask(of, 5)] });
      expect(await granted(permits, of, 30)).toBe(5);
      clock.advance(60_000);
      expect(await granted(permits, of, 30)).toBe(20);
      clock.advance(3_600_000);
      expect(await granted(permits, of, 30)).toBe(10);
    });
  });

  describe("what warms up", () => {
    test("is a node, a domain or a mailbox, as a whole and towards each mailbox provider, on every lane", async () => {
      const [of, clock] = [names(), stoppedClock()];
      const [domain, mailbox] = [`${of.tenantId}.example`, `anna@${of.tenantId}.example`];
      const limits = [
        limit("warmup", `node/${of.nodeId}`, { perDay: 100 }),
        limit("warmup", `node/${of.nodeId}/${of.mailboxProvider}`, { perDay: 40 }),
        limit("warmup", `domain/${domain}`, { perDay: 30 }),
        limit("warmup", `mailbox/${mailbox}`, { perDay: 5 }),
      ];
      const permits = create({ limits, now: clock.now });
      const asks = [
        ask(of, 50, { fromEmail: `Anna@${domain}` }),
        ask(of, 50, { fromEmail: `bert@${domain}` }),
        ask(of, 50, { fromEmail: "carl@elsewhere.example" }),
        ask(of, 90, { fromEmail: "carl@elsewhere.example", mailboxProvider: "another" }),
      ];
      const { grants } = await permits.acquire(request(of, 0, { asks, lane: "priority-high" }), null);
      expect(grants.map(({ messages, heldBy }) => [messages, heldBy])).toEqual([
        [5, `warmup:mailbox/${mailbox} day`],
        [25, `warmup:domain/${domain} day`],
        [10, `warmup:node/${of.nodeId}/${of.mailboxProvider} day`],
        [60, `warmup:node/${of.nodeId} day`],
      ]);
    });
  });

  describe("a concurrency limit", () => {
    test("counts messages on the wire until they are released", async () => {
      const [of, clock] = [names(), stoppedClock()];
      const permits = create({ limits: [limit("tenant", of.tenantId, { concurrency: 10 })], now: clock.now });
      const first = await permits.acquire(request(of, 7), null);
      const second = await permits.acquire(request(of, 7), null);
      expect(second.grants).toMatchObject([{ messages: 3, heldBy: `tenant:${of.tenantId} concurrency` }]);
      expect(await granted(permits, of, 1)).toBe(0);
      permits.release(first.leaseId ?? "");
      permits.release(first.leaseId ?? "");
      expect(await granted(permits, of, 20)).toBe(7);
    });

    test("is freed when the process that held it is gone", async () => {
      const [of, clock] = [names(), stoppedClock()];
      const setup = { limits: [limit("node", of.nodeId, { concurrency: 4 })], now: clock.now };
      expect(await granted(create(setup), of, 4)).toBe(4);
      const another = create(setup);
      clock.advance(59_999);
      expect(await granted(another, of, 1)).toBe(0);
      clock.advance(1);
      expect(await granted(another, of, 9)).toBe(4);
    });

    test("gives no lease where none applies, and takes a foreign one calmly", async () => {
      const [of, clock] = [names(), stoppedClock()];
      const permits = create({ limits: [limit("tenant", of.tenantId, { perSecond: 5 })], now: clock.now });
      expect((await permits.acquire(request(of, 1), null)).leaseId).toBeNull();
      permits.release("nobody's");
    });
  });

  describe("several limits", () => {
    test("grant what fits all, take from each what was granted, and name the one that holds longest", async () => {
      const [of, clock] = [names(), stoppedClock()];
      const limits = [
        limit("tenant", of.tenantId, { perSecond: 8 }),
        limit("node", of.nodeId, { perSecond: 1, burst: 3 }),
        limit("mailbox-provider", of.mailboxProvider, { perDay: 3 }),
      ];
      const permits = create({ limits, now: clock.now });
      const permit = await permits.acquire(request(of, 10), null);
      expect(permit.grants[0]).toMatchObject({
        messages: 3,
        heldBy: `mailbox-provider:${of.mailboxProvider} day`,
      });
      const elsewhere = names();
      const rest = await permits.acquire(request({ ...elsewhere, tenantId: of.tenantId }, 10), null);
      expect(rest.grants[0]?.messages).toBe(5);
    });

    test("serve the asks of a request in order, each by its own node and mailbox provider", async () => {
      const [of, other, clock] = [names(), names(), stoppedClock()];
      const limits = [
        limit("tenant", of.tenantId, { perSecond: 9 }),
        limit("node", of.nodeId, { perSecond: 2 }),
        limit("mailbox-provider", other.mailboxProvider, { perSecond: 4 }),
      ];
      const permits = create({ limits, now: clock.now });
      const asks = [
        ask(of, 5),
        ask(other, 5),
        ask(of, 5, { mailboxProvider: other.mailboxProvider }),
        ask(of, 0),
        ask(other, 5, { mailboxProvider: "another" }),
      ];
      const { grants } = await permits.acquire(request(of, 0, { asks }), null);
      expect(grants.map(({ messages }) => messages)).toEqual([2, 4, 0, 0, 3]);
      expect(grants.map(({ heldBy }) => heldBy)).toEqual([
        `node:${of.nodeId} rate`,
        `mailbox-provider:${other.mailboxProvider} rate`,
        `node:${of.nodeId} rate`,
        undefined,
        `tenant:${of.tenantId} rate`,
      ]);
    });

    test("are shared by all who ask", async () => {
      const [of, clock] = [names(), stoppedClock()];
      const setup = {
        limits: [limit("tenant", of.tenantId, { perSecond: 250, burst: 700, perDay: 650 })],
        now: clock.now,
      };
      const everybody = Array.from({ length: 5 }, () => create(setup));
      const grants = await Promise.all(
        Array.from({ length: 1_000 }, (_, i) => granted(everybody[i % 5]!, of, 1 + (i % 7))),
      );
      expect(grants.reduce((sum: number, messages) => sum + (messages ?? 0), 0)).toBe(630);
    });
  });
}
