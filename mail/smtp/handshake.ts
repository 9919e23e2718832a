import type { ConnectionOptions } from "node:tls";
import type { NodemailerError } from "nodemailer/lib/errors";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import type { SendNode } from "../../activities/delivery-ports.js";
import { nodeTls, tlsFaultOf } from "../../domain/tls-fault.js";
import { readReply } from "../../domain/replies.js";
import { readExtensions, type Extensions } from "./extensions.js";
import type { SessionFailure } from "./session.js";

export interface HandshakeOptions {
  /** Milliseconds for TCP, TLS, greeting and EHLO together. */
  connectTimeoutMs: number;
  /** Milliseconds without a sign of life, after which the connection is given up. */
  socketTimeoutMs: number;
  /** Name given with EHLO; default: the machine's. */
  name?: string;
  tls?: ConnectionOptions;
}

export interface SessionOptions extends HandshakeOptions {
  /** Milliseconds from which a reply is slow; see the sending window. */
  slowReplyMs?: number;
}

/** Called with the entries of nodemailer's log. */
export type Listen = (entry: { tnx?: string; outByteCount?: number }, text?: string) => void;

export interface Connected {
  connection: SMTPConnection;
  /** As the server named them last: after STARTTLS, those of the encrypted session. */
  extensions: Extensions;
}

/**
 * TCP, TLS, EHLO, STARTTLS when offered, AUTH when the node has credentials: nodemailer's. Credentials never cross a network
 * unencrypted: with them, STARTTLS is required of every host but this one.
 */
export function connect(
  node: SendNode,
  options: HandshakeOptions,
  listen: Listen,
): Promise<Connected | SessionFailure> {
  let ehlo = "";
  let isEhlo = false;
  const listenToo: Listen = (entry, text = "") => {
    if (entry.tnx === "client") isEhlo = text.startsWith("EHLO");
    // What stands in the reply to anything else, such as HELO after noise, is not offered: the sides may be out of step.
    if (entry.tnx === "server" && isEhlo) ehlo = text.startsWith("250") ? text : "";
    if (entry.tnx === "server") isEhlo = false;
    listen(entry, text);
  };
  const connection = new SMTPConnection({
    host: node.host,
    port: node.port,
    secure: node.secure,
    requireTLS:
      !node.secure && (node.starttls === "required" || (node.username !== null && !isLoopback(node.host))),
    connectionTimeout: options.connectTimeoutMs,
    greetingTimeout: options.connectTimeoutMs,
    dnsTimeout: options.connectTimeoutMs,
    socketTimeout: options.socketTimeoutMs,
    socketCloseTimeout: 500,
    transactionLog: true,
    logger: loggerOf(listenToo),
    ...(options.name === undefined ? {} : { name: options.name }),
    tls: {
      ...options.tls,
      ...(node.tlsCa !== null && { ca: node.tlsCa }),
      ...(node.tlsServerName !== null && { servername: node.tlsServerName }),
    },
  });
  return new Promise((resolve) => {
    const fail = (error: NodemailerError) => {
      connection.close();
      resolve(failureOf(node.nodeId, error));
    };
    const succeed = () => {
      connection.options.transactionLog = false;
      resolve({ connection, extensions: readExtensions(ehlo) });
    };
    // Errors also reach the pending callback; without a listener they would end the process.
    connection.on("error", fail);
    connection.connect((error) => {
      if (error) return fail(error);
      if (node.username === null) return succeed();
      const credentials = { user: node.username, pass: node.password ?? "" };
      connection.login(credentials, (refusal) => (refusal ? fail(refusal) : succeed()));
    });
  });
}

export function isFailure<T extends object>(result: T | SessionFailure): result is SessionFailure {
  return "code" in result;
}

function failureOf(nodeId: string, error: NodemailerError): SessionFailure {
  const reply = typeof error.response === "string" ? readReply(error.response) : null;
  const fault = tlsFaultOf(error, nodeTls(nodeId));
  const why = fault && `${fault.field} ${fault.problem}`;
  return {
    code: error.originalCode ?? error.code ?? "ECONNECTION",
    ...(reply ? { reply } : {}),
    ...(why && { why }),
  };
}

function loggerOf(listen: Listen) {
  const ignore = () => undefined;
  return { trace: ignore, debug: listen, info: listen, warn: ignore, error: ignore, fatal: ignore };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
