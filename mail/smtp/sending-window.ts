import type { SendNode } from "../../activities/delivery-ports.js";
import type { Extensions } from "./extensions.js";

/** Messages of one node that may be announced and unanswered: what a crash can make leave twice. */
const unansweredPerNode = 20;
/** More on one connection gains nothing that was measured. */
const deepest = 4;
/** Default of `slowReplyMs`. */
const usuallySlowMs = 20;

/** How much one connection may have on its way at once. */
export class SendingWindow {
  /** Messages that may be announced and unanswered; one, where the node has more connections than the window is wide. */
  readonly announced: number;
  private readonly bodies: number;
  private readonly slowReplyMs: number;
  /** Moving average from the end of a message to its reply. */
  private replyMs = 0;

  /** @param slowReplyMs when replies take longer, more than one body is sent without waiting; default 20. */
  constructor(
    { maxConnections }: SendNode,
    { pipelining, chunking }: Extensions,
    slowReplyMs: number = usuallySlowMs,
  ) {
    this.slowReplyMs = slowReplyMs;
    this.announced = Math.max(1, Math.min(deepest, Math.floor(unansweredPerNode / maxConnections)));
    // DATA ends what may be written at once (RFC 2920, 3.1); BDAT does not.
    this.bodies = pipelining && chunking ? this.announced : 1;
  }

  /** Bodies that may be on the way without an answer. */
  depth(): number {
    return this.replyMs > this.slowReplyMs ? this.bodies : 1;
  }

  noteReply(replyMs: number): void {
    this.replyMs = this.replyMs === 0 ? replyMs : 0.8 * this.replyMs + 0.2 * replyMs;
  }
}
