import { describe, expect, test } from "vitest";
import type { BatchKey, Journal, JournalState } from "../../activities/delivery-ports.js";
import { OwnershipLost } from "../../domain/errors.js";
import { uniqueName } from "./factory.js";

export function batchKey(): BatchKey {
  return { sendId: uniqueName("send"), batchNo: 3 };
}

export function range(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}

/** Resolves when the announcement stands; rejects with why it does not. */
export function announcing(journal: Journal, batch: BatchKey, token: string, bits: number[]): Promise<void> {
  return new Promise((resolve, reject) =>
    journal.announce(batch, token, bits, (refusal) => (refusal ? reject(refusal) : resolve())),
  );
}

const empty: JournalState = { existed: false, announced: new Set(), accepted: new Set() };

/** What every implementation of the port must do. `written` resolves when marks made so far can be read. */
export function journalContract(create: () => { journal: Journal; written: () => Promise<void> }): void {
  describe("a journal", () => {
    test("that nobody opened did not exist", async () => {
      const { journal } = create();
      const batch = batchKey();
      expect(await journal.takeOver(batch, "a")).toEqual(empty);
      // Taking it over is not enough: its first owner may have died before it knew what the journal had lost.
      expect(await journal.takeOver(batch, "b")).toEqual(empty);
      await journal.reset(batch, "b");
      expect(await journal.takeOver(batch, "c")).toEqual({ ...empty, existed: true });
    });

    test("tells the next owner what was announced and accepted", async () => {
      const { journal, written } = create();
      const batch = batchKey();
      await journal.takeOver(batch, "a");
      await announcing(journal, batch, "a", [0, 7, 8, 499]);
      await announcing(journal, batch, "a", range(100, 50));
      await announcing(journal, batch, "a", []);
      for (const bit of [499, 0, 120]) journal.accept(batch, bit);
      await written();
      expect(await journal.takeOver(batch, "b")).toEqual({
        existed: true,
        announced: new Set([0, 7, 8, ...range(100, 50), 499]),
        accepted: new Set([0, 120, 499]),
      });
    });

    test("belongs to one batch", async () => {
      const { journal } = create();
      const batch = batchKey();
      await journal.takeOver(batch, "a");
      await announcing(journal, batch, "a", [1]);
      expect(await journal.takeOver({ ...batch, batchNo: 4 }, "a")).toEqual(empty);
    });

    test("takes announcements from its owner only", async () => {
      const { journal } = create();
      const batch = batchKey();
      await journal.takeOver(batch, "a");
      await journal.takeOver(batch, "b");
      await expect(announcing(journal, batch, "a", [1])).rejects.toBeInstanceOf(OwnershipLost);
      await expect(journal.reset(batch, "a")).rejects.toBeInstanceOf(OwnershipLost);
      await announcing(journal, batch, "b", [2]);
      expect((await journal.takeOver(batch, "c")).announced).toEqual(new Set([2]));
    });

    test("keeps an acceptance that a former owner saw", async () => {
      const { journal, written } = create();
      const batch = batchKey();
      await journal.takeOver(batch, "a");
      await announcing(journal, batch, "a", [1]);
      await journal.takeOver(batch, "b");
      journal.accept(batch, 1);
      await written();
      expect((await journal.takeOver(batch, "c")).accepted).toEqual(new Set([1]));
    });

    test("forgets announcements that were withdrawn, until they are announced again", async () => {
      const { journal, written } = create();
      const batch = batchKey();
      await journal.takeOver(batch, "a");
      await announcing(journal, batch, "a", range(0, 20));
      journal.withdraw(batch, [3]);
      journal.withdraw(batch, [4, 17]);
      journal.withdraw(batch, [5]);
      await announcing(journal, batch, "a", [5]);
      await written();
      await announcing(journal, batch, "a", [17]);
      const left = range(0, 20).filter((bit) => bit !== 3 && bit !== 4);
      expect((await journal.takeOver(batch, "b")).announced).toEqual(new Set(left));
    });

    test("is emptied by a reset and stays its owner's", async () => {
      const { journal, written } = create();
      const batch = batchKey();
      await journal.takeOver(batch, "a");
      await announcing(journal, batch, "a", [1, 2]);
      journal.accept(batch, 1);
      await journal.takeOver(batch, "b");
      await journal.reset(batch, "b");
      await announcing(journal, batch, "b", [9]);
      await written();
      expect(await journal.takeOver(batch, "c")).toEqual({
        ...empty,
        existed: true,
        announced: new Set([9]),
      });
    });

    test("that was dropped is gone, and lets nobody announce who has not opened it", async () => {
      const { journal } = create();
      const batch = batchKey();
      await journal.takeOver(batch, "a");
      await announcing(journal, batch, "a", [1]);
      journal.accept(batch, 1);
      await journal.drop(batch);
      await expect(announcing(journal, batch, "a", [2])).rejects.toBeInstanceOf(OwnershipLost);
      expect((await journal.takeOver(batch, "b")).existed).toBe(false);
    });
  });
}
