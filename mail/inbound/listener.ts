import type { AddressInfo } from "node:net";
import type { Readable } from "node:stream";
import { SMTPServer, type SMTPServerSession } from "smtp-server";
import type { ReturnPaths } from "../return-path.js";
import type { RecipientRef } from "../tracking-token.js";
import { keptBytes } from "./kept-bytes.js";

export interface InboundListenerInput {
  port: number;
  returnPaths: Pick<ReturnPaths, "read">;
  /** Durable when it resolves. */
  store: (message: { recipient: RecipientRef; raw: Buffer }) => Promise<void>;
  /** An address that we never made. */
  onRefused: () => void;
  onError: (error: Error) => void;
}

const longestBytes = 50 * 1024 * 1024;
const connections = 100;
const idleMs = 60_000;

/**
 * Takes in what comes back. A recipient is accepted only when it is a return path that we signed, so that nothing can be
 * relayed, filled or made up; and a message only when it is stored, so that the other side keeps it until then.
 */
export async function startInboundListener(input: InboundListenerInput): Promise<{
  port: number;
  close(): Promise<void>;
}> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    logger: false,
    size: longestBytes,
    maxClients: connections,
    socketTimeout: idleMs,
    onRcptTo: ({ address }, _session, callback) => {
      if (input.returnPaths.read(address)) return callback();
      input.onRefused();
      callback(smtpError(550, "5.1.1 No such address here"));
    },
    onData: (stream, session, callback) => {
      receive(input, stream, session).then(
        () => callback(),
        (error: unknown) => {
          input.onError(error as Error);
          callback(smtpError(451, "4.3.0 Not stored, please try again later"));
        },
      );
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(input.port, resolve);
  });
  server.on("error", input.onError);
  return {
    port: (server.server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

async function receive(
  { returnPaths, store }: InboundListenerInput,
  stream: Readable,
  session: SMTPServerSession,
): Promise<void> {
  const beginning = await beginningOf(stream);
  for (const { address } of session.envelope.rcptTo) {
    const signed = returnPaths.read(address);
    if (!signed) continue;
    const raw = Buffer.concat([envelopeFields(session, address), beginning]).subarray(0, keptBytes);
    await store({ recipient: signed.recipient, raw });
  }
}

/** As a mailbox would have it (RFC 5321, 4.4), so that what is stored says by itself where it came from and to whom. */
function envelopeFields({ envelope }: SMTPServerSession, recipient: string): Buffer {
  const sender = envelope.mailFrom === false ? "" : envelope.mailFrom.address;
  return Buffer.from(`Return-Path: <${sender}>\r\nDelivered-To: ${recipient}\r\n`);
}

/** Reads to the end, because the server answers only then. */
async function beginningOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (bytes < keptBytes) chunks.push(chunk);
    bytes += chunk.length;
  }
  return Buffer.concat(chunks).subarray(0, keptBytes);
}

function smtpError(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
