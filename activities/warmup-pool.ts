import { v7 as uuidv7 } from "uuid";
import { Conflict, InvalidInput, NotFound } from "../domain/errors.js";
import { lookEveryMs, missingAfterMs, reactionsTo } from "../domain/warmup-reactions.js";
import { withBeats } from "./beating.js";
import { withFailures } from "./failures.js";
import type { PoolMailbox, PoolMailboxes } from "./warmup-pool-ports.js";
import type {
  DueLetter,
  DueReaction,
  FollowLink,
  PoolMailboxRef,
  SendLetter,
  WarmupPoolStore,
} from "./warmup-pool-store.js";

export interface WarmupPoolActivities {
  /** Sends what is due. @returns when the next letter of the day is; null: there is none */
  sendWarmupLetters(input: { warmupId: string; nowMs: number }): Promise<{ nextAtMs: number | null }>;
  /** One look into a mailbox, with all that is due there. @returns when to look again; null: it takes no part any more */
  engageMailbox(input: PoolMailboxRef & { nowMs: number }): Promise<EngagementLook>;
  /** One page of mailboxes that take part: each has its workflow afterwards. */
  wakeEngagements(input: { after: string | null }): Promise<{ woken: number; next: string | null }>;
}

export interface EngagementLook {
  found: number;
  done: number;
  problem: string | null;
  nextAtMs: number | null;
}

export interface WarmupPoolPorts {
  /** False: nothing is written, and nothing done. */
  isOn: boolean;
  store: WarmupPoolStore;
  mailboxes: PoolMailboxes;
  send: SendLetter;
  follow: FollowLink;
  /** Beginning of links that are our own. */
  linksBegin: string;
  wake: (mailbox: PoolMailboxRef) => Promise<void>;
  observe: (event: { what: "letter" | "inbox" | "junk" | "missing" | DueReaction["action"] }) => void;
}

const pageSize = 200;

/** Each may be repeated at any moment: a letter leaves under its key, and what is done is done to what is there. */
export function createWarmupPoolActivities(ports: WarmupPoolPorts): WarmupPoolActivities {
  const { isOn, store, mailboxes, wake } = ports;
  return withBeats(
    withFailures({
      async sendWarmupLetters({ warmupId, nowMs }: { warmupId: string; nowMs: number }) {
        if (!isOn) return { nextAtMs: null };
        await store.planLetters(warmupId, nowMs);
        const { letters, nextAtMs } = await store.loadDue(warmupId, nowMs);
        for (const letter of letters) await sendLetter(ports, letter, nowMs);
        return { nextAtMs };
      },

      async engageMailbox({ nowMs, ...ref }: PoolMailboxRef & { nowMs: number }) {
        const nothing = { found: 0, done: 0, problem: null, nextAtMs: null };
        const access = isOn ? await store.loadAccess(ref) : null;
        if (access === null) return nothing;
        const visited = await mailboxes.visit(access, async (mailbox) => ({
          found: await findLetters(ports, { ref, mailbox, nowMs }),
          done: await react(ports, { ref, mailbox, nowMs }),
        }));
        await store.recordCheck(ref, visited.kind === "away" ? visited.problem : null);
        const look = nowMs + lookEveryMs;
        if (visited.kind === "away") return { ...nothing, problem: visited.problem, nextAtMs: look };
        const { nextAtMs } = await store.loadReactions(ref, nowMs);
        return { ...visited.value, problem: null, nextAtMs: Math.min(look, nextAtMs ?? look) };
      },

      async wakeEngagements({ after }: { after: string | null }) {
        if (!isOn) return { woken: 0, next: null };
        const page = await store.listTakingPart(after, pageSize);
        for (const ref of page) await wake(ref);
        return {
          woken: page.length,
          next: page.length < pageSize ? null : (page.at(-1)?.mailboxId ?? null),
        };
      },
    }),
  );
}

async function sendLetter(
  { store, send, observe }: WarmupPoolPorts,
  letter: DueLetter,
  atMs: number,
): Promise<void> {
  try {
    await store.recordSent(letter.messageId, { ...(await send(letter)), atMs });
    observe({ what: "letter" });
  } catch (error) {
    // Its node or its sender is not what it was: the next one may fit.
    if (!(error instanceof InvalidInput || error instanceof NotFound || error instanceof Conflict))
      throw error;
    await store.skip(letter.messageId, error.message.slice(0, 300));
  }
}

interface Visit {
  ref: PoolMailboxRef;
  mailbox: PoolMailbox;
  nowMs: number;
}

async function findLetters(
  { store, observe }: WarmupPoolPorts,
  { ref, mailbox, nowMs }: Visit,
): Promise<number> {
  const letters = await store.loadUnseen(ref);
  const placements = await mailbox.find(letters.map(({ internetId }) => internetId));
  let found = 0;
  for (const [nth, { messageId, depth, sentAtMs }] of letters.entries()) {
    const lies = placements[nth] ?? null;
    const placement = lies ?? (nowMs - sentAtMs >= missingAfterMs ? "missing" : null);
    if (placement === null) continue;
    const reactions =
      lies === null ? [] : reactionsTo(messageId, { placement: lies, depth, foundAtMs: nowMs });
    await store.recordFound(ref, messageId, { placement, atMs: nowMs, reactions });
    observe({ what: placement });
    found += 1;
  }
  return found;
}

async function react(ports: WarmupPoolPorts, { ref, mailbox, nowMs }: Visit): Promise<number> {
  const { due } = await ports.store.loadReactions(ref, nowMs);
  for (const reaction of due) {
    // Somebody may have opted it out since the last one.
    if ((await ports.store.loadAccess(ref)) === null) return 0;
    const skipped = await carryOut(ports, reaction, { mailbox, nowMs });
    await ports.store.recordDone(reaction.messageId, reaction.action, skipped);
    if (skipped === null) ports.observe({ what: reaction.action });
  }
  return due.length;
}

const gone = "the message is not there any more";

/** @returns why it was not done; null: it was */
async function carryOut(
  ports: WarmupPoolPorts,
  { messageId, internetId, action }: DueReaction,
  { mailbox, nowMs }: Omit<Visit, "ref">,
): Promise<string | null> {
  switch (action) {
    case "rescue":
      return (await mailbox.rescue(internetId)) ? null : gone;
    case "open":
      return (await mailbox.flag(internetId, "seen")) ? null : gone;
    case "important":
      return (await mailbox.flag(internetId, "flagged")) ? null : gone;
    case "click": {
      const link = await mailbox.linkOf(internetId, ports.linksBegin);
      if (link === null) return "it has no link of ours";
      return (await ports.follow(link)) ? null : "its link did not answer";
    }
    case "reply": {
      const answer = await ports.store.planAnswer(messageId, uuidv7(), nowMs);
      if (answer === null) return "the day's allowance is used, or the other one takes no part";
      await sendLetter(ports, answer, nowMs);
      return null;
    }
  }
}
