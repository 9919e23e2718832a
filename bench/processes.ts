/** Processes of the benchmark: started, asked when ready, and ended by their ids, whatever happens. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export interface BenchProcess {
  pid: number;
  send(message: object): void;
  /** The next message that the process sends. @throws Error when it ends instead. */
  next<T>(): Promise<T>;
  /** Waits for something else. @throws Error when the process ends first. */
  unlessEnded<T>(work: Promise<T>): Promise<T>;
  /** SIGTERM, and the end; by force after a minute. */
  stop(): Promise<void>;
}

export interface ProcessSpec {
  /** Path from the project's folder. */
  script: string;
  args?: string[];
  env?: Record<string, string>;
  nodeOptions?: string[];
  logFile: string;
}

/** Workers finish what is on the wire, the profiler writes its file. */
const graceMs = 60_000;
const root = fileURLToPath(new URL("../", import.meta.url));
const running = new Map<ChildProcess, () => Promise<void>>();
// The last line of defence: nothing outlives the benchmark, however it ends.
process.on("exit", () => {
  for (const child of running.keys()) child.kill("SIGKILL");
});

/** Ends whatever still runs. */
export async function stopProcesses(): Promise<void> {
  await Promise.all([...running.values()].map((stop) => stop()));
}

/** Starts a program of this project, from source or compiled, with a channel for messages. */
export async function startProcess(spec: ProcessSpec): Promise<BenchProcess> {
  const loader = spec.script.endsWith(".ts") ? ["--import", "tsx"] : [];
  const child = spawn(
    process.execPath,
    [...(spec.nodeOptions ?? []), ...loader, spec.script, ...(spec.args ?? [])],
    // In a process group of its own: Ctrl-C reaches the benchmark, which ends its processes in order.
    {
      cwd: root,
      env: { ...process.env, ...spec.env },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      detached: true,
    },
  );
  const log = createWriteStream(spec.logFile);
  let words = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      words = (words + chunk.toString()).slice(-2_000);
      log.write(chunk);
    });
  }
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => {
      running.delete(child);
      log.end();
      resolve();
    });
  });
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    const forced = setTimeout(() => child.kill("SIGKILL"), graceMs);
    await exited;
    clearTimeout(forced);
  };
  running.set(child, stop);
  await once(child, "spawn");
  const unlessEnded = <T>(work: Promise<T>): Promise<T> => {
    work.catch(() => undefined);
    const ended = exited.then(() => {
      throw new Error(`${spec.script} ended. It said:\n${words}`);
    });
    return Promise.race([work, ended]);
  };
  return {
    pid: child.pid as number,
    send: (message) => void child.send(message),
    next: async <T>() => {
      const abandoned = new AbortController();
      const message = once(child, "message", { signal: abandoned.signal }).then(([value]) => value as T);
      return unlessEnded(message).finally(() => abandoned.abort());
    },
    unlessEnded,
    stop,
  };
}

/** Waits until `GET url` answers 200. @throws Error after `timeoutMs`. */
export async function untilHealthy(url: string, timeoutMs: number): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; ; await sleep(100)) {
    const response = await fetch(url).catch(() => null);
    await response?.arrayBuffer();
    if (response?.status === 200) return;
    if (Date.now() > deadline) throw new Error(`${url} was not ready after ${timeoutMs / 1000} s.`);
  }
}
