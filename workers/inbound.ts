import type pg from "pg";
import type { Logger } from "pino";
import { createInboundMessageStore, type InboundMessageStore } from "../db/inbound-messages.js";
import type { ReadRaw } from "../db/inbound-reprocessing.js";
import type { ImapMailbox } from "../domain/imap-mailbox.js";
import { startInboundListener } from "../mail/inbound/listener.js";
import { readReport } from "../mail/inbound/report.js";
import { createReturnPaths, type ReturnPaths } from "../mail/return-path.js";
import { createTokens } from "../mail/tracking-token.js";
import type { Config } from "../runtime/config.js";
import { keepMailbox } from "./inbound-mailbox.js";
import { keepLooking } from "./keep-looking.js";
import type { WorkerMetrics } from "./metrics.js";

export interface InboundWiring {
  store: InboundMessageStore;
  returnPaths: ReturnPaths;
  read: ReadRaw;
}

export function wireInbound(pool: pg.Pool, config: Pick<Config, "secret" | "softBounces">): InboundWiring {
  const signatures = { tokens: createTokens(config.secret), returnPaths: createReturnPaths(config.secret) };
  return {
    store: createInboundMessageStore(pool, config.softBounces),
    returnPaths: signatures.returnPaths,
    read: (raw) => readReport(raw, signatures),
  };
}

export interface KeepInboundInput extends InboundWiring {
  /** Absent: nothing is listened to here; what others stored is read all the same. */
  port: number | undefined;
  /** Absent: none is polled here. */
  mailbox: ImapMailbox | undefined;
  metrics: Pick<WorkerMetrics, "inboundRead" | "inboundRefused" | "inboundMailbox">;
  log: Logger;
  everyMs?: number;
}

/** Messages read in one transaction; each is a few milliseconds of parsing. */
const pageSize = 50;

/** Takes in what comes back, and reads what was taken in. Rejects when the port cannot be had. */
export async function keepInbound(input: KeepInboundInput): Promise<{ stop: () => Promise<void> }> {
  const { port, mailbox, returnPaths, store, metrics, log } = input;
  const listener =
    port === undefined
      ? undefined
      : await startInboundListener({
          ...{ port, returnPaths },
          store: (message) => store.store(message),
          onRefused: () => metrics.inboundRefused(),
          onError: (err) => log.warn({ err }, "inbound.not_stored"),
        });
  if (listener) log.info({ port: listener.port }, "inbound.listening");
  const polling =
    mailbox && keepMailbox({ mailbox, metrics, log, store: (raw) => store.store({ recipient: null, raw }) });
  const reading = keepReading(input);
  return {
    stop: async () => {
      await listener?.close();
      await polling?.stop();
      await reading.stop();
    },
  };
}

function keepReading({ store, read: readOne, metrics, log, everyMs = 5_000 }: KeepInboundInput): {
  stop: () => Promise<void>;
} {
  let stopped = false;
  const look = async (): Promise<void> => {
    let read = (await store.isWaiting()) ? pageSize : 0;
    while (read === pageSize && !stopped) {
      const messages = await store.process(pageSize, readOne);
      for (const message of messages) metrics.inboundRead(message);
      read = messages.length;
    }
  };
  // In an outage the messages stay where they are.
  const looking = keepLooking({ look, log, event: "inbound.not_read", waitMs: () => everyMs });
  return {
    stop: () => {
      stopped = true;
      return looking.stop();
    },
  };
}
