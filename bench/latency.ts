import { startDelayProxyProcess } from "./delay-proxy.js";
import type { BenchInput } from "./engine.js";
import { runFloe, wireMetric } from "./floe.js";
import { round, type Row } from "./report.js";

/** A round trip through the proxy takes twice as long. */
const delayMs = 25;
/** As many as mailbox providers like to allow. */
const connections = 5;
const defaultRecipients = 1_500;

type Transport = "pipelined" | "nodemailer";

/**
 * Floe over a network that is far away. Lock-step, a reply awaited for each command, is nodemailer with a server that offers
 * nothing else: since its version 10 it sends an envelope at once where PIPELINING is offered.
 */
export async function compareLatency(input: BenchInput): Promise<Row[]> {
  const { sink, stack } = input;
  const through = async (targetPort: number, transport: Transport) => {
    const { port } = await startDelayProxyProcess({ targetPort, delayMs }, stack.folder);
    return perSecond(input, port, transport);
  };
  const chunked = await through(sink.chunkingPort, "pipelined");
  const byData = await through(sink.port, "pipelined");
  const nodemailer = await through(sink.port, "nodemailer");
  const lockStep = await through(sink.lockStepPort, "nodemailer");
  const row = (name: string, value: number, ratio: number | null): Row => ({
    ...{ name, metric: `${wireMetric}, ${2 * delayMs} ms`, value: round(value), unit: "1/s" },
    ratio: ratio === null ? null : round(ratio),
  });
  return [
    row("floe, CHUNKING", chunked, null),
    row("floe, PIPELINING", byData, null),
    row("floe-nodemailer, PIPELINING", nodemailer, byData / nodemailer),
    row("lock-step, against PIPELINING", lockStep, byData / lockStep),
    row("lock-step, against CHUNKING", lockStep, chunked / lockStep),
  ];
}

async function perSecond(input: BenchInput, port: number, transport: Transport): Promise<number> {
  const recipients = input.options.recipients ?? defaultRecipients;
  input.say(`latency: ${transport}: ${recipients} recipients`);
  const run = await runFloe(input, { recipients, transport, port, connections, senders: 1 });
  const perSecond = run.figures.find(({ metric }) => metric === wireMetric)?.value ?? 0;
  input.say(`latency: ${transport}: ${perSecond.toFixed(1)} emails/s`);
  return perSecond;
}
