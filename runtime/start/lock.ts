import { mkdir, open, readFile, rm } from "node:fs/promises";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { FloeError } from "../../domain/errors.js";
import { commandLine } from "../embedded/orphan.js";
import { isAlive } from "../embedded/process.js";

export interface Lock {
  /** True when the run before did not stop in order. */
  recovered: boolean;
  release(): Promise<void>;
}

/**
 * Makes sure that one stack at a time runs on a data folder; makes the folder. A lock whose process is gone is taken over.
 * @throws FloeError Conflict when another stack runs there; Unavailable when the folder cannot be written
 */
export async function lockFolder(folder: string): Promise<Lock> {
  const file = join(folder, "lock");
  try {
    // Others may pass through, not look: embedded Postgres runs under another account when this is root.
    await mkdir(folder, { recursive: true, mode: 0o711 });
    if (await writeLock(file)) return { recovered: false, release: () => rm(file, { force: true }) };
    const pid = Number.parseInt(await readFile(file, "utf8").catch(() => ""), 10);
    if (await runsFloe(pid)) {
      throw new FloeError(
        "Conflict",
        `Floe already runs on ${folder} (process ${pid}); stop it first, or choose another folder with --data.`,
      );
    }
    await rm(file, { force: true });
    if (await writeLock(file)) return { recovered: true, release: () => rm(file, { force: true }) };
  } catch (error) {
    if (error instanceof FloeError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new FloeError(
      "Unavailable",
      `The folder ${folder} cannot be used (${code ?? "?"}); choose another with --data.`,
      {
        cause: error,
      },
    );
  }
  throw new FloeError(
    "Conflict",
    `Another start on ${folder} was quicker; choose another folder with --data.`,
  );
}

async function writeLock(file: string): Promise<boolean> {
  try {
    const handle = await open(file, "wx", 0o600);
    await handle.write(String(process.pid));
    await handle.close();
    // Also when a second Ctrl-C ends this process at once.
    process.once("exit", () => rmSync(file, { force: true }));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** A process id is reused soon in a container: only a start command counts. */
async function runsFloe(pid: number): Promise<boolean> {
  if (!Number.isInteger(pid) || pid === process.pid || !isAlive(pid)) return false;
  return /\bstart\.(ts|js)\b/.test(await commandLine(pid));
}
