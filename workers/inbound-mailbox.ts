import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { backoffMs, mailboxBackoff } from "../domain/backoff.js";
import type { ImapMailbox } from "../domain/imap-mailbox.js";
import { readMailbox, type Suspects } from "../mail/inbound/imap.js";
import type { WorkerMetrics } from "./metrics.js";

export interface KeepMailboxInput {
  mailbox: ImapMailbox;
  store: (raw: Buffer) => Promise<void>;
  metrics: Pick<WorkerMetrics, "inboundMailbox">;
  log: Logger;
  pollMs?: number;
}

/** Reads a mailbox for as long as the process runs, over as many connections as that takes. */
export function keepMailbox({ log, metrics, ...input }: KeepMailboxInput): { stop: () => Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const { host, folder } = input.mailbox;
  const suspects: Suspects = { uidValidity: null, failures: new Map() };
  let failures = 0;

  const onOpened = (): void => {
    failures = 0;
    metrics.inboundMailbox(host, true);
    log.info({ host, folder }, "inbound.mailbox_opened");
  };
  const onUnreadable = (uid: number): void => log.warn({ host, folder, uid }, "inbound.mailbox_unreadable");

  const keep = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await readMailbox({ ...input, suspects, onOpened, onUnreadable, signal });
      } catch (err) {
        failures += 1;
        metrics.inboundMailbox(host, false);
        // Once an outage: the first one says why.
        if (failures === 1) log.warn({ err, host, folder }, "inbound.mailbox_away");
      }
      if (signal.aborted) break;
      const waitMs = backoffMs(mailboxBackoff, failures, Math.random());
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    }
  };
  const kept = keep();
  return {
    stop: () => {
      stopping.abort();
      return kept;
    },
  };
}
