import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { unpackBits } from "../../throttle/bitmap.js";
import { createJournal } from "../../throttle/journal.js";
import { testRedis } from "../setup/stack.js";
import { announcing, batchKey, journalContract, range } from "./journal-contract.js";

const { redis } = await testRedis();

describe("The journal in Redis", () => {
  journalContract(() => {
    const journal = createJournal(redis);
    return { journal, written: () => journal.flush() };
  });

  test("is read by another process as it was written", async () => {
    const batch = batchKey();
    const [first, second] = [createJournal(redis), createJournal(redis)];
    await first.takeOver(batch, "a");
    await announcing(first, batch, "a", range(0, 40));
    for (const bit of range(0, 39)) first.accept(batch, bit);
    await first.flush();
    const state = await second.takeOver(batch, "b");
    expect(state.announced.size - state.accepted.size).toBe(1);
  });

  test("keeps what a zombie in the same process would take back", async () => {
    const batch = batchKey();
    const journal = createJournal(redis);
    await journal.takeOver(batch, "zombie");
    await announcing(journal, batch, "zombie", [5]);
    await journal.takeOver(batch, "owner");
    await announcing(journal, batch, "owner", [5]);
    journal.withdraw(batch, [5]);
    journal.accept(batch, 6);
    await journal.flush();
    expect(await createJournal(redis).takeOver(batch, "next")).toMatchObject({
      announced: new Set([5]),
      accepted: new Set([6]),
    });
  });

  test("keeps what a zombie in another process would take back", async () => {
    const batch = batchKey();
    const [zombie, owner] = [createJournal(redis), createJournal(redis)];
    await zombie.takeOver(batch, "zombie");
    await announcing(zombie, batch, "zombie", [5]);
    await owner.takeOver(batch, "owner");
    zombie.withdraw(batch, [5]);
    zombie.accept(batch, 6);
    await zombie.flush();
    expect(await owner.takeOver(batch, "next")).toMatchObject({
      announced: new Set([5]),
      accepted: new Set([6]),
    });
  });

  test("that Redis has lost does not exist, and its running attempt may announce no more", async () => {
    const batch = batchKey();
    const journal = createJournal(redis);
    await journal.takeOver(batch, "a");
    await announcing(journal, batch, "a", [1, 2]);
    await redis.unlink(`journal:{${batch.sendId}:${batch.batchNo}}`);
    await expect(announcing(journal, batch, "a", [3])).rejects.toThrow(/owns/);
    journal.accept(batch, 2);
    await journal.flush();
    expect(await journal.takeOver(batch, "b")).toEqual({
      existed: false,
      announced: new Set(),
      accepted: new Set([2]),
    });
  });

  test("expires a week after it was last taken over", async () => {
    const batch = batchKey();
    const journal = createJournal(redis);
    await journal.takeOver(batch, "a");
    await announcing(journal, batch, "a", [1]);
    const week = 7 * 24 * 3_600_000;
    const ttl = await redis.pttl(`journal:{${batch.sendId}:${batch.batchNo}}`);
    expect(ttl).toBeGreaterThan(week - 60_000);
    expect(ttl).toBeLessThanOrEqual(week);
  });

  test("says after any sequence of marks what a set would say", async () => {
    const bits = fc.array(fc.nat(600), { maxLength: 60 });
    const mark = fc.record({ kind: fc.constantFrom("announce", "withdraw", "accept", "read"), bits });
    await fc.assert(
      fc.asyncProperty(fc.array(mark, { maxLength: 12 }), async (marks) => {
        const batch = batchKey();
        const journal = createJournal(redis);
        const [announced, accepted] = [new Set<number>(), new Set<number>()];
        await journal.takeOver(batch, "a");
        await journal.reset(batch, "a");
        for (const { kind, bits } of marks) {
          if (kind === "announce") {
            await announcing(journal, batch, "a", bits);
            bits.forEach((bit) => announced.add(bit));
          } else if (kind === "withdraw") {
            journal.withdraw(batch, bits);
            bits.forEach((bit) => announced.delete(bit));
          } else if (kind === "accept") {
            bits.forEach((bit) => journal.accept(batch, bit));
            bits.forEach((bit) => accepted.add(bit));
          } else await journal.flush();
        }
        await journal.flush();
        expect(await journal.takeOver(batch, "a")).toEqual({ existed: true, announced, accepted });
      }),
      { numRuns: 100 },
    );
  });
});

test("Bits are read as Redis numbers them, from the highest of each byte", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.nat(2_000), { maxLength: 20 }), async (bits) => {
      const key = `bits:${randomUUID()}`;
      for (const bit of bits) await redis.setbit(key, bit, 1);
      expect(unpackBits((await redis.getBuffer(key)) ?? Buffer.alloc(0))).toEqual(new Set(bits));
    }),
    { numRuns: 20 },
  );
});
