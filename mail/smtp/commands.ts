import { isAscii } from "node:buffer";
import type { Extensions } from "./extensions.js";
import type { Flight } from "./flight.js";

/** What a reply answers. `end`: the final dot or the last chunk; `empty-end`: the dot of a message for nobody. */
export type Step = "reset" | "mail" | "rcpt" | "data" | "chunk" | "end" | "empty-end";

export interface Asked {
  step: Step;
  flight: Flight | null;
}

/** The commands of one connection as text, and the replies to them that are still to come, in order. */
export class Commands {
  private readonly extensions: Extensions;
  private asked: Asked[] = [];
  /** Replies that can be in what was read last: what is written because of them is answered later. */
  private answerable = 0;
  /** The server may still hold an envelope that came to nothing (RFC 5321, 4.1.1.5; RFC 3030, 2). */
  private needsReset = false;

  constructor(extensions: Extensions) {
    this.extensions = extensions;
  }

  /** The next envelope is preceded by RSET. */
  reset(): void {
    this.needsReset = true;
  }

  /** The commands that may go at once: the first one, and with PIPELINING the others up to the message. */
  envelope(flight: Flight): string {
    const { pipelining, chunking } = this.extensions;
    // What came of chunks on the way is not known yet, and refused ones leave their envelope open. A dot does not.
    const begin =
      this.needsReset || (chunking && this.asked.length > 0) ? this.ask("RSET", "reset", flight) : "";
    this.needsReset = false;
    if (!pipelining) return begin === "" ? this.mail(flight) : begin;
    const envelope = begin + this.mail(flight) + this.rcpt(flight);
    return chunking ? envelope : envelope + this.data(flight);
  }

  mail(flight: Flight): string {
    const { size, smtpUtf8, eightBitMime } = this.extensions;
    const { bytes } = flight.job.message;
    let line = `MAIL FROM:<${flight.envelope.from}>`;
    if (size) line += ` SIZE=${bytes.length}`;
    if (smtpUtf8 && flight.envelope.utf8) line += " SMTPUTF8";
    // 0.5 µs for 12 kB.
    if (eightBitMime && !isAscii(bytes)) line += " BODY=8BITMIME";
    return this.ask(line, "mail", flight);
  }

  rcpt(flight: Flight): string {
    return this.ask(`RCPT TO:<${flight.envelope.to}>`, "rcpt", flight);
  }

  data(flight: Flight): string {
    return this.ask("DATA", "data", flight);
  }

  /** Before the octets of a message whose last chunk follows, empty. */
  chunk(flight: Flight, bytes: number): string {
    return this.ask(`BDAT ${bytes}`, "chunk", flight);
  }

  /** Before the last octets of a message. */
  lastChunk(flight: Flight, bytes: number): string {
    return this.ask(`BDAT ${bytes} LAST`, "end", flight);
  }

  dot(flight: Flight): string {
    return this.ask(".", "end", flight);
  }

  emptyEnd(): string {
    return this.ask(".", "empty-end", null);
  }

  beginRead(): void {
    this.answerable = this.asked.length;
  }

  /** What the next reply answers; null when nothing was asked. */
  takeAnswered(): Asked | null {
    if (this.answerable === 0) return null;
    this.answerable -= 1;
    return this.asked.shift() ?? null;
  }

  forget(): void {
    this.asked = [];
  }

  private ask(line: string, step: Step, flight: Flight | null): string {
    this.asked.push({ step, flight });
    return `${line}\r\n`;
  }
}

/**
 * Whether a reply of this code can answer this step. 21x and 22x speak of help and of the connection (RFC 5321, 4.2.1). 503 to
 * MAIL says that the two sides differ about where they are; 500 and 502 to a message, that it was read as commands.
 */
export function canAnswer(step: Step, code: number): boolean {
  const isDone = code < 300 && Math.floor(code / 10) !== 21 && Math.floor(code / 10) !== 22;
  if (step === "reset") return isDone;
  if (step === "data") return code === 354 || code >= 400;
  if (step === "mail" && code === 503) return false;
  if (step === "end" && (code === 500 || code === 502)) return false;
  return isDone || code >= 400;
}
