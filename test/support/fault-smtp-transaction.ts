/** A message that the server took responsibility for, whether or not its reply reached the client. */
export interface ReceivedMessage {
  from: string;
  to: string[];
  messageId: string | null;
  connection: number;
  /** Position on its connection, from 1. */
  nthOnConnection: number;
  /** False when a fault swallowed the reply. */
  acknowledged: boolean;
  bytes: number;
  /** As it came over the wire: after DATA still dot-stuffed; only with `keepBodies`. */
  body?: string;
}

/** One mail transaction as a strict server keeps it. */
export interface Transaction {
  from: string;
  to: string[];
  /** Chunks so far. */
  chunks: Buffer[];
  /** A chunk was refused: only RSET goes on from here (RFC 3030, 2). */
  failed: boolean;
  utf8: boolean;
}

/** What the server offers that decides which parameters of MAIL it understands. */
export interface Offers {
  size: boolean;
  maxBytes: number;
  eightBitMime: boolean;
  smtpUtf8: boolean;
}

/** Begins a transaction, or says why not. */
export function beginTransaction(line: string, offers: Offers): Transaction | string {
  const [, from, parameters] = /^MAIL FROM:<([^<>]*)>(.*)$/i.exec(line) ?? [];
  if (from === undefined || parameters === undefined) return "501 5.5.4 Syntax: MAIL FROM:<address>";
  let utf8 = false;
  for (const parameter of parameters.split(" ").filter((text) => text !== "")) {
    const size = /^SIZE=(\d+)$/.exec(parameter)?.[1];
    if (offers.size && size !== undefined) {
      if (Number(size) > offers.maxBytes) return "552 5.3.4 Message too big";
    } else if (offers.smtpUtf8 && parameter === "SMTPUTF8") utf8 = true;
    else if (!offers.eightBitMime || parameter !== "BODY=8BITMIME")
      return `555 5.5.4 Unsupported option: ${parameter}`;
  }
  if (!utf8 && !isAscii(from)) return "553 5.6.7 Address needs SMTPUTF8";
  return { from, to: [], chunks: [], failed: false, utf8 };
}

/** The recipient of a RCPT command; null when it names none that may stand here. */
export function recipientIn(line: string, { utf8 }: Transaction): string | null {
  const to = /^RCPT TO:<([^<>]+)>$/i.exec(line)?.[1];
  return to === undefined || (!utf8 && !isAscii(to)) ? null : to;
}

export function receivedMessage(
  { from, to, chunks }: Transaction,
  at: { connection: number; nthOnConnection: number; keepBodies: boolean },
): ReceivedMessage {
  const body = Buffer.concat(chunks);
  const headEnd = body.indexOf("\r\n\r\n");
  const head = body.toString("latin1", 0, headEnd > 0 ? headEnd : Math.min(body.length, 4096));
  return {
    from,
    to,
    messageId: /^message-id:\s*(<[^>\r\n]*>)/im.exec(head)?.[1] ?? null,
    connection: at.connection,
    nthOnConnection: at.nthOnConnection,
    acknowledged: false,
    bytes: body.length,
    ...(at.keepBodies ? { body: body.toString("utf8") } : {}),
  };
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}
