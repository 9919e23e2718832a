import { domainToASCII } from "node:url";
import type { ConnectionOptions } from "node:tls";
import type { NodemailerError } from "nodemailer/lib/errors";
import SMTPConnection, { type SMTPConnectionSendInfo } from "nodemailer/lib/smtp-connection";
import type { Envelope, OutgoingMessage, SendNode } from "../activities/delivery-ports.js";
import { hasControlCharacter } from "../domain/email-address.js";
import type { SendOutcome, SmtpReply } from "../domain/outcome.js";
import { classifyReply, readReply } from "../domain/replies.js";

export interface SessionTimeouts {
  /** Milliseconds for TCP, TLS, greeting and EHLO together. */
  connectTimeoutMs: number;
  /** Milliseconds without a sign of life, after which the connection is given up. */
  socketTimeoutMs: number;
}

export interface SessionOptions extends SessionTimeouts {
  /** Name given with EHLO; default: the machine's. */
  name?: string;
  tls?: ConnectionOptions;
}

/** Why no session could be had. */
export interface SessionFailure {
  reply?: SmtpReply;
  /** Error code of the network or of nodemailer: `ESOCKET`, `ETIMEDOUT`, `ETLS`, `EAUTH`, … */
  code: string;
}

/** One authenticated SMTP connection, one message at a time. */
export interface SmtpSession {
  /** Messages handed to it so far. */
  messages: number;
  /** False once the connection can carry no further message. */
  usable(): boolean;
  transmit(message: OutgoingMessage): Promise<SendOutcome>;
  /** Ends the session with QUIT. Only while no message is on the wire. */
  quit(): void;
}

/** Milliseconds a server may take to answer RSET and QUIT, on which no message depends. */
const courtesyTimeoutMs = 5_000;

/**
 * Opens a session: TCP, TLS, EHLO, STARTTLS when offered, AUTH when the node has credentials. Credentials never cross a
 * network unencrypted: with them, STARTTLS is required of every host but this one.
 * `onEnd` is called once, when a session that was had is gone for whatever reason.
 */
export function openSession(
  node: SendNode,
  options: SessionOptions,
  onEnd: () => void,
): Promise<SmtpSession | SessionFailure> {
  const wire = { dotWritten: false };
  const connection = new SMTPConnection({
    host: node.host,
    port: node.port,
    secure: node.secure,
    requireTLS: node.username !== null && !node.secure && !isLoopback(node.host),
    connectionTimeout: options.connectTimeoutMs,
    greetingTimeout: options.connectTimeoutMs,
    dnsTimeout: options.connectTimeoutMs,
    socketTimeout: options.socketTimeoutMs,
    socketCloseTimeout: 500,
    logger: stageLogger(wire),
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.tls === undefined ? {} : { tls: options.tls }),
  });
  return new Promise((resolve) => {
    const fail = (error: NodemailerError) => {
      connection.close();
      resolve(failureOf(error));
    };
    // Errors also reach the pending callback; without a listener they would end the process.
    connection.on("error", fail);
    connection.connect((error) => {
      if (error) return fail(error);
      const ready = () => {
        connection.once("end", onEnd);
        resolve(session(connection, wire));
      };
      if (node.username === null) return ready();
      const credentials = { user: node.username, pass: node.password ?? "" };
      connection.login(credentials, (refusal) => (refusal ? fail(refusal) : ready()));
    });
  });
}

function session(connection: SMTPConnection, wire: { dotWritten: boolean }): SmtpSession {
  let messages = 0;
  let broken = false;

  const transmitOnce = async ({ envelope, bytes, mayLeave }: OutgoingMessage): Promise<SendOutcome> => {
    if (!isSafe(envelope)) return { kind: "skipped", reason: "invalid-message", detail: "envelope" };
    if (mayLeave && !(await mayLeave())) return { kind: "deferred", reason: "withheld" };
    return write(envelope, bytes);
  };

  const write = (envelope: Envelope, bytes: Buffer) =>
    new Promise<SendOutcome>((resolve) => {
      const reused = messages > 0;
      messages += 1;
      wire.dotWritten = false;
      connection.lastServerResponse = false;
      const smtpEnvelope = {
        from: asciiDomain(envelope.from),
        to: asciiDomain(envelope.to),
        size: bytes.length,
      };
      connection.send(smtpEnvelope, bytes, (error, info) => {
        const stage = { ...wire, answered: connection.lastServerResponse !== false, reused };
        // A reply that came before the message was out leaves the two sides at different places.
        const outOfStep =
          !wire.dotWritten && (!error || (error.response !== undefined && error.code === "EMESSAGE"));
        const outcome = error ? outcomeOfError(error, stage) : outcomeOfSuccess(info, stage);
        if (outOfStep || outcome.kind === "unknown") {
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

  return {
    get messages() {
      return messages;
    },
    usable: () => !broken && !connection.destroyed,
    transmit: transmitOnce,
    quit() {
      broken = true;
      if (connection.destroyed) return;
      connection.quit();
      setTimeout(() => connection.close(), courtesyTimeoutMs).unref();
    },
  };
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
function outcomeOfError(error: NodemailerError, stage: Stage): SendOutcome {
  const reply = typeof error.response === "string" ? readReply(error.response) : null;
  if (reply && reply.code >= 400) return classifyReply(reply);
  if (stage.dotWritten) return { kind: "unknown", stage: "after-dot", detail: error.code ?? "ECONNECTION" };
  // Larger than the server's SIZE allows: nodemailer refuses before anything is sent.
  if (error.code === "EMESSAGE") return { kind: "rejected", reason: "too-large" };
  if (error.code === "ETIMEDOUT") return { kind: "deferred", reason: "timeout" };
  // A connection that the server had closed while it was idle: no transaction was begun.
  if (stage.reused && !stage.answered) return { kind: "deferred", reason: "node-away" };
  return { kind: "deferred", reason: "connection" };
}

function outcomeOfSuccess(info: SMTPConnectionSendInfo | undefined, stage: Stage): SendOutcome {
  const reply = readReply(info?.response ?? "");
  if (!reply || !stage.dotWritten)
    return { kind: "unknown", stage: "after-dot", detail: "reply-out-of-step" };
  return { kind: "accepted", reply };
}

function failureOf(error: NodemailerError): SessionFailure {
  const reply = typeof error.response === "string" ? readReply(error.response) : null;
  return { code: error.originalCode ?? error.code ?? "ECONNECTION", ...(reply ? { reply } : {}) };
}

/**
 * nodemailer logs one entry with `tnx: message` and `outByteCount` a message, once the final dot was handed to the socket
 * and before any reply to it can be read. It never logs it earlier, so a missing entry proves that no dot was written.
 */
function stageLogger(wire: { dotWritten: boolean }) {
  const ignore = () => undefined;
  const info = (entry: { tnx?: string; outByteCount?: number }) => {
    if (entry.tnx === "message" && entry.outByteCount !== undefined) wire.dotWritten = true;
  };
  return { trace: ignore, debug: ignore, info, warn: ignore, error: ignore, fatal: ignore };
}

/** An address that could end its command early (RFC 5321, 4.1.2) never reaches the connection. */
function isSafe(envelope: Envelope): boolean {
  return ![envelope.from, envelope.to].some(
    (address) => hasControlCharacter(address) || /[<>\s]/.test(address),
  );
}

/** Domains travel as A-labels, so that only an international local part needs SMTPUTF8. */
function asciiDomain(address: string): string {
  const at = address.lastIndexOf("@");
  return at < 0
    ? address
    : address.slice(0, at + 1) + (domainToASCII(address.slice(at + 1)) || address.slice(at + 1));
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
