import { join } from "node:path";
import { keepRunning, type KeptPart } from "./keep-running.js";
import { startNode } from "./node-process.js";
import type { Ports } from "./ports.js";

export interface FloeProcessesInput {
  data: string;
  ports: Ports;
  /** Complete environment of the processes. */
  env: NodeJS.ProcessEnv;
  shutdownGraceMs: number;
  startWorkers: boolean;
  say: (sentence: string) => void;
  ready: (name: string, where: string, tookMs: number) => void;
}

const roles = ["orchestrator", "sender", "io"] as const;

/** Starts the workers, one process a role, and the API, and keeps each running. */
export async function startFloeProcesses(input: FloeProcessesInput): Promise<KeptPart[]> {
  const { data, ports, env, say } = input;
  const kept: KeptPart[] = [];
  const keep = async (name: string, script: string, args: string[], port: number): Promise<void> => {
    const began = Date.now();
    const isApi = script.startsWith("api/");
    const start = () =>
      startNode({
        name,
        script,
        args,
        port,
        readyMessage: isApi ? "api.ready" : "worker.ready",
        logFile: join(data, "logs", `${isApi ? "api" : `worker-${args.at(-1) ?? ""}`}.log`),
        // The workers force themselves some seconds after their grace.
        stopGraceMs: input.shutdownGraceMs + 20_000,
        env: isApi ? { ...env, API_PORT: String(port) } : { ...env, METRICS_PORT: String(port) },
      });
    const part = await keepRunning({ start, say });
    kept.push(part);
    input.ready(name, `http://127.0.0.1:${port}${isApi ? "" : "/metrics"}`, Date.now() - began);
  };
  const workers = input.startWorkers ? roles : [];
  const results = await Promise.allSettled([
    ...workers.map((role, index) =>
      keep(`Worker ${role}`, "workers/main.ts", ["--role", role], ports.metrics + index),
    ),
    keep("API", "api/main.ts", [], ports.api),
  ]);
  const failed = results.find((result) => result.status === "rejected");
  if (!failed) return kept;
  await Promise.all(kept.map((part) => part.stop()));
  throw failed.reason;
}
