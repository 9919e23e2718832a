/**
 * The fastest SMTP server that counts: accepts everything, keeps nothing, looks into bodies only for the final dot.
 * As a process of its own (`node --import tsx bench/smtp-sink.ts [port]`) it prints `{"port":…}` when it listens, answers
 * each line on stdin with its counts, and ends when stdin does.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

export interface SinkCounts {
  messages: number;
  bytes: number;
  connections: number;
  /** When the first message was complete, in epoch milliseconds; null before. */
  firstMessageAtMs: number | null;
  /** CPU the sink itself used, in milliseconds. */
  cpuMs: number;
}

type Counts = Omit<SinkCounts, "cpuMs">;

const endOfBody = Buffer.from("\r\n.\r\n");
const ehlo = "250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 50000000\r\n";
const nothing = Buffer.alloc(0);

/** Listens on 127.0.0.1; port 0 takes any free one. */
export async function startSink(port = 0) {
  const counts: Counts = { messages: 0, bytes: 0, connections: 0, firstMessageAtMs: null };
  const server = net.createServer({ noDelay: true }, (socket) => {
    counts.connections += 1;
    socket.on("error", () => socket.destroy());
    socket.on("data", reader(socket, counts));
    socket.write("220 sink.test ESMTP\r\n");
  });
  server.listen(port, "127.0.0.1", 1024);
  await once(server, "listening");
  return { port: (server.address() as net.AddressInfo).port, counts, close: () => server.close() };
}

/** Answers all commands that a chunk completes with one write. */
function reader(socket: net.Socket, counts: Counts): (chunk: Buffer) => void {
  let rest: Buffer = nothing;
  let inBody = false;
  return (chunk) => {
    counts.bytes += chunk.length;
    let input = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let answer = "";
    for (;;) {
      if (inBody) {
        const dot = input.indexOf(endOfBody);
        if (dot < 0) {
          // Only what may be the beginning of the final dot is kept.
          input = input.subarray(Math.max(0, input.length - (endOfBody.length - 1)));
          break;
        }
        input = input.subarray(dot + endOfBody.length);
        inBody = false;
        counts.messages += 1;
        counts.firstMessageAtMs ??= Date.now();
        answer += "250 2.0.0 Ok\r\n";
        continue;
      }
      const end = input.indexOf("\r\n");
      if (end < 0) break;
      // First letter of the verb: EHLO/HELO, DATA, QUIT; MAIL, RCPT, RSET and NOOP are all answered alike.
      const verb = (input[0] ?? 0) & 0xdf;
      // From the line's own end on: an empty body is a dot right after it.
      input = input.subarray(verb === 0x44 ? end : end + 2);
      if (verb === 0x44) {
        inBody = true;
        answer += "354 Go\r\n";
      } else if (verb === 0x45 || verb === 0x48) {
        answer += verb === 0x45 ? ehlo : "250 sink.test\r\n";
      } else if (verb === 0x51) {
        socket.end(answer + "221 2.0.0 Bye\r\n");
        return;
      } else {
        answer += "250 2.0.0 Ok\r\n";
      }
    }
    rest = input;
    if (answer !== "") socket.write(answer, "latin1");
  };
}

export interface SinkProcess {
  port: number;
  counts(): Promise<SinkCounts>;
  stop(): Promise<void>;
}

/** Starts the sink in a process of its own, so that its work is not the measured process's. */
export async function spawnSink(port = 0): Promise<SinkProcess> {
  const child = spawn(
    process.execPath,
    ["--import", "tsx", new URL(import.meta.url).pathname, String(port)],
    {
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async <T>() => {
    const line = (await lines.next()) as IteratorResult<string, undefined>;
    if (line.value === undefined) throw new Error("The SMTP sink ended.");
    return JSON.parse(line.value) as T;
  };
  const ready = await next<{ port: number }>();
  return {
    port: ready.port,
    counts() {
      child.stdin.write("counts\n");
      return next<SinkCounts>();
    },
    async stop() {
      child.stdin.end();
      await exited;
    },
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const sink = await startSink(Number(process.argv[2] ?? 0));
  console.log(JSON.stringify({ port: sink.port }));
  const requests = createInterface({ input: process.stdin });
  requests.on("line", () => {
    const { user, system } = process.cpuUsage();
    console.log(JSON.stringify({ ...sink.counts, cpuMs: Math.round((user + system) / 1000) }));
  });
  requests.on("close", () => process.exit(0));
}
