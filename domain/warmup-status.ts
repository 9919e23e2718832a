import { warmupKey } from "./warmup-allowance.js";
import type { WarmupKind } from "./warmup-presets.js";

/** `done`: the target was reached; `stopped`: a person ended it. Neither holds anything back any more. */
export const warmupStatuses = ["active", "paused", "stopped", "done"] as const;
export type WarmupStatus = (typeof warmupStatuses)[number];

export interface WarmupSubject {
  kind: WarmupKind;
  /** Node id, domain or address of From. */
  key: string;
}

/** As permits ask for it: `node/n1`, and towards one mailbox provider `node/n1/gmail`. */
export function allowanceKey({ kind, key }: WarmupSubject, mailboxProvider?: string): string {
  return warmupKey(kind, key, mailboxProvider);
}
