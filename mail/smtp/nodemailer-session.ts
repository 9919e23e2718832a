import { isAscii } from "node:buffer";
import type { SMTPConnectionSendInfo } from "nodemailer/lib/smtp-connection";
import type { NodemailerError } from "nodemailer/lib/errors";
import type { OutgoingMessage, SendNode } from "../../activities/delivery-ports.js";
import type { SendOutcome } from "../../domain/outcome.js";
import { classifyReply, readReply } from "../../domain/replies.js";
import { canAnswer } from "./commands.js";
import { obstacle, wireEnvelope, type WireEnvelope } from "./envelope.js";
import { connect, isFailure, type Connected, type HandshakeOptions, type Listen } from "./handshake.js";
import { courtesyTimeoutMs, type Jobs, type SessionFailure, type SmtpSession } from "./session.js";

/**
 * Opens a session that transmits by nodemailer's connection, one message after the other.
 * `onEnd` is called once, when a session that was had is gone for whatever reason.
 */
export async function openNodemailerSession(
  node: SendNode,
  options: HandshakeOptions,
  onEnd: () => void,
): Promise<SmtpSession | SessionFailure> {
  const wire = { dotWritten: false };
  const connected = await connect(node, options, listenForDot(wire));
  if (isFailure(connected)) return connected;
  connected.connection.once("end", onEnd);
  return session(connected, wire);
}

function session({ connection, extensions }: Connected, wire: { dotWritten: boolean }): SmtpSession {
  let messages = 0;
  let broken = false;

  /** Null when the connection turned out to be gone before anything was sent. */
  const transmit = async (message: OutgoingMessage): Promise<SendOutcome | null> => {
    const envelope = wireEnvelope(message.envelope);
    const problem = obstacle(message, envelope, extensions);
    if (problem || !envelope) return problem;
    if (message.isWithheld?.() || !(await mayLeave(message))) return { kind: "deferred", reason: "withheld" };
    return write(envelope, message.bytes);
  };

  const write = ({ from, to }: WireEnvelope, bytes: Buffer) =>
    new Promise<SendOutcome | null>((resolve) => {
      const reused = messages > 0;
      messages += 1;
      wire.dotWritten = false;
      connection.lastServerResponse = false;
      const smtpEnvelope = { from, to, size: bytes.length, use8BitMime: !isAscii(bytes) };
      connection.send(smtpEnvelope, bytes, (error, info) => {
        const stage = { ...wire, answered: connection.lastServerResponse !== false, reused };
        const outOfStep = isOutOfStep(error, info, wire.dotWritten);
        const outcome = error ? outcomeOfError(error, stage, outOfStep) : outcomeOfSuccess(info, outOfStep);
        if (outOfStep || outcome?.kind === "unknown") {
          broken = true;
          connection.close();
        }
        if (!error || wire.dotWritten || broken) return resolve(outcome);
        void reset().then(() => resolve(outcome));
      });
    });

  /** A refused envelope is still open on the server's side (RFC 5321, 4.1.1.5). */
  const reset = () =>
    new Promise<void>((resolve) => {
      if (connection.destroyed) return resolve();
      const done = () => {
        clearTimeout(timer);
        connection.removeListener("end", done);
        resolve();
      };
      const timer = setTimeout(() => connection.close(), courtesyTimeoutMs);
      connection.once("end", done);
      connection.reset((error) => {
        if (error) connection.close();
        done();
      });
    });

  const carry = async (jobs: Jobs) => {
    for (let job = jobs.take(); job; job = jobs.take()) {
      const outcome = await transmit(job.message);
      if (outcome) job.settle(outcome);
      else jobs.giveBack(job);
      if (broken || connection.destroyed) return;
    }
  };

  return {
    usable: () => !broken && !connection.destroyed,
    carry,
    quit() {
      broken = true;
      if (connection.destroyed) return;
      connection.quit();
      setTimeout(() => connection.close(), courtesyTimeoutMs).unref();
    },
  };
}

function mayLeave(message: OutgoingMessage): Promise<boolean> {
  return new Promise((resolve) => {
    if (message.mayLeave) message.mayLeave(resolve);
    else resolve(true);
  });
}

interface Stage {
  dotWritten: boolean;
  /** The server has answered at least one command of this message. */
  answered: boolean;
  /** The connection had carried a message before. */
  reused: boolean;
}

/**
 * Errors of a send, told apart by stage: nodemailer reports a connection lost before the final dot and after it alike.
 * A reply of 4xx or 5xx settles the message whenever it comes.
 */
function outcomeOfError(error: NodemailerError, stage: Stage, outOfStep: boolean): SendOutcome | null {
  const reply = typeof error.response === "string" ? readReply(error.response) : null;
  if (reply && reply.code >= 400 && !(outOfStep && stage.dotWritten)) return classifyReply(reply);
  if (stage.dotWritten) return { kind: "unknown", stage: "after-dot", detail: error.code ?? "ECONNECTION" };
  if (error.code === "ETIMEDOUT") return { kind: "deferred", reason: "timeout" };
  // A connection that the server had closed while it was idle: no transaction was begun.
  if (stage.reused && !stage.answered) return null;
  return { kind: "deferred", reason: "connection" };
}

function outcomeOfSuccess(info: SMTPConnectionSendInfo | undefined, outOfStep: boolean): SendOutcome {
  const reply = readReply(info?.response ?? "");
  if (!reply || outOfStep) return { kind: "unknown", stage: "after-dot", detail: "reply-out-of-step" };
  return { kind: "accepted", reply };
}

/** The two sides are at different places: the reply is none, cannot stand here, or came before the message was out. */
function isOutOfStep(
  error: NodemailerError | null,
  info: SMTPConnectionSendInfo | undefined,
  dotWritten: boolean,
): boolean {
  const response = error ? error.response : (info?.response ?? "");
  if (response === undefined) return false;
  const reply = typeof response === "string" ? readReply(response) : null;
  if (!reply) return true;
  if (dotWritten) return !canAnswer("end", reply.code);
  return !error || error.code === "EMESSAGE" || reply.code < 400;
}

/**
 * nodemailer logs one entry with `tnx: message` and `outByteCount` a message, once the final dot was handed to the socket
 * and before any reply to it can be read. It never logs it earlier, so a missing entry proves that no dot was written.
 */
function listenForDot(wire: { dotWritten: boolean }): Listen {
  return ({ tnx, outByteCount }) => {
    if (tnx === "message" && outByteCount !== undefined) wire.dotWritten = true;
  };
}
