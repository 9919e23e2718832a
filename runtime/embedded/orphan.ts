import { execFile } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { isAlive } from "./process.js";

const run = promisify(execFile);

export interface OrphanSpec {
  /** File whose first line is the process id. */
  pidFile: string;
  /** What the orphan's command line must contain, so that a reused process id is never mistaken for it. */
  program: string;
  hint: string;
  signal: NodeJS.Signals;
}

/**
 * Ends a server that an earlier run left behind on the same data, and removes its stale pid file: a reused process id
 * would otherwise keep a server from ever starting.
 */
export async function endOrphan(spec: OrphanSpec): Promise<void> {
  const text = await readFile(spec.pidFile, "utf8").catch(() => null);
  if (text === null) return;
  const pid = Number.parseInt(text, 10);
  if (Number.isInteger(pid) && pid > 1 && (await runs(pid, spec))) {
    await end(pid, spec.signal);
  }
  await rm(spec.pidFile, { force: true });
}

async function runs(pid: number, spec: OrphanSpec): Promise<boolean> {
  if (!isAlive(pid)) return false;
  const command = await commandLine(pid);
  return command.includes(spec.program) && command.includes(spec.hint);
}

/** Command line of a process; empty when it is gone. */
export async function commandLine(pid: number): Promise<string> {
  const linux = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => null);
  if (linux !== null) return linux.replaceAll("\0", " ").trim();
  const { stdout } = await run("ps", ["-o", "command=", "-p", String(pid)]).catch(() => ({ stdout: "" }));
  return stdout.trim();
}

async function end(pid: number, signal: NodeJS.Signals): Promise<void> {
  const deadline = Date.now() + 15_000;
  process.kill(pid, signal);
  while (isAlive(pid) && Date.now() < deadline) await sleep(100);
  if (isAlive(pid)) process.kill(pid, "SIGKILL");
}
