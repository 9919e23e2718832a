import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rename } from "node:fs/promises";
import { createInterface } from "node:readline";
import { once } from "node:events";
import PostalMime, { type Address, type Email } from "postal-mime";

/** A message as it was accepted. */
export interface StoredMessage {
  id: number;
  receivedAt: Date;
  /** Envelope addresses. */
  from: string;
  to: string[];
  source: Buffer;
}

/** One row of the inbox. */
export interface MessageSummary {
  id: number;
  receivedAt: Date;
  from: string;
  to: string;
  subject: string;
  bytes: number;
}

export interface InboxStats {
  /** Messages accepted in all, kept or not. */
  accepted: number;
  /** Different Message-IDs among them: less than `accepted` when some were sent twice. */
  unique: number;
  /** Newest ones that can be looked at. */
  kept: number;
}

export interface InboxPage {
  /** Messages that match, on all pages. */
  total: number;
  messages: MessageSummary[];
}

/**
 * The newest messages in memory, and counts of all: a campaign of millions costs 16 bytes a message. Only messages that
 * somebody looks for are parsed.
 */
export class InboxStore {
  #messages: StoredMessage[] = [];
  #summaries = new Map<number, MessageSummary>();
  #seen = new Set<string>();
  #accepted = 0;
  #nextId = 1;
  #bytes = 0;
  readonly #limits: { messages: number; bytes: number };

  constructor(limits: { messages: number; bytes: number } = { messages: 2_000, bytes: 128 * 1024 * 1024 }) {
    this.#limits = limits;
  }

  add(message: Omit<StoredMessage, "id">): void {
    this.#accepted += 1;
    this.#seen.add(fingerprint(message.source));
    this.#keep({ ...message, id: this.#nextId++ });
  }

  stats(): InboxStats {
    return { accepted: this.#accepted, unique: this.#seen.size, kept: this.#messages.length };
  }

  /** Newest first; `search` is looked for in sender, recipient and subject, without regard to case. */
  async list(query: { search: string; offset: number; limit: number }): Promise<InboxPage> {
    const wanted = query.search.trim().toLowerCase();
    const newest = this.#messages.toReversed();
    if (wanted === "") {
      const page = newest.slice(query.offset, query.offset + query.limit);
      return {
        total: newest.length,
        messages: await Promise.all(page.map((message) => this.#summary(message))),
      };
    }
    const summaries = await Promise.all(newest.map((message) => this.#summary(message)));
    const found = summaries.filter(({ from, to, subject }) =>
      `${from}\n${to}\n${subject}`.toLowerCase().includes(wanted),
    );
    return { total: found.length, messages: found.slice(query.offset, query.offset + query.limit) };
  }

  find(id: number): StoredMessage | undefined {
    return this.#messages.find((message) => message.id === id);
  }

  /** Forgets the messages and the counts. */
  clear(): void {
    this.#messages = [];
    this.#summaries.clear();
    this.#seen.clear();
    this.#accepted = 0;
    this.#bytes = 0;
  }

  /** Writes what a restart needs, one JSON line a message. */
  async save(file: string): Promise<void> {
    const out = createWriteStream(`${file}.next`, { mode: 0o600 });
    const write = async (value: unknown): Promise<void> => {
      if (!out.write(`${JSON.stringify(value)}\n`)) await once(out, "drain");
    };
    await write({ accepted: this.#accepted, seen: [...this.#seen].join("") });
    for (const message of this.#messages)
      await write({ ...message, source: message.source.toString("base64") });
    out.end();
    await once(out, "finish");
    await rename(`${file}.next`, file);
  }

  /** Reads what `save` wrote; a file that is absent or cut short is no reason not to start. */
  async load(file: string): Promise<void> {
    const input = createReadStream(file);
    try {
      await once(input, "open");
      for await (const line of createInterface({ input })) this.#restore(JSON.parse(line) as SavedLine);
    } catch {
      input.destroy();
    }
  }

  #restore(line: SavedLine): void {
    if ("accepted" in line) {
      this.#accepted = line.accepted;
      for (const print of line.seen.match(/.{16}/g) ?? []) this.#seen.add(print);
    } else {
      this.#keep({
        ...line,
        receivedAt: new Date(line.receivedAt),
        source: Buffer.from(line.source, "base64"),
      });
      this.#nextId = line.id + 1;
    }
  }

  #keep(message: StoredMessage): void {
    this.#messages.push(message);
    this.#bytes += message.source.length;
    while (this.#messages.length > this.#limits.messages || this.#bytes > this.#limits.bytes) {
      const oldest = this.#messages.shift();
      if (!oldest) return;
      this.#bytes -= oldest.source.length;
      this.#summaries.delete(oldest.id);
    }
  }

  async #summary(message: StoredMessage): Promise<MessageSummary> {
    const known = this.#summaries.get(message.id);
    if (known) return known;
    const email = await parseMessage(message);
    const summary: MessageSummary = {
      id: message.id,
      receivedAt: message.receivedAt,
      from: addressText(email.from) || message.from,
      to: email.to?.map(addressText).join(", ") || message.to.join(", "),
      subject: email.subject ?? "",
      bytes: message.source.length,
    };
    this.#summaries.set(message.id, summary);
    return summary;
  }
}

type SavedLine =
  | { accepted: number; seen: string }
  | { id: number; receivedAt: string; from: string; to: string[]; source: string };

/** A message's parts, decoded. Malformed mail yields what could be read of it. */
export async function parseMessage(message: StoredMessage): Promise<Email> {
  return PostalMime.parse(message.source);
}

/** `Anna Ek <anna@example.com>`; a group's members. */
export function addressText(address: Address | undefined): string {
  if (!address) return "";
  if (address.group) return address.group.map(addressText).join(", ");
  return address.name ? `${address.name} <${address.address ?? ""}>` : (address.address ?? "");
}

/** 16 characters that stand for a message: of its Message-ID, or of all of it when it has none. */
function fingerprint(source: Buffer): string {
  const end = source.indexOf("\r\n\r\n");
  const header = source
    .subarray(0, end === -1 ? Math.min(source.length, 65_536) : end + 2)
    .toString("latin1");
  const id = /^message-id:\s*(<[^>\r\n]*>)/im.exec(header)?.[1];
  return createHash("sha256")
    .update(id ?? source)
    .digest("base64url")
    .slice(0, 16);
}
