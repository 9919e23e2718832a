/**
 * The cheapest SMTP server that counts: accepts everything and keeps nothing. As a process of its own
 * (`startSinkProcess`) it tells its ports in its first message, and answers each question with its counts.
 */
import { once } from "node:events";
import net from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { startProcess } from "./processes.js";
import { SinkSession, type SinkCounts } from "./sink-session.js";

export interface SinkPorts {
  /** PIPELINING, and messages by DATA. */
  port: number;
  /** PIPELINING and CHUNKING. */
  chunkingPort: number;
  /** Neither: each command waits for its reply. */
  lockStepPort: number;
}

/** Listens on free ports of 127.0.0.1. */
export async function startSink() {
  let counts = noCounts();
  const servers: net.Server[] = [];
  const listen = async (...extensions: string[]): Promise<number> => {
    const server = net.createServer(
      { noDelay: true, pauseOnConnect: true },
      (socket) => new SinkSession(socket, extensions, () => counts),
    );
    servers.push(server);
    server.listen(0, "127.0.0.1", 1_024);
    await once(server, "listening");
    return (server.address() as net.AddressInfo).port;
  };
  const ports: SinkPorts = {
    port: await listen("PIPELINING"),
    chunkingPort: await listen("PIPELINING", "CHUNKING"),
    lockStepPort: await listen(),
  };
  return {
    ports,
    counts: () => counts,
    reset: () => void (counts = noCounts()),
    close: () => servers.forEach((server) => server.close()),
  };
}

function noCounts(): SinkCounts {
  const counted = { messages: 0, bytes: 0, connections: 0 };
  return { ...counted, firstMessageAtMs: null, lastMessageAtMs: null, watched: {} };
}

type Question = "counts" | "reset";

export interface SinkProcess extends SinkPorts {
  /** Since the last reset; CPU of the sink itself in milliseconds. */
  counts(): Promise<SinkCounts & { cpuMs: number }>;
  reset(): Promise<void>;
}

/** Starts the sink in a process of its own, so that its work is not the measured process's; it ends with the benchmark. */
export async function startSinkProcess(folder: string): Promise<SinkProcess> {
  const worker = await startProcess({ script: "bench/smtp-sink.ts", logFile: join(folder, "sink.log") });
  const ports = await worker.next<SinkPorts>();
  let before: Promise<unknown> = Promise.resolve();
  // One question at a time: answers do not say which one they belong to.
  const ask = (question: Question) => {
    const answer = before.then(() => {
      worker.send({ question });
      return worker.next<SinkCounts & { cpuMs: number }>();
    });
    before = answer.catch(() => undefined);
    return answer;
  };
  return { ...ports, counts: () => ask("counts"), reset: async () => void (await ask("reset")) };
}

const patienceMs = 300_000;

/** Waits until so many messages have come. @throws Error after five minutes. */
export async function untilCounted(sink: SinkProcess, messages: number): Promise<void> {
  for (const deadline = Date.now() + patienceMs; ; await sleep(20)) {
    const counts = await sink.counts();
    if (counts.messages >= messages) return;
    if (Date.now() > deadline) throw new Error(`${messages - counts.messages} emails did not come.`);
  }
}

const stalledAfterMs = 120_000;

/** Waits for work that sends. @throws Error when no mail comes for two minutes. */
export async function unlessStalled<T>(sink: SinkProcess, work: Promise<T>): Promise<T> {
  const over = new AbortController();
  const watch = async (): Promise<never> => {
    for (let seen = -1, since = Date.now(); ;) {
      await sleep(5_000, undefined, { signal: over.signal });
      const { messages } = await sink.counts();
      if (messages === seen && Date.now() - since > stalledAfterMs)
        throw new Error(`No mail came for ${stalledAfterMs / 1_000} s.`);
      if (messages !== seen) since = Date.now();
      seen = messages;
    }
  };
  const watching = watch();
  watching.catch(() => undefined);
  return Promise.race([work, watching]).finally(() => over.abort());
}

/** The process: answers until its parent is gone. */
async function serve(): Promise<void> {
  const sink = await startSink();
  let before = process.cpuUsage();
  process.on("disconnect", () => process.exit(0));
  process.on("message", ({ question }: { question: Question }) => {
    if (question === "reset") {
      sink.reset();
      before = process.cpuUsage();
    }
    const { user, system } = process.cpuUsage(before);
    process.send?.({ ...sink.counts(), cpuMs: (user + system) / 1_000 });
  });
  process.send?.(sink.ports);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await serve();
