import type { Socket } from "node:net";
import type { Commands } from "./commands.js";
import type { Extensions } from "./extensions.js";
import type { Flight } from "./flight.js";
import { dotStuffed, withLineEnd } from "./message-octets.js";

/** Octets from which the end of a message is written when all before it has left, so that its stage stays exact. */
const largeBytes = 64 * 1024;

export function isLarge({ length }: Buffer): boolean {
  return length > largeBytes;
}

/**
 * Puts commands and messages on one connection, what belongs together in one write: joined by the system (writev), which
 * costs no more than copying them into one buffer first.
 */
export class MessageWriter {
  private readonly socket: Socket;
  private readonly commands: Commands;
  private readonly chunking: boolean;

  constructor(socket: Socket, commands: Commands, { chunking }: Extensions) {
    this.socket = socket;
    this.commands = commands;
    this.chunking = chunking;
  }

  envelope(flight: Flight): void {
    this.socket.write(this.envelopeOf(flight));
  }

  /** What follows the command that was answered, where the server takes one at a time. */
  commandAfter(flight: Flight, step: "reset" | "mail" | "rcpt"): void {
    const { commands } = this;
    const next = { reset: "mail", mail: "rcpt", rcpt: "data" } as const;
    this.socket.write(commands[next[step]](flight));
  }

  /** The envelope and the message, without waiting for a reply in between. */
  atOnce(flight: Flight): void {
    this.write(this.envelopeOf(flight), flight, null);
  }

  /** The message, and behind it the envelope of the next. */
  message(flight: Flight, next: Flight | null): void {
    this.write("", flight, next);
  }

  /** All but the end of a large message; `onOut` is called when nothing of it is left here. */
  withoutEnd(flight: Flight, onOut: () => void): void {
    const pieces = this.piecesOf(flight);
    flight.written = "part";
    if (this.chunking) this.socket.write(this.commands.chunk(flight, lengthOf(pieces)));
    this.socket.write(Buffer.concat(pieces), (error) => {
      // Of a socket that broke by reading, Node reports no error here.
      if (!error && !this.socket.destroyed) onOut();
    });
  }

  /** The end of a large message, and behind it the envelope of the next. */
  end(flight: Flight, next: Flight | null): void {
    const end = this.chunking ? this.commands.lastChunk(flight, 0) : this.commands.dot(flight);
    noteWhole(flight);
    this.socket.write(next ? end + this.envelopeOf(next) : end);
  }

  /** Ends a message that is for nobody. */
  emptyMessage(): void {
    this.socket.write(this.commands.emptyEnd());
  }

  private write(envelope: string, flight: Flight, next: Flight | null): void {
    const { socket, commands, chunking } = this;
    const pieces = this.piecesOf(flight);
    const before = chunking ? envelope + commands.lastChunk(flight, lengthOf(pieces)) : envelope;
    const end = chunking ? "" : commands.dot(flight);
    noteWhole(flight);
    const behind = next ? end + this.envelopeOf(next) : end;
    socket.cork();
    if (before !== "") socket.write(before);
    for (const piece of pieces) socket.write(piece);
    if (behind !== "") socket.write(behind);
    socket.uncork();
  }

  private envelopeOf(flight: Flight): string {
    flight.written = "envelope";
    return this.commands.envelope(flight);
  }

  private piecesOf({ job }: Flight): Buffer[] {
    return this.chunking ? withLineEnd(job.message.bytes) : dotStuffed(job.message.bytes);
  }
}

function noteWhole(flight: Flight): void {
  flight.written = "whole";
  flight.writtenAtMs = performance.now();
}

function lengthOf(pieces: Buffer[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}
