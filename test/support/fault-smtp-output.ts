import type { Socket } from "node:net";

/** What a server sends on one connection, cut into pieces that arrive one by one where a test wants it so. */
export class Output {
  private readonly socket: Socket;
  private readonly cutAt: () => number;
  private readonly waiting: Buffer[] = [];
  private whenSent: (() => void)[] = [];
  private isSending = false;

  /** @param cutAt octets of the next piece; Infinity: as much as there is. */
  constructor(socket: Socket, cutAt: () => number) {
    this.socket = socket;
    this.cutAt = cutAt;
  }

  line(text: string): void {
    this.waiting.push(Buffer.from(`${text}\r\n`));
  }

  /** Sends what was said since; what is said in one go leaves together, as it would from a real server. */
  flush(): void {
    if (!this.isSending) this.sendPiece();
  }

  /** Calls `action` behind all that was said so far. */
  afterwards(action: () => void): void {
    this.whenSent.push(action);
    this.flush();
  }

  private readonly sendPiece = (): void => {
    const all = Buffer.concat(this.waiting.splice(0));
    const piece = all.subarray(0, this.cutAt());
    const rest = all.subarray(piece.length);
    if (rest.length > 0) this.waiting.push(rest);
    if (piece.length > 0 && this.socket.writable) this.socket.write(piece);
    this.isSending = piece.length > 0 && this.socket.writable;
    // The next turn of the event loop: what was written has left by then.
    if (this.isSending) setImmediate(this.sendPiece);
    else for (const action of this.whenSent.splice(0)) setImmediate(action);
  };
}
