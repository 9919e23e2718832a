import type { Socket } from "node:net";
import type { SendNode } from "../../activities/delivery-ports.js";
import { canAnswer, Commands, type Step } from "./commands.js";
import { Departures } from "./departures.js";
import type { Extensions } from "./extensions.js";
import type { ConnectionEnd, Flight } from "./flight.js";
import { connect, isFailure, type SessionOptions } from "./handshake.js";
import { MessageWriter } from "./message-writer.js";
import { ReplyReader, type WireReply } from "./reply-reader.js";
import { SendingWindow } from "./sending-window.js";
import { courtesyTimeoutMs, type Jobs, type SessionFailure, type SmtpSession } from "./session.js";

/**
 * Opens a session that sends as much at once as PIPELINING (RFC 2920) and CHUNKING (RFC 3030) allow: a message costs one
 * write and one round trip, its envelope leaving behind the body of the message before. Without these extensions it goes
 * command by command. `onEnd` is called once, when a session that was had is gone for whatever reason.
 *
 * Replies are told apart by their order and code alone: a server that makes up a reply which fits is believed.
 */
export async function openPipelinedSession(
  node: SendNode,
  options: SessionOptions,
  onEnd: () => void,
): Promise<SmtpSession | SessionFailure> {
  const connected = await connect(node, options, () => undefined);
  if (isFailure(connected)) return connected;
  const { connection, extensions } = connected;
  const socket = connection._socket;
  if (!socket || socket.destroyed) return { code: "ECONNECTION" };
  // From here on the socket is ours; nodemailer only follows its end.
  socket.removeAllListeners("data").removeAllListeners("timeout");
  const window = new SendingWindow(node, extensions, options.slowReplyMs);
  return new PipelinedSession({ socket, extensions, window, timeoutMs: options.socketTimeoutMs, onEnd });
}

interface PipelinedSessionInput {
  socket: Socket;
  extensions: Extensions;
  window: SendingWindow;
  timeoutMs: number;
  onEnd: () => void;
}

class PipelinedSession implements SmtpSession {
  private readonly socket: Socket;
  private readonly extensions: Extensions;
  private readonly window: SendingWindow;
  private readonly timeoutMs: number;
  private readonly replies = new ReplyReader();
  private readonly commands: Commands;
  private readonly writer: MessageWriter;
  private readonly departures: Departures;
  private waitsLonger = false;
  private over = false;

  constructor({ socket, extensions, window, timeoutMs, onEnd }: PipelinedSessionInput) {
    this.socket = socket;
    this.extensions = extensions;
    this.window = window;
    this.timeoutMs = timeoutMs;
    this.commands = new Commands(extensions);
    this.writer = new MessageWriter(socket, this.commands, extensions);
    const { commands, writer } = this;
    const close = (why: ConnectionEnd) => this.end(why);
    this.departures = new Departures({ extensions, window, commands, writer, close });
    socket.setTimeout(timeoutMs);
    socket.on("data", (chunk: Buffer) => this.read(chunk));
    socket.on("timeout", () => this.timeOut());
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
    return new Promise((resolve) => this.departures.begin(jobs, resolve));
  }

  quit(): void {
    if (this.over) return;
    this.over = true;
    this.socket.end("QUIT\r\n");
    setTimeout(() => this.socket.destroy(), courtesyTimeoutMs).unref();
  }

  private read(chunk: Buffer): void {
    this.waitsLonger = false;
    this.departures.wake();
    this.commands.beginRead();
    if (!this.replies.read(chunk, this.heed)) this.end("reply-out-of-step");
  }

  private readonly heed = (reply: WireReply): void => {
    if (this.over) return;
    const asked = this.commands.takeAnswered();
    if (!asked) return this.heedUnasked(reply);
    const { step, flight } = asked;
    if (reply.code === 421) {
      // The server closes and answers nothing else any more.
      if (!isIdleTimeout(reply) || !flight?.isUntouched) flight?.settleBy(reply);
      return this.end("connection");
    }
    if (flight) flight.answered = true;
    if (!canAnswer(step, reply.code)) return this.end("reply-out-of-step");
    if (flight) this.proceed(flight, step, reply);
  };

  /** The server shuts down, or refuses a message before all of it is written. */
  private heedUnasked(reply: WireReply): void {
    const { first } = this.departures;
    if (first?.written === "part" && reply.code >= 400) first.settleBy(reply);
    this.end(reply.code === 421 ? "connection" : "reply-out-of-step");
  }

  private proceed(flight: Flight, step: Step, reply: WireReply): void {
    if (step === "end") return this.finish(flight, reply);
    if (reply.code >= 400) flight.refusal ??= reply;
    // A recipient of a message that there is not.
    else if (flight.refusal && step === "rcpt") return this.end("reply-out-of-step");
    if (flight.atOnce) return;
    if (step === "chunk" || step === "data" || (step === "rcpt" && this.extensions.chunking))
      return flight.refusal ? this.refuse(flight, reply) : this.invite(flight, step);
    if (this.extensions.pipelining) return;
    if (flight.refusal) return this.refuse(flight, reply);
    if (step !== "empty-end") this.writer.commandAfter(flight, step);
  }

  /** The server waits for the message, or for the end of a large one. */
  private invite(flight: Flight, step: Step): void {
    if (step === "chunk") return this.departures.putEnd(flight);
    flight.isInvited = true;
    this.departures.advance();
  }

  private refuse(flight: Flight, reply: WireReply): void {
    this.departures.remove(flight);
    flight.settleBy(reply);
    // DATA was taken although no recipient was: an empty message ends it (RFC 2920, 3.1).
    if (reply.code === 354) this.writer.emptyMessage();
    else this.commands.reset();
    this.departures.advance();
  }

  private finish(flight: Flight, reply: WireReply): void {
    // Refused, and taken all the same.
    if (flight.refusal && reply.code < 300) return this.end("reply-out-of-step");
    this.departures.remove(flight);
    flight.settleBy(reply);
    if (reply.code >= 400 && this.extensions.chunking) this.commands.reset();
    this.window.noteReply(performance.now() - flight.writtenAtMs);
    this.departures.advance();
  }

  /** The reply to a whole message may take twice as long as others (RFC 5321, 4.5.3.2): to give it up sends it twice. */
  private timeOut(): void {
    if (this.waitsLonger || !this.departures.awaitsEnd) return this.end("timeout");
    this.waitsLonger = true;
    this.socket.setTimeout(this.timeoutMs);
  }

  private end(why: ConnectionEnd): void {
    this.over = true;
    this.commands.forget();
    this.socket.destroy();
    this.departures.end(why);
  }
}

/** What a server says that ends an idle connection: it may cross the next message's envelope. */
function isIdleTimeout({ raw }: WireReply): boolean {
  return /^421[ -]4\.4\.2\b/.test(raw);
}
