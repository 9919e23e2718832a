/**
 * A network that is far away: a TCP proxy that hands every octet on after a delay, in order, at any rate. As a process of its
 * own (`startDelayProxyProcess`) it tells its port in its first message.
 */
import { once } from "node:events";
import net from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { startProcess } from "./processes.js";

export interface DelayProxyOptions {
  targetPort: number;
  /** Milliseconds in each direction: half of a round trip. */
  delayMs: number;
}

/** Listens on a free port of 127.0.0.1. */
export async function startDelayProxy({ targetPort, delayMs }: DelayProxyOptions) {
  const server = net.createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const target = net.connect({ port: targetPort, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
    delay(client, target, delayMs);
    delay(target, client, delayMs);
    client.on("error", () => target.destroy());
    target.on("error", () => client.destroy());
  });
  server.listen(0, "127.0.0.1", 1_024);
  await once(server, "listening");
  return { port: (server.address() as net.AddressInfo).port, close: () => server.close() };
}

/** Its ends of stream are delayed, too. */
function delay(from: net.Socket, to: net.Socket, delayMs: number): void {
  const onTheWay: { dueAt: number; deliver: () => void }[] = [];
  const deliverDue = () => {
    while (onTheWay[0] && onTheWay[0].dueAt <= performance.now()) onTheWay.shift()?.deliver();
    // A timer may fire a little early; what is not due then waits for another.
    if (onTheWay[0]) setTimeout(deliverDue, Math.max(1, onTheWay[0].dueAt - performance.now()));
  };
  const send = (deliver: () => void) => {
    onTheWay.push({ dueAt: performance.now() + delayMs, deliver });
    if (onTheWay.length === 1) setTimeout(deliverDue, delayMs);
  };
  from.on("data", (chunk: Buffer) => send(() => to.write(chunk)));
  from.on("end", () => send(() => to.end()));
}

/** Starts a proxy in a process of its own; it ends with the benchmark. */
export async function startDelayProxyProcess(
  options: DelayProxyOptions,
  folder: string,
): Promise<{ port: number }> {
  const worker = await startProcess({
    script: "bench/delay-proxy.ts",
    args: [String(options.targetPort), String(options.delayMs)],
    logFile: join(folder, "delay-proxy.log"),
  });
  return worker.next<{ port: number }>();
}

/** The process: runs until its parent is gone. */
async function serve([targetPort, delayMs]: string[]): Promise<void> {
  process.on("disconnect", () => process.exit(0));
  const { port } = await startDelayProxy({ targetPort: Number(targetPort), delayMs: Number(delayMs) });
  process.send?.({ port });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await serve(process.argv.slice(2));
