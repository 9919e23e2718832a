import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accountFor, expectAccounted, type Account } from "../support/crash-account.js";
import { connections, createAudience, tenantId, type Audience } from "../support/crash-audience.js";
import type { CrashPart } from "../support/crash-part.js";
import { crashTable, type CrashFigures } from "../support/crash-report.js";
import { startSend, type CrashSend } from "../support/crash-send.js";
import { startCrashStack, type CrashStack } from "../support/crash-stack.js";
import { until } from "../support/until.js";

const recipients = 20_000;
/** Recipients one crash of a sender may leave in doubt: a message a connection, whatever batches they belong to. */
const announcedWindow = connections;

let stack: CrashStack;
let audience: Audience;
const figures: CrashFigures[] = [];

beforeAll(async () => {
  stack = await startCrashStack();
  audience = await createAudience(stack, recipients);
  // Every reply takes a moment, as over a network: there are always messages on the wire.
  await stack.smtp.setFaults([{ stage: "after-dot", action: { kind: "slow", ms: 5 } }]);
}, 180_000);

afterAll(async () => {
  console.log(`\n${crashTable(figures)}\n`);
  await stack.close();
});

interface Crash {
  part: CrashPart;
  /** When, as shares of the messages sent. */
  at: number[];
  /** What happens between the death and the restart. */
  meanwhile?: () => Promise<void>;
}

/** Kills `part` again and again in the middle of the send, and starts it again at once. */
async function crash(send: CrashSend, { part, at, meanwhile }: Crash): Promise<number[]> {
  const hits: number[] = [];
  for (const share of at) {
    hits.push(await send.reaches(share));
    const exit = await part.kill();
    expect(exit.signal).toBe("SIGKILL");
    expect(await send.received()).toBeLessThan(recipients - audience.suppressed);
    await meanwhile?.();
    await part.start();
  }
  for (const hit of hits) expect(hit).toBeGreaterThan(0);
  return hits;
}

/** Starts a send, lets `fault` strike, waits for the end, and holds the ledger against what the server took. */
async function survive(
  what: string,
  fault: (send: CrashSend) => Promise<{ at: number[]; inDoubt?: number[]; window: number }>,
): Promise<Account> {
  const startedMs = Date.now();
  const send = await startSend(stack, audience, what);
  const { at, inDoubt = [], window } = await fault(send);
  await send.ends();
  const account = await accountFor(stack, send);
  figures.push({ what, at, inDoubt, account, seconds: (Date.now() - startedMs) / 1_000 });
  expectAccounted(account, audience, window);
  // While another part was dead, the workers waited for it.
  for (const { name, ownEnds } of Object.values(stack.parts))
    expect({ name, ownEnds }).toEqual({ name, ownEnds: [] });
  return account;
}

describe("A send of 20,000 accounts for every recipient", { timeout: 240_000 }, () => {
  it("when its sender is killed while messages are on the wire", async () => {
    const doubtful = new Set<string>();
    const account = await survive("sender killed", async (send) => {
      const inDoubt: number[] = [];
      const at = await crash(send, {
        part: stack.parts.sender,
        at: [0.1, 0.3, 0.5, 0.7],
        meanwhile: async () => {
          // Batches of the kill before may not have been taken up again: what they left in doubt was that kill's.
          const people = (await send.inDoubt()).filter((contactId) => !doubtful.has(contactId));
          inDoubt.push(people.length);
          people.forEach((contactId) => doubtful.add(contactId));
          expect(await send.settled()).toBeLessThan(recipients);
        },
      });
      expect(inDoubt.filter((people) => people > 0).length).toBeGreaterThanOrEqual(3);
      expect(Math.max(...inDoubt)).toBeLessThanOrEqual(announcedWindow);
      expect((await stack.smtp.statistics()).peakConnections).toBeGreaterThanOrEqual(connections);
      return { at, inDoubt, window: at.length * announcedWindow };
    });
    expect(account.flagged.filter((contactId) => !doubtful.has(contactId))).toEqual([]);
  });

  it("when its orchestrator is killed", async () => {
    await survive("orchestrator killed", async (send) => {
      const at = await crash(send, { part: stack.parts.orchestrator, at: [0.2, 0.6] });
      return { at, window: announcedWindow };
    });
  });

  it("when Temporal is killed", async () => {
    await survive("Temporal killed", async (send) => {
      const at = await crash(send, { part: stack.parts.temporal, at: [0.15, 0.5] });
      return { at, window: at.length * announcedWindow };
    });
  });

  it("when Redis is killed", async () => {
    await survive("Redis killed", async (send) => {
      const at = await crash(send, { part: stack.parts.redis, at: [0.1, 0.4, 0.7] });
      return { at, window: at.length * announcedWindow };
    });
  });

  it("when Postgres is killed", async () => {
    await survive("Postgres killed", async (send) => {
      const at = await crash(send, { part: stack.parts.postgres, at: [0.1, 0.4, 0.7] });
      return { at, window: at.length * announcedWindow };
    });
  });

  it("when Redis loses everything and the sender dies with it", async () => {
    const { sender, redis } = stack.parts;
    await survive("Redis emptied, sender killed", async (send) => {
      const at = [await send.reaches(0.2)];
      const exits = await Promise.all([sender.kill(), redis.kill()]);
      expect(exits.map(({ signal }) => signal)).toEqual(["SIGKILL", "SIGKILL"]);
      // Nobody knows any more what of these was announced: all of them count as if it had been.
      const window = await send.unsettledInOpenBatches();
      expect(window).toBeGreaterThan(0);
      await stack.loseRedisData();
      await redis.start();
      return { at, inDoubt: [window], window };
    });
  });

  it("when Redis loses everything under a living sender, which knows what became of each message", async () => {
    const account = await survive("Redis emptied", async (send) => {
      const at = [await send.reaches(0.2)];
      await stack.redis.flushall();
      at.push(await send.reaches(0.5));
      expect(await send.received()).toBeLessThan(recipients - audience.suppressed);
      await stack.redis.flushall();
      return { at, window: 0 };
    });
    expect(account.duplicates).toEqual([]);
  });

  it("when the SMTP server goes away for a while: it waits, and spends no attempt on that", async () => {
    const account = await survive("SMTP server away", async (send) => {
      const at = [await send.reaches(0.3)];
      await stack.smtp.goAway();
      await until("the sender to find nobody there", async () => {
        const refusals = (await stack.senderLog()).match(/smtp\.no_session/g) ?? [];
        return refusals.length >= 3;
      });
      expect(await send.received()).toBeLessThan(recipients - audience.suppressed);
      await stack.smtp.comeBack();
      return { at, window: connections };
    });
    // What was cut off within its transaction, at most one message a connection.
    expect(account.repeated.length).toBeLessThanOrEqual(connections);
  });

  it("when its sender is asked to stop: what is on the wire is finished, nothing is in doubt", async () => {
    const account = await survive("sender stopped", async (send) => {
      const at: number[] = [];
      for (const share of [0.2, 0.6]) {
        at.push(await send.reaches(share));
        expect(await stack.parts.sender.terminate()).toEqual({ code: 0, signal: null });
        expect(await send.received()).toBeLessThan(recipients - audience.suppressed);
        expect(await send.inDoubt()).toEqual([]);
      }
      return { at, window: 0 };
    });
    expect(account.duplicates).toEqual([]);
  });

  it("when it is paused, stands still, and is resumed", async () => {
    const { campaigns } = stack.floe;
    const account = await survive("paused and resumed", async (send) => {
      const at = [await send.reaches(0.2)];
      await campaigns.pause({ tenantId, sendId: send.sendId });
      await until("the pause", async () => (await send.openBatches()) === 0);
      let before = -1;
      const stillLook = async () => {
        const now = await send.received();
        const isStill = now === before;
        before = now;
        return isStill;
      };
      await until("nothing sent between two looks", stillLook, { everyMs: 1_500 });
      // A batch that was on its way to a worker at the pause may have begun and given itself up since.
      const { counts, status } = await campaigns.status({ tenantId, sendId: send.sendId });
      expect(status).toBe("paused");
      expect(counts.pending).toBeGreaterThan(0);
      expect(counts.sent).toBe(before);
      await campaigns.resume({ tenantId, sendId: send.sendId });
      return { at, window: 0 };
    });
    expect(account.duplicates).toEqual([]);
  });

  it("when it is cancelled in the middle", async () => {
    const account = await survive("cancelled", async (send) => {
      const at = [await send.reaches(0.3)];
      await stack.floe.campaigns.cancel({ tenantId, sendId: send.sendId });
      return { at, window: 0 };
    });
    expect(account.counts.cancelled).toBeGreaterThan(0);
    expect(account.counts.sent).toBe(account.distinctReceived);
  });
});
