import type { Socket } from "node:net";
import type { SendNode } from "../../activities/delivery-ports.js";
import { canAnswer, Commands, type Step } from "./commands.js";
import { obstacle, readExtensions, type Extensions } from "./envelope.js";
import { Flight, type ConnectionEnd } from "./flight.js";
import { connect, isFailure, type HandshakeOptions } from "./handshake.js";
import { dotStuffed, withLineEnd } from "./message-octets.js";
import { ReplyReader, type WireReply } from "./reply-reader.js";
import { courtesyTimeoutMs, type Jobs, type SessionFailure, type SmtpSession } from "./session.js";

/**
 * Opens a session that sends as much at once as PIPELINING (RFC 2920) and CHUNKING (RFC 3030) allow: a message costs one
 * write and one round trip, its envelope leaving behind the body of the message before. Without these extensions it goes
 * command by command. `onEnd` is called once, when a session that was had is gone for whatever reason.
 */
export async function openPipelinedSession(
  node: SendNode,
  options: HandshakeOptions,
  onEnd: () => void,
): Promise<SmtpSession | SessionFailure> {
  let ehlo = "";
  const listen = ({ tnx }: { tnx?: string }, text = "") => {
    if (tnx === "server" && text.startsWith("250")) ehlo = text;
  };
  const connection = await connect(node, options, { listen, replies: true });
  if (isFailure(connection)) return connection;
  const socket = connection._socket;
  if (!socket || socket.destroyed) return { code: "ECONNECTION" };
  // From here on the socket is ours; nodemailer only follows its end.
  socket.removeAllListeners("data").removeAllListeners("timeout");
  socket.setTimeout(options.socketTimeoutMs);
  const extensions = readExtensions(ehlo);
  return new PipelinedSession({ socket, extensions, depth: depthOf(node, extensions), onEnd });
}

/** Messages of one node that may be written and unanswered: what a crash can make leave twice. */
const unansweredPerNode = 20;
const deepest = 4;

function depthOf({ maxConnections }: SendNode, { pipelining, chunking }: Extensions): number {
  if (!pipelining || !chunking) return 1;
  return Math.max(1, Math.min(deepest, Math.floor(unansweredPerNode / maxConnections)));
}

/** When replies take longer than this many milliseconds, more than one body is sent without waiting. */
const slowReplyMs = 20;

/** Octets from which the end of a message is written when all before it has left, so that its stage stays exact. */
const largeBytes = 64 * 1024;

interface PipelinedSessionInput {
  socket: Socket;
  extensions: Extensions;
  /** Bodies that may be on the way without an answer. */
  depth: number;
  onEnd: () => void;
}

class PipelinedSession implements SmtpSession {
  private readonly socket: Socket;
  private readonly extensions: Extensions;
  private readonly depth: number;
  private readonly replies = new ReplyReader();
  private readonly commands: Commands;
  /** Begun and without an outcome, in order. */
  private readonly flights = new Set<Flight>();
  private jobs: Jobs | null = null;
  private rest: () => void = () => undefined;
  private begun = 0;
  /** Moving average from the end of a message to its reply. */
  private replyMs = 0;
  private over = false;

  constructor({ socket, extensions, depth, onEnd }: PipelinedSessionInput) {
    this.socket = socket;
    this.extensions = extensions;
    this.depth = depth;
    this.commands = new Commands(extensions);
    socket.on("data", (chunk: Buffer) => this.read(chunk));
    socket.on("timeout", () => this.end("timeout"));
    // 'close' follows, and says all that matters.
    socket.on("error", () => undefined);
    socket.once("close", () => {
      this.end("connection");
      onEnd();
    });
  }

  usable(): boolean {
    return !this.over;
  }

  carry(jobs: Jobs): Promise<void> {
    this.jobs = jobs;
    return new Promise((resolve) => {
      this.rest = resolve;
      this.advance();
    });
  }

  quit(): void {
    if (this.over) return;
    this.over = true;
    this.socket.end("QUIT\r\n");
    setTimeout(() => this.socket.destroy(), courtesyTimeoutMs).unref();
  }

  /** Begins what may begin now; with nothing on the wire, the pool has the connection back. */
  private advance(): void {
    while (this.mayBegin()) {
      const flight = this.take(this.isDeep());
      if (!flight) break;
      if (flight.atOnce) this.leave(flight, () => this.writeAtOnce(flight));
      else this.socket.write(this.commands.envelope(flight));
    }
    if (this.flights.size === 0) this.rest();
  }

  private mayBegin(): boolean {
    if (this.over) return false;
    if (this.flights.size === 0) return true;
    if (!this.isDeep() || this.flights.size >= this.depth) return false;
    // Nothing may come between an envelope and its message.
    return [...this.flights].every(({ atOnce, written }) => atOnce || written === "whole");
  }

  private isDeep(): boolean {
    return this.depth > 1 && this.replyMs > slowReplyMs;
  }

  /** The next message that this connection can carry. */
  private take(atOnce: boolean): Flight | null {
    for (let job = this.jobs?.take(); job; job = this.jobs?.take()) {
      const outcome = job.message.isWithheld?.()
        ? ({ kind: "deferred", reason: "withheld" } as const)
        : obstacle(job.message, this.extensions);
      if (!outcome) {
        const flight = new Flight(job, { atOnce, reused: this.begun > 0 });
        this.begun += 1;
        this.flights.add(flight);
        return flight;
      }
      job.settle(outcome);
    }
    return null;
  }

  private read(chunk: Buffer): void {
    this.commands.beginRead();
    const isSmtp = this.replies.read(chunk, (reply) => this.heed(reply));
    if (!isSmtp) this.end("reply-out-of-step");
  }

  private heed(reply: WireReply): void {
    if (this.over) return;
    const asked = this.commands.takeAnswered();
    if (!asked) return this.heedUnasked(reply);
    const { step, flight } = asked;
    if (flight) flight.answered = true;
    if (reply.code === 421) {
      // The server closes and answers nothing else any more.
      flight?.settleBy(reply);
      return this.end("connection");
    }
    if (!canAnswer(step, reply.code)) return this.end("reply-out-of-step");
    if (flight) this.proceed(flight, step, reply);
    else if (step === "empty-end") this.advance();
  }

  /** The server shuts down, or refuses a message before all of it is written. */
  private heedUnasked(reply: WireReply): void {
    const [flight] = this.flights;
    if (flight?.written === "part" && reply.code >= 400) flight.settleBy(reply);
    this.end(reply.code === 421 ? "connection" : "reply-out-of-step");
  }

  private proceed(flight: Flight, step: Step, reply: WireReply): void {
    if (step === "end") return this.finish(flight, reply);
    if (reply.code >= 400) flight.refusal ??= reply;
    if (flight.atOnce || step === "chunk") return;
    const { pipelining, chunking } = this.extensions;
    const isLast = step === (chunking ? "rcpt" : "data");
    if (pipelining && !isLast) return;
    if (flight.refusal) return this.refuse(flight, reply);
    if (isLast) this.leave(flight, () => this.writeBody(flight));
    else this.socket.write(step === "mail" ? this.commands.rcpt(flight) : this.commands.data(flight));
  }

  private refuse(flight: Flight, reply: WireReply): void {
    this.flights.delete(flight);
    flight.settleBy(reply);
    if (reply.code === 354) {
      // DATA was taken although no recipient was: an empty message ends it (RFC 2920, 3.1).
      this.socket.write(this.commands.emptyEnd());
      return;
    }
    this.commands.reset();
    this.advance();
  }

  private finish(flight: Flight, reply: WireReply): void {
    this.flights.delete(flight);
    flight.settleBy(reply);
    if (flight.refusal && reply.code < 300) return this.end("reply-out-of-step");
    if (flight.refusal || (this.extensions.chunking && reply.code >= 400)) this.commands.reset();
    const replyMs = performance.now() - flight.writtenAtMs;
    this.replyMs = this.replyMs === 0 ? replyMs : 0.8 * this.replyMs + 0.2 * replyMs;
    this.advance();
  }

  /** Asks once more whether the message may leave, and lets it. */
  private leave(flight: Flight, write: () => void): void {
    const { mayLeave } = flight.job.message;
    if (!mayLeave) return write();
    const answered = (allowed: boolean) => {
      // The connection may have ended meanwhile.
      if (flight.settled) return;
      if (allowed) write();
      else this.withhold(flight);
    };
    mayLeave().then(answered, () => answered(false));
  }

  private withhold(flight: Flight): void {
    this.flights.delete(flight);
    flight.settle({ kind: "deferred", reason: "withheld" });
    // After 354 a connection can only go on with a message.
    if (!this.extensions.chunking) return this.end("connection");
    if (!flight.atOnce) this.commands.reset();
    this.advance();
  }

  /** The whole message with its envelope, without waiting for a reply in between. */
  private writeAtOnce(flight: Flight): void {
    // What came of the envelopes before is not known yet.
    if (this.commands.unanswered > 0) this.commands.reset();
    const envelope = this.commands.envelope(flight);
    this.socket.cork();
    this.socket.write(envelope);
    this.writeChunk(flight);
    this.noteEnd(flight);
    this.socket.uncork();
  }

  private writeBody(flight: Flight): void {
    const { bytes } = flight.job.message;
    if (bytes.length > largeBytes) return this.writeLargeBody(flight);
    this.socket.cork();
    if (this.extensions.chunking) this.writeChunk(flight);
    else for (const piece of dotStuffed(bytes)) this.socket.write(piece);
    this.writeEnd(flight, this.extensions.chunking ? "" : ".\r\n");
    this.socket.uncork();
  }

  private writeChunk(flight: Flight): void {
    const pieces = withLineEnd(flight.job.message.bytes);
    this.socket.write(`BDAT ${lengthOf(pieces)} LAST\r\n`);
    for (const piece of pieces) this.socket.write(piece);
  }

  private writeLargeBody(flight: Flight): void {
    const { chunking } = this.extensions;
    const { bytes } = flight.job.message;
    const pieces = chunking ? withLineEnd(bytes) : dotStuffed(bytes);
    flight.written = "part";
    if (chunking) this.socket.write(this.commands.chunk(flight, lengthOf(pieces)));
    const octets = Buffer.concat(pieces);
    this.socket.write(octets, (error) => {
      // Of a socket that broke by reading, Node reports no error here.
      if (error || flight.settled || this.socket.destroyed) return;
      this.writeEnd(flight, chunking ? "BDAT 0 LAST\r\n" : ".\r\n");
    });
  }

  /** The message is complete with this; the envelope of the next leaves behind it. */
  private writeEnd(flight: Flight, end: string): void {
    this.noteEnd(flight);
    const next = this.extensions.pipelining && !this.over && !this.isDeep() ? this.take(false) : null;
    const text = next ? end + this.commands.envelope(next) : end;
    if (text !== "") this.socket.write(text);
    if (this.isDeep()) this.advance();
  }

  private noteEnd(flight: Flight): void {
    flight.written = "whole";
    flight.writtenAtMs = performance.now();
    this.commands.noteEnd(flight);
  }

  private end(why: ConnectionEnd): void {
    const unanswered = [...this.flights];
    this.over = true;
    this.flights.clear();
    this.commands.forget();
    for (const flight of unanswered) if (flight.settleWithoutReply(why)) this.jobs?.giveBack(flight.job);
    this.socket.destroy();
    this.rest();
  }
}

function lengthOf(pieces: Buffer[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}
