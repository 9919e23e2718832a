import { once } from "node:events";
import net from "node:net";
import { FaultPlan, type Fault } from "./fault-smtp-plan.js";
import { Session, type ReceivedMessage } from "./fault-smtp-session.js";

export type { Fault, FaultAction, FaultStage } from "./fault-smtp-plan.js";
export type { ReceivedMessage } from "./fault-smtp-session.js";

export interface FaultSmtpOptions {
  /** Default 0: any free port. */
  port?: number;
  faults?: Fault[];
  /** Default true. */
  pipelining?: boolean;
  /** Octets announced with SIZE; default 50 MB. */
  maxBytes?: number;
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

/** A real SMTP server on 127.0.0.1 that fails on purpose, and remembers exactly what it took. */
export async function startFaultSmtp(options: FaultSmtpOptions = {}): Promise<FaultSmtp> {
  const plan = new FaultPlan(options.faults ?? []);
  const open = new Set<net.Socket>();
  const active = new Set<net.Socket>();
  const messages: ReceivedMessage[] = [];
  const seen = new Set<string>();
  const counts = { connections: 0, peakConnections: 0, unacknowledged: 0, duplicates: 0 };
  const extensions = [
    ...(options.pipelining === false ? [] : ["PIPELINING"]),
    "8BITMIME",
    "SMTPUTF8",
    "ENHANCEDSTATUSCODES",
    `SIZE ${options.maxBytes ?? 50_000_000}`,
  ];
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
      extensions,
      keepBodies: options.keepBodies ?? false,
      deliver,
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
