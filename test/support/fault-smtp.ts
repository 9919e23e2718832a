import { once } from "node:events";
import net from "node:net";
import { FaultPlan, type Fault } from "./fault-smtp-plan.js";
import { Session, type ServerOffers } from "./fault-smtp-session.js";
import type { ReceivedMessage } from "./fault-smtp-transaction.js";

export type { Fault, FaultAction, FaultStage } from "./fault-smtp-plan.js";
export type { ReceivedMessage } from "./fault-smtp-transaction.js";

export interface FaultSmtpOptions extends Partial<ServerOffers> {
  /** Default 0: any free port. */
  port?: number;
  faults?: Fault[];
  /** Octets of the next piece of what is sent; default: as much as there is. */
  cutAt?: () => number;
  /** Keep what was received, not only its envelope and Message-ID. */
  keepBodies?: boolean;
}

export interface FaultSmtpStatistics {
  connections: number;
  openConnections: number;
  /** Most connections that were open at once, without those that had said QUIT. */
  peakConnections: number;
  /** Messages the server took, one count a message whether or not its reply went out. */
  received: number;
  /** Of these, messages whose reply a fault swallowed. */
  unacknowledged: number;
  /** Messages whose Message-ID had been received before. */
  duplicates: number;
  /** By fault name. */
  fired: Record<string, number>;
  /** What clients did that the extensions offered do not allow. */
  violations: string[];
}

export interface FaultSmtp {
  port: number;
  messages: ReceivedMessage[];
  setFaults(faults: Fault[]): void;
  statistics(): FaultSmtpStatistics;
  /** Forgets messages; counts of faults and connections stay. */
  forget(): void;
  /** Drops every open connection at once, as a server that dies does; listens on. */
  dropAll(): void;
  /** Gone, as a server that died: the port refuses, open connections are dropped. What was received stays counted. */
  goAway(): Promise<void>;
  /** Listens again, on the same port. */
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

/** What most servers offer. */
const offersByDefault: ServerOffers = {
  pipelining: true,
  chunking: false,
  eightBitMime: true,
  smtpUtf8: true,
  size: true,
  maxBytes: 50_000_000,
  starttls: false,
  auth: null,
};

/** A real SMTP server on 127.0.0.1 that fails on purpose, is strict, and remembers exactly what it took. */
export async function startFaultSmtp(options: FaultSmtpOptions = {}): Promise<FaultSmtp> {
  const plan = new FaultPlan(options.faults ?? []);
  const open = new Set<net.Socket>();
  const active = new Set<net.Socket>();
  const messages: ReceivedMessage[] = [];
  const seen = new Set<string>();
  const counts = { connections: 0, peakConnections: 0, unacknowledged: 0, duplicates: 0 };
  const violations = new Set<string>();
  const offers: ServerOffers = { ...offersByDefault, ...options };
  const deliver = (message: ReceivedMessage) => {
    messages.push(message);
    if (!message.acknowledged) counts.unacknowledged += 1;
    if (message.messageId === null) return;
    if (seen.has(message.messageId)) counts.duplicates += 1;
    seen.add(message.messageId);
  };

  const server = net.createServer((socket) => {
    open.add(socket);
    active.add(socket);
    socket.on("close", () => {
      open.delete(socket);
      active.delete(socket);
    });
    counts.connections += 1;
    counts.peakConnections = Math.max(counts.peakConnections, active.size);
    new Session(socket, {
      connection: counts.connections,
      plan,
      offers,
      keepBodies: options.keepBodies ?? false,
      cutAt: options.cutAt ?? (() => Infinity),
      deliver,
      violated: (what) => void violations.add(what),
      quit: () => active.delete(socket),
    });
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;

  const dropAll = () => open.forEach((socket) => socket.destroy());
  const goAway = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    dropAll();
    await closed;
  };
  return {
    port,
    messages,
    setFaults: (faults) => plan.replace(faults),
    statistics: () => ({
      ...counts,
      openConnections: open.size,
      received: messages.length,
      fired: { ...plan.fired },
      violations: [...violations],
    }),
    forget() {
      messages.length = 0;
      seen.clear();
      Object.assign(counts, { unacknowledged: 0, duplicates: 0 });
    },
    dropAll,
    goAway,
    async comeBack() {
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
    },
    close: goAway,
  };
}
