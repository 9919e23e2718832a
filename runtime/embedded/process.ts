import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, openSync, closeSync } from "node:fs";
import { open } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FloeError } from "../../domain/errors.js";

/** How a child ended. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A server this process started. */
export interface EmbeddedPart {
  name: string;
  pid: number;
  port: number;
  /** Ends it in order and waits; by force after its grace. Safe to call twice, and after it has died. */
  stop(): Promise<void>;
  /** Resolves when it has ended, whoever ended it. Never rejects. */
  exited: Promise<Exit>;
}

export interface ServerSpec {
  name: string;
  command: string;
  args: string[];
  port: number;
  /** Receives stdout and stderr; started over with every start of the server. */
  logFile: string;
  stopSignal: NodeJS.Signals;
  stopGraceMs: number;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
}

/**
 * Starts a server in a process group of its own, so that a Ctrl-C in the terminal reaches it only after the workers have
 * finished. A leash ends it when this process disappears without a farewell: nothing is left behind after a `kill -9`.
 * @throws FloeError Conflict when somebody else listens on its port
 */
export async function startServer(spec: ServerSpec): Promise<EmbeddedPart> {
  await untilPortFree(spec);
  mkdirSync(dirname(spec.logFile), { recursive: true });
  const log = openSync(spec.logFile, "w");
  const child = spawn(spec.command, spec.args, {
    cwd: spec.cwd,
    env: spec.env,
    uid: spec.uid,
    gid: spec.gid,
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const exited = new Promise<Exit>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
    child.once("error", () => resolve({ code: 127, signal: null }));
  });
  await once(child, "spawn");
  const pid = child.pid as number;
  const leash = leashTo(pid, spec.stopSignal);
  children.add(child);
  void exited.then(() => {
    children.delete(child);
    leash.kill("SIGKILL");
  });
  const stop = async (): Promise<void> => {
    child.kill(spec.stopSignal);
    const abandoned = new AbortController();
    const forced = sleep(spec.stopGraceMs, true, { signal: abandoned.signal }).catch(() => false);
    if ((await Promise.race([exited.then(() => false), forced])) === true) child.kill("SIGKILL");
    abandoned.abort();
    await exited;
  };
  return { name: spec.name, pid, port: spec.port, stop, exited };
}

/** What was killed a moment ago may hold its port a little longer. */
const portPatienceMs = 5_000;

/** Checked first, because a server that answers on the port might otherwise be taken for the one that was started. */
async function untilPortFree({ name, port }: ServerSpec): Promise<void> {
  const deadline = Date.now() + portPatienceMs;
  while (!(await isPortFree(port))) {
    if (Date.now() > deadline) {
      throw new FloeError(
        "Conflict",
        `Port ${port} for ${name} is taken; stop what listens there, or choose another.`,
      );
    }
    await sleep(100);
  }
}

const children = new Set<ChildProcess>();

/** Ends every server of this process at once, as a `kill -9` would: their data survive it. */
export function killServers(): void {
  for (const child of children) child.kill("SIGKILL");
}

/** Seconds that servers outlive a parent that was killed, so that workers can notice first. */
const leashSeconds = 3;

function leashTo(pid: number, signal: NodeJS.Signals): ChildProcess {
  // `cat` ends when the pipe from this process closes, which the kernel does however this process ends.
  const script = `cat >/dev/null; sleep ${leashSeconds}; kill -s "$1" "$2" 2>/dev/null`;
  const leash = spawn("/bin/sh", ["-c", script, "floe-leash", signal.replace("SIG", ""), String(pid)], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  leash.on("error", () => undefined);
  leash.unref();
  (leash.stdin as unknown as { unref(): void }).unref();
  return leash;
}

/**
 * Asks again every 50 ms until `probe` holds.
 * @throws Error with the end of the server's log when it ends or does not answer within `timeoutMs`
 */
export async function untilReady(
  part: EmbeddedPart,
  logFile: string,
  probe: () => Promise<boolean>,
  timeoutMs: number,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let ended: Exit | undefined;
  void part.exited.then((exit) => (ended = exit));
  for (;;) {
    if (await probe()) return;
    if (ended)
      throw new Error(`${part.name} ended at once (${exitText(ended)}). ${await lastWords(logFile)}`);
    if (Date.now() > deadline) {
      await part.stop();
      throw new Error(
        `${part.name} did not answer within ${timeoutMs / 1000} s. ${await lastWords(logFile)}`,
      );
    }
    await sleep(50);
  }
}

export function exitText(exit: Exit): string {
  return exit.signal ? `signal ${exit.signal}` : `exit code ${exit.code ?? "?"}`;
}

/** The last line of a log that says something, and where the rest is. */
export async function lastWords(logFile: string): Promise<string> {
  const file = await open(logFile).catch(() => null);
  if (!file) return "";
  try {
    const { size } = await file.stat();
    const length = Math.min(size, 4096);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    const line = buffer.toString().trim().split("\n").at(-1)?.trim().slice(0, 300) ?? "";
    return `${line === "" ? "" : `It said: ${line} `}(log: ${logFile})`;
  } finally {
    await file.close();
  }
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  return listenOnce(0);
}

/** True when `port` on the loopback address can be listened on. */
export async function isPortFree(port: number): Promise<boolean> {
  return listenOnce(port).then(
    () => true,
    () => false,
  );
}

async function listenOnce(port: number): Promise<number> {
  const server = createServer();
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return (address as { port: number }).port;
}

/** True when a process with this id exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
