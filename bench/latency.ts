import { startDelayProxyProcess } from "./delay-proxy.js";
import type { BenchInput } from "./engine.js";
import { runFloe, wireMetric } from "./floe.js";
import { round, type Row } from "./report.js";

/** A round trip through the proxy takes twice as long. */
const delayMs = 25;
/** As many as mailbox providers like to allow. */
const connections = 5;
const defaultRecipients = 2_000;

/** Floe over a network that is far away: our own transport against one that awaits each reply, with CHUNKING and without. */
export async function compareLatency(input: BenchInput): Promise<Row[]> {
  const { options, sink, stack, say } = input;
  const recipients = options.recipients ?? defaultRecipients;
  const rows: Row[] = [];
  for (const server of ["CHUNKING", "DATA"] as const) {
    const targetPort = server === "CHUNKING" ? sink.chunkingPort : sink.port;
    const { port } = await startDelayProxyProcess({ targetPort, delayMs }, stack.folder);
    const perSecond = async (transport: "pipelined" | "nodemailer") => {
      say(`latency: ${transport}, ${server}: ${recipients} recipients`);
      const run = await runFloe(input, { recipients, transport, port, connections, senders: 1 });
      return run.figures.find(({ metric }) => metric === wireMetric)?.value ?? 0;
    };
    const pipelined = await perSecond("pipelined");
    const lockStep = await perSecond("nodemailer");
    const metric = `${wireMetric}, ${2 * delayMs} ms, ${server}`;
    rows.push(
      { name: "floe", metric, value: round(pipelined), unit: "1/s", ratio: 1 },
      {
        name: "floe-nodemailer",
        ...{ metric, value: round(lockStep), unit: "1/s", ratio: round(pipelined / lockStep) },
      },
    );
  }
  return rows;
}
