import { isAscii } from "node:buffer";
import { asciiDomain, needsUtf8, type Extensions } from "./envelope.js";
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
  /** The server still holds an envelope that came to nothing (RFC 5321, 4.1.1.5). */
  private needsReset = false;

  constructor(extensions: Extensions) {
    this.extensions = extensions;
  }

  get unanswered(): number {
    return this.asked.length;
  }

  /** The next envelope is preceded by RSET. */
  reset(): void {
    this.needsReset = true;
  }

  /** The commands that may go at once: MAIL, and with PIPELINING the others up to the message. */
  envelope(flight: Flight): string {
    const { pipelining, chunking } = this.extensions;
    const reset = this.needsReset ? this.ask("RSET", "reset", null) : "";
    this.needsReset = false;
    const begin = reset + this.mail(flight);
    if (!pipelining) return begin;
    return chunking ? begin + this.rcpt(flight) : begin + this.rcpt(flight) + this.data(flight);
  }

  rcpt(flight: Flight): string {
    return this.ask(`RCPT TO:<${asciiDomain(flight.job.message.envelope.to)}>`, "rcpt", flight);
  }

  data(flight: Flight): string {
    return this.ask("DATA", "data", flight);
  }

  /** Before the first octets of a message whose last chunk follows, empty. */
  chunk(flight: Flight, bytes: number): string {
    return this.ask(`BDAT ${bytes}`, "chunk", flight);
  }

  emptyEnd(): string {
    return this.ask(".", "empty-end", null);
  }

  /** The message is complete with what is written now. */
  noteEnd(flight: Flight): void {
    this.asked.push({ step: "end", flight });
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

  private mail(flight: Flight): string {
    const { size, smtpUtf8, eightBitMime } = this.extensions;
    const { envelope, bytes } = flight.job.message;
    let line = `MAIL FROM:<${asciiDomain(envelope.from)}>`;
    if (size) line += ` SIZE=${bytes.length}`;
    if (smtpUtf8 && needsUtf8(envelope)) line += " SMTPUTF8";
    if (eightBitMime && !isAscii(bytes)) line += " BODY=8BITMIME";
    return this.ask(line, "mail", flight);
  }

  private ask(line: string, step: Step, flight: Flight | null): string {
    this.asked.push({ step, flight });
    return `${line}\r\n`;
  }
}

/** Whether a reply of this code can answer this step. 503 to MAIL says that the two sides differ about where they are. */
export function canAnswer(step: Step, code: number): boolean {
  if (step === "data") return code === 354 || code >= 400;
  if (step === "reset") return code < 300;
  return code < 300 || (code >= 400 && !(step === "mail" && code === 503));
}
