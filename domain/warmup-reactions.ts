/** What somebody does with a letter, and when: seeded by the letter, so that it is drawn once. Figures are ours. */
import { seededRandom } from "./seeded-random.js";

/** In the order in which they are done. */
export const reactionKinds = ["rescue", "open", "click", "important", "reply"] as const;
export type ReactionKind = (typeof reactionKinds)[number];

export interface Reaction {
  action: ReactionKind;
  dueAtMs: number;
}

const minuteMs = 60_000;
/** Shares of the letters; clicks, marks and answers are of those that were opened. */
const shares = { open: 0.8, click: 0.2, important: 0.15, reply: 0.3 };
/** Letters of one thread at most. */
const longestThread = 4;

/** @param depth letters of its thread before it */
export function reactionsTo(
  messageId: string,
  { placement, depth, foundAtMs }: { placement: "inbox" | "junk"; depth: number; foundAtMs: number },
): Reaction[] {
  const random = seededRandom(messageId);
  const within = (fromMinutes: number, toMinutes: number) =>
    Math.floor((fromMinutes + random() * (toMinutes - fromMinutes)) * minuteMs);
  // All are drawn, whatever comes of the first, so that one does not move the others.
  const drawn = { open: random(), click: random(), important: random(), reply: random() };
  const delays = { rescue: within(5, 60), open: within(2, 120), click: within(1, 5), after: within(5, 90) };
  const reactions: Reaction[] = [];
  let atMs = foundAtMs;
  if (placement === "junk") reactions.push({ action: "rescue", dueAtMs: (atMs += delays.rescue) });
  if (drawn.open >= shares.open) return reactions;
  reactions.push({ action: "open", dueAtMs: (atMs += delays.open) });
  if (drawn.click < shares.click) reactions.push({ action: "click", dueAtMs: (atMs += delays.click) });
  if (drawn.important < shares.important) reactions.push({ action: "important", dueAtMs: atMs });
  if (drawn.reply < shares.reply && depth + 1 < longestThread)
    reactions.push({ action: "reply", dueAtMs: atMs + delays.after });
  return reactions;
}

/** Nowhere to be found for so long, it has gone missing. */
export const missingAfterMs = 3 * 24 * 60 * minuteMs;
/** Between two looks into a mailbox. */
export const lookEveryMs = 30 * minuteMs;
