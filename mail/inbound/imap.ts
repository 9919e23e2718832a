import { once } from "node:events";
import type { ImapFlow, MailboxObject, SearchObject } from "imapflow";
import type { ImapMailbox } from "../../domain/imap-mailbox.js";
import { createImapClient } from "../imap-client.js";
import { keptBytes } from "./kept-bytes.js";

export interface ReadMailboxInput {
  mailbox: ImapMailbox;
  /** Durable when it resolves; the same message again changes nothing. */
  store: (raw: Buffer) => Promise<void>;
  /** The server has let us in. */
  onOpened: () => void;
  /** One that the server cannot give us; it is left where it is. */
  onUnreadable: (uid: number) => void;
  /** Across connections. */
  suspects: Suspects;
  signal: AbortSignal;
  /** Between two looks while the server tells nothing. */
  pollMs?: number;
}

/** Messages whose fetch failed, by UID: they are asked for one by one, after all others, and a few times only. */
export interface Suspects {
  uidValidity: bigint | null;
  failures: Map<number, number>;
}

const mostFailures = 3;
/** Of one fetch: at most so many MiB in memory. */
const pageSize = 20;
/** Says that we have stored a message, beside \Seen, which a person's client sets too. */
const keyword = "$FloeRead";

/**
 * Reads a mailbox over one connection until it breaks or `signal` is aborted. A message is marked (or moved) only when it is
 * stored, so that one which a crash left unmarked is stored again, which changes nothing. The marks are the server's: a new
 * UIDVALIDITY makes the UIDs worthless, and nothing here depends on them from one connection to the next.
 */
export async function readMailbox(input: ReadMailboxInput): Promise<void> {
  const { mailbox, signal, pollMs = 60_000 } = input;
  const client = createImapClient(mailbox);
  const news = newsOf(client, signal);
  const end = (): void => client.close();
  signal.addEventListener("abort", end, { once: true });
  try {
    await client.connect();
    const session = await openSession(input, client);
    input.onOpened();
    while (!signal.aborted) {
      await drain(session);
      await news.wait(pollMs);
    }
  } catch (error) {
    if (!signal.aborted) throw news.error() ?? error;
  } finally {
    signal.removeEventListener("abort", end);
    client.close();
  }
}

/** Resolves on mail that arrived, also while nobody waited for it; rejects when the connection is gone. */
function newsOf(client: ImapFlow, signal: AbortSignal) {
  let arrived = false;
  let failure: Error | null = null;
  client.on("exists", () => (arrived = true));
  client.on("error", (error: Error) => (failure ??= error));
  return {
    error: () => failure,
    async wait(pollMs: number): Promise<void> {
      if (!client.usable) throw failure ?? new Error("The IMAP server closed the connection");
      if (!arrived) {
        const waiting = new AbortController();
        const timer = setTimeout(() => waiting.abort(), pollMs);
        const either = AbortSignal.any([waiting.signal, signal]);
        await Promise.race([
          once(client, "exists", { signal: either }),
          once(client, "close", { signal: either }),
        ]).catch(() => undefined);
        clearTimeout(timer);
        waiting.abort();
      }
      arrived = false;
      if (!client.usable && !signal.aborted)
        throw failure ?? new Error("The IMAP server closed the connection");
    },
  };
}

interface Session extends ReadMailboxInput {
  client: ImapFlow;
  unread: SearchObject;
  mark: (uids: number[]) => Promise<unknown>;
}

async function openSession(input: ReadMailboxInput, client: ImapFlow): Promise<Session> {
  const { mailbox, suspects } = input;
  const { moveTo } = mailbox;
  if (moveTo !== undefined) await client.mailboxCreate(moveTo);
  const opened = await client.mailboxOpen(mailbox.folder);
  if (suspects.uidValidity !== opened.uidValidity) suspects.failures.clear();
  suspects.uidValidity = opened.uidValidity;
  if (moveTo !== undefined) {
    const mark = (uids: number[]) => client.messageMove(uids, moveTo, { uid: true });
    return { ...input, client, unread: { all: true }, mark };
  }
  const flags = takesKeywords(opened) ? ["\\Seen", keyword] : ["\\Seen"];
  return {
    ...{ ...input, client },
    unread: flags.length > 1 ? { unKeyword: keyword } : { seen: false },
    mark: (uids) => client.messageFlagsAdd(uids, flags, { uid: true }),
  };
}

/** RFC 3501, 7.1: PERMANENTFLAGS. */
function takesKeywords({ permanentFlags }: MailboxObject): boolean {
  return permanentFlags?.has("\\*") === true || permanentFlags?.has(keyword) === true;
}

async function drain(session: Session): Promise<void> {
  const { client, unread, suspects, signal } = session;
  const found = (await client.search(unread, { uid: true })) || [];
  const failures = (uid: number): number => suspects.failures.get(uid) ?? 0;
  const clean = found.filter((uid) => failures(uid) === 0);
  for (let from = 0; from < clean.length && !signal.aborted; from += pageSize)
    await takePage(session, clean.slice(from, from + pageSize));
  for (const uid of found) {
    const count = failures(uid);
    if (count > 0 && count < mostFailures && !signal.aborted) await takePage(session, [uid]);
  }
}

async function takePage(session: Session, uids: number[]): Promise<void> {
  const stored: number[] = [];
  for (const { uid, source } of await fetchPage(session, uids)) {
    await session.store(source);
    session.suspects.failures.delete(uid);
    stored.push(uid);
  }
  if (stored.length > 0) await session.mark(stored);
}

/** What went meanwhile is not among them. */
async function fetchPage(
  { client, suspects, onUnreadable }: Session,
  uids: number[],
): Promise<{ uid: number; source: Buffer }[]> {
  const suspect = (uid: number): void => {
    const count = (suspects.failures.get(uid) ?? 0) + 1;
    suspects.failures.set(uid, count);
    if (count === mostFailures) onUnreadable(uid);
  };
  try {
    // Peeks: \Seen is set when it is stored.
    const query = { uid: true, source: { maxLength: keptBytes } };
    const messages = await client.fetchAll(uids, query, { uid: true });
    return messages.flatMap(({ uid, source }) => {
      if (source) return [{ uid, source }];
      suspect(uid);
      return [];
    });
  } catch (error) {
    uids.forEach(suspect);
    // A connection that still works goes on with the others.
    if (!client.usable) throw error;
    return [];
  }
}
