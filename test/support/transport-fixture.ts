import pino from "pino";
import { afterEach, expect } from "vitest";
import type { Envelope, OutgoingMessage, SendNode } from "../../activities/delivery-ports.js";
import type { SendOutcome } from "../../domain/outcome.js";
import {
  createTransport,
  transportKinds,
  type TransportKind,
  type TransportOptions,
} from "../../mail/smtp/transport.js";
import { startFaultSmtp, type FaultSmtp, type FaultSmtpOptions } from "./fault-smtp.js";

/** Run after each test, last first. */
export const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** One way of sending to one kind of server. */
export interface Variant {
  name: string;
  kind: TransportKind;
  offers: { pipelining: boolean; chunking: boolean };
  /** Messages go by BDAT; otherwise by DATA. */
  byChunks: boolean;
}

/** Both transports, against servers with and without PIPELINING and CHUNKING. */
export const variants: Variant[] = transportKinds.flatMap((kind) =>
  [true, false].flatMap((pipelining) =>
    [true, false].map((chunking) => ({
      name: [kind, "to a server", pipelining ? "with" : "without", "PIPELINING,"]
        .concat([chunking ? "with" : "without", "CHUNKING"])
        .join(" "),
      kind,
      offers: { pipelining, chunking },
      byChunks: chunking && kind === "pipelined",
    })),
  ),
);

/** A fault server that ends with the test, which fails when a client did what a strict one had not offered. */
export async function server(options: FaultSmtpOptions = {}, { strict = true } = {}): Promise<FaultSmtp> {
  const started = await startFaultSmtp(options);
  cleanups.push(async () => {
    await started.close();
    if (strict) expect(started.statistics().violations).toEqual([]);
  });
  return started;
}

/** A message whose sender waits for promises. */
export interface PatientMessage {
  envelope: Envelope;
  bytes: Buffer;
  mayLeave?: () => Promise<boolean>;
  isWithheld?: () => boolean;
}

export interface PatientTransport {
  transmit(node: SendNode, message: PatientMessage): Promise<SendOutcome>;
  close(): Promise<void>;
}

/** A transport with short timeouts that ends with the test. */
export function transportTo(options: Partial<TransportOptions> = {}): PatientTransport {
  const transport = createTestTransport(options);
  cleanups.push(() => transport.close());
  return transport;
}

function toOutgoing(
  { mayLeave, ...message }: PatientMessage,
  settle: (outcome: SendOutcome) => void,
): OutgoingMessage {
  if (!mayLeave) return { ...message, settle };
  return {
    ...message,
    settle,
    mayLeave: (answer) => void mayLeave().then(answer, () => answer(false)),
  };
}

export function createTestTransport(options: Partial<TransportOptions>): PatientTransport {
  const transport = createTransport({
    log: pino({ level: "silent" }),
    connectTimeoutMs: 500,
    socketTimeoutMs: 500,
    // How much is on the way at once is the test's choice, not that of the machine's load.
    slowReplyMs: Infinity,
    ...options,
  });
  return {
    transmit: (node, message) =>
      new Promise((settle) => transport.transmit(node, toOutgoing(message, settle))),
    close: () => transport.close(),
  };
}

export function nodeAt(port: number, changes: Partial<SendNode> = {}): SendNode {
  return {
    nodeId: "n1",
    provider: "internal",
    host: "127.0.0.1",
    port,
    secure: false,
    ...{ starttls: "opportunistic" as const, tlsCa: null, tlsServerName: null },
    username: null,
    password: null,
    returnPathDomain: null,
    weight: 1,
    maxConnections: 2,
    maxMessagesPerConnection: 100,
    ...changes,
  };
}

export const envelope: Envelope = { from: "b+1@mail.floe.test", to: "ada@lovelace.test" };
export const to = (address: string): Envelope => ({ ...envelope, to: address });
let serial = 0;

/** A message of about `size` octets with a Message-ID of its own. */
export function message(size = 10_000): Buffer {
  serial += 1;
  const head = `Message-ID: <${serial}@floe.test>\r\nSubject: Hello\r\n\r\n`;
  return Buffer.from(
    head +
      "x"
        .repeat(70)
        .concat("\r\n")
        .repeat(Math.ceil(size / 72)),
  );
}

/** Kind and reason. */
export function inShort(outcome: SendOutcome): string {
  return "reason" in outcome ? `${outcome.kind} ${outcome.reason}` : outcome.kind;
}
