import { describe, expect, test } from "vitest";
import type { Permits } from "../../activities/delivery-ports.js";
import type { Permit, PermitAsk } from "../../domain/permits.js";
import { ask, granted, limit, names, request, stoppedClock, type Names } from "./factory.js";
import type { PermitsSetup } from "./permits-contract.js";

/** What every implementation does with permits that were granted and not used. */
export function giveBackContract(create: (setup: PermitsSetup) => Permits): void {
  function giveBack(permits: Permits, of: Names, permit: Permit, asks: PermitAsk[], perSecond?: number) {
    const { leaseId, grantedAtMs } = permit;
    const { tenantId, sendId } = of;
    permits.release(leaseId, { tenantId, sendId, sendPerSecond: perSecond ?? null, grantedAtMs, asks });
  }

  describe("what did not leave", () => {
    test("is given back to every limit it was taken from, and its leases end", async () => {
      const [of, clock] = [names(), stoppedClock()];
      const limits = [
        limit("tenant", of.tenantId, { perSecond: 100, perDay: 90, concurrency: 90 }),
        limit("node", of.nodeId, { perDay: 90 }),
        limit("mailbox-provider", of.mailboxProvider, { perSecond: 90, concurrency: 90 }),
      ];
      const permits = create({ limits, now: clock.now });
      const permit = await permits.acquire(request(of, 90), 90);
      expect(permit.grants).toEqual([{ messages: 90 }]);
      expect((await permits.acquire(request(of, 1), 90)).grants[0]?.messages).toBe(0);
      giveBack(permits, of, permit, [ask(of, 40)], 90);
      const again = await permits.acquire(request(of, 90), 90);
      expect(again.grants[0]).toMatchObject({ messages: 40 });
    });

    test("goes back by its node and mailbox provider", async () => {
      const [of, other, clock] = [names(), names(), stoppedClock()];
      const limits = [limit("node", of.nodeId, { perDay: 10 }), limit("node", other.nodeId, { perDay: 10 })];
      const permits = create({ limits, now: clock.now });
      const asks = [ask(of, 10), ask(other, 10)];
      const permit = await permits.acquire(request(of, 0, { asks }), null);
      giveBack(permits, of, permit, [ask(other, 3), ask(other, 1, { mailboxProvider: "another" })]);
      const { grants } = await permits.acquire(request(of, 0, { asks }), null);
      expect(grants.map(({ messages }) => messages)).toEqual([0, 4]);
    });

    test("never fills a bucket above its capacity", async () => {
      const [of, clock] = [names(), stoppedClock()];
      const permits = create({
        limits: [limit("node", of.nodeId, { perSecond: 1, burst: 10 })],
        now: clock.now,
      });
      const permit = await permits.acquire(request(of, 9), null);
      clock.advance(4_000);
      giveBack(permits, of, permit, [ask(of, 9)]);
      expect(await granted(permits, of, 20, { lane: "priority-high" })).toBe(10);
    });

    test("and what flowed in meanwhile are not had both", async () => {
      const [of, clock] = [names(), stoppedClock()];
      const permits = create({
        limits: [limit("node", of.nodeId, { perSecond: 1, burst: 5 })],
        now: clock.now,
      });
      const first = await permits.acquire(request(of, 5), null);
      clock.advance(4_000);
      expect(await granted(permits, of, 4)).toBe(4);
      // Two of five were used: after four seconds a bucket of five would have been full, and one would be left in it.
      giveBack(permits, of, first, [ask(of, 3)]);
      expect(await granted(permits, of, 5)).toBeLessThanOrEqual(1);
    });

    test("belongs to its own day and to no other", async () => {
      const [of, clock] = [names(), stoppedClock("2026-03-10T22:59:59Z")];
      const limits = [limit("node", of.nodeId, { perDay: 10 })];
      const permits = create({ limits, now: clock.now, timeZone: "Europe/Berlin" });
      const yesterdays = await permits.acquire(request(of, 10), null);
      clock.advance(1_000);
      expect(await granted(permits, of, 8)).toBe(8);
      giveBack(permits, of, yesterdays, [ask(of, 10)]);
      expect(await granted(permits, of, 10)).toBe(2);
    });

    test("of limits that nobody has set is taken calmly", async () => {
      const [of, clock] = [names(), stoppedClock()];
      const permits = create({ limits: [], now: clock.now });
      const permit = await permits.acquire(request(of, 5), null);
      giveBack(permits, of, permit, [ask(of, 5)]);
      expect(await granted(permits, of, 5)).toBe(5);
    });
  });
}
