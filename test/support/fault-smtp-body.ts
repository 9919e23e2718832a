const endOfBody = Buffer.from("\r\n.\r\n");

/** Octets that a connection has received and nobody has read yet. */
export class Input {
  private octets: Buffer = Buffer.alloc(0);
  private scanned = 0;

  get length(): number {
    return this.octets.length;
  }

  push(chunk: Buffer): void {
    this.octets = this.octets.length === 0 ? chunk : Buffer.concat([this.octets, chunk]);
  }

  /** Null while the line has not ended. */
  takeLine(): string | null {
    const end = this.octets.indexOf("\r\n");
    if (end < 0) return null;
    return this.take(end, 2).toString("utf8");
  }

  /** All up to the final dot, still dot-stuffed; null while it has not come. */
  endsWithDot(): boolean {
    return this.dot() !== -1;
  }

  takeToDot(): Buffer {
    const dot = this.dot();
    this.scanned = 0;
    return dot === -2 ? this.take(0, 3) : this.take(dot + 2, endOfBody.length - 2);
  }

  take(length: number, andDrop = 0): Buffer {
    const taken = this.octets.subarray(0, length);
    this.octets = this.octets.subarray(length + andDrop);
    return taken;
  }

  /** Where the final dot's line end begins; −2 for a body without a line, −1 for none. */
  private dot(): number {
    if (this.octets.toString("latin1", 0, 3) === ".\r\n") return -2;
    const at = this.octets.indexOf(endOfBody, Math.max(0, this.scanned - 4));
    if (at === -1) this.scanned = this.octets.length;
    return at;
  }
}

/** The part of a message that is being read: up to a final dot, or so many octets. */
export type Incoming = { kind: "data" } | { kind: "chunk"; bytes: number; isLast: boolean };

/** Enough has come to take all of it. */
export function isComplete(incoming: Incoming, input: Input): boolean {
  return incoming.kind === "data" ? input.endsWithDot() : input.length >= incoming.bytes;
}

export function takeAll(incoming: Incoming, input: Input): Buffer {
  return incoming.kind === "data" ? input.takeToDot() : input.take(incoming.bytes);
}

/** `BDAT <octets> [LAST]` (RFC 3030, 2). */
export function readBdat(line: string): Incoming | null {
  const [, bytes, last] = /^BDAT (\d+)( LAST)?$/i.exec(line) ?? [];
  return bytes === undefined ? null : { kind: "chunk", bytes: Number(bytes), isLast: last !== undefined };
}
