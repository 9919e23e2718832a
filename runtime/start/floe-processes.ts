import { join } from "node:path";
import { nodeFlags } from "../../workers/roles.js";
import { keepRunning, type KeptPart } from "./keep-running.js";
import { startNode } from "./node-process.js";
import type { Ports } from "./ports.js";

export interface FloeProcessesInput {
  data: string;
  ports: Ports;
  /** Complete environment of the processes. */
  env: NodeJS.ProcessEnv;
  shutdownGraceMs: number;
  workers: WorkerProcess[];
  say: (sentence: string) => void;
  ready: (name: string, where: string, tookMs: number) => void;
}

/** A worker process: its name is that of its role, numbered where there are several. */
export interface WorkerProcess {
  name: string;
  role: "orchestrator" | "sender" | "io";
}

/** The processes of one machine: senders share the work of all lanes. */
export function workerProcesses(senders: number): WorkerProcess[] {
  const numbered = Array.from({ length: senders }, (_, index): WorkerProcess => ({
    name: senders === 1 ? "sender" : `sender-${index + 1}`,
    role: "sender",
  }));
  return [{ name: "orchestrator", role: "orchestrator" }, ...numbered, { name: "io", role: "io" }];
}

/** Starts the workers and the API, and keeps each running. */
export async function startFloeProcesses(input: FloeProcessesInput): Promise<KeptPart[]> {
  const { data, env, say, shutdownGraceMs } = input;
  const kept: KeptPart[] = [];
  const keep = async ({ log, where, variables, ...node }: FloeProcess): Promise<void> => {
    const began = Date.now();
    const start = () =>
      startNode({
        ...node,
        logFile: join(data, "logs", `${log}.log`),
        // The workers force themselves some seconds after their grace.
        stopGraceMs: shutdownGraceMs + 20_000,
        env: { ...env, ...variables },
      });
    kept.push(await keepRunning({ start, say }));
    input.ready(node.name, where, Date.now() - began);
  };
  const results = await Promise.allSettled(floeProcesses(input).map(keep));
  const failed = results.find((result) => result.status === "rejected");
  if (!failed) return kept;
  await Promise.all(kept.map((part) => part.stop()));
  throw failed.reason;
}

interface FloeProcess {
  name: string;
  script: string;
  args: string[];
  nodeFlags?: string[];
  port: number;
  readyMessage: string;
  /** Name of the log file. */
  log: string;
  /** What a person may open. */
  where: string;
  variables: NodeJS.ProcessEnv;
}

function floeProcesses({ workers, ports }: FloeProcessesInput): FloeProcess[] {
  const address = (port: number): string => `http://127.0.0.1:${port}`;
  const api: FloeProcess = {
    name: "API",
    script: "api/main.ts",
    args: [],
    port: ports.api,
    readyMessage: "api.ready",
    log: "api",
    where: address(ports.api),
    variables: { API_PORT: String(ports.api) },
  };
  const processes = workers.map(({ name, role }, index): FloeProcess => {
    const port = ports.metrics + index;
    return {
      name: `Worker ${name}`,
      script: "workers/main.ts",
      args: ["--role", role],
      nodeFlags: nodeFlags(role),
      port,
      readyMessage: "worker.ready",
      log: `worker-${name}`,
      where: `${address(port)}/metrics`,
      variables: { METRICS_PORT: String(port) },
    };
  });
  return [...processes, api];
}
