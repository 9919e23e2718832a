import type { Redis } from "ioredis";
import type { BatchKey, Journal } from "../activities/delivery-ports.js";
import { OwnershipLost } from "../domain/errors.js";
import { unpackBits } from "./bitmap.js";
import { beforeDeadline } from "./deadline.js";
import { createJournalMarks } from "./journal-marks.js";
import { notOwner, resetScript, takeOverScript } from "./journal-script.js";
import { journalKey } from "./keys.js";

export interface RedisJournal extends Journal {
  /**
   * Resolves when every mark made so far stands in Redis; for shutdown. Waits for as long as Redis is away.
   * @throws Unavailable when the connection was closed before they did.
   */
  flush(): Promise<void>;
}

/**
 * The announce/accept journal in Redis. Every awaited method rejects with `Unavailable` within seconds while Redis is
 * away; acceptances wait in memory until it is back.
 * @param redis a connection made with `whenAway: "retry"`.
 */
export function createJournal(redis: Redis): RedisJournal {
  const marks = createJournalMarks(redis);
  const keyOf = (batch: BatchKey) => journalKey(batch.sendId, batch.batchNo);

  return {
    takeOver: async (batch, token) => {
      const key = keyOf(batch);
      // An earlier attempt in this process may still have acceptances on their way.
      await beforeDeadline(redis, () => marks.written(key));
      const state = await beforeDeadline(redis, () => takeOverScript.runForBytes(redis, [key], [token]));
      const [begun, announced, accepted] = state as (Buffer | null)[];
      marks.open(key, token);
      return {
        existed: Boolean(begun),
        announced: unpackBits(announced ?? Buffer.alloc(0)),
        accepted: unpackBits(accepted ?? Buffer.alloc(0)),
      };
    },

    /** @throws OwnershipLost when another token owns the journal. */
    reset: async (batch, token) => {
      const key = keyOf(batch);
      await beforeDeadline(redis, () => marks.written(key));
      const reply = await beforeDeadline(redis, () => resetScript.run(redis, [key], [token]));
      if (reply === notOwner) throw new OwnershipLost(batch.sendId, batch.batchNo);
      marks.open(key, token);
    },

    /**
     * A journal that is gone, because the batch was finished by another attempt or because Redis restarted empty, is not
     * begun again: what was announced before would look as if it had never been.
     * `Unavailable` also when Redis was away since the journal was taken over: the attempt settles what it knows, and
     * the next one begins a journal that is whole.
     */
    announce: (batch, token, bits, answer) => {
      if (bits.length === 0) return answer(null);
      marks.announce(keyOf(batch), {
        token,
        bits,
        answer: (outcome) => {
          if (outcome instanceof Error) answer(outcome);
          else answer(outcome ? null : new OwnershipLost(batch.sendId, batch.batchNo));
        },
      });
    },

    accept: (batch, bit) => marks.accept(keyOf(batch), bit),
    withdraw: (batch, bits) => marks.withdraw(keyOf(batch), bits),

    drop: async (batch) => {
      const key = keyOf(batch);
      marks.forget(key);
      await beforeDeadline(redis, () => redis.unlink(key));
    },

    flush: () => marks.flush(),
  };
}
