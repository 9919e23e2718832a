import { open, rename, rm, stat } from "node:fs/promises";
import type { Writable } from "node:stream";
import { Conflict, InvalidInput } from "../domain/errors.js";

/** A file that only comes to stand under its name when it is complete. */
export interface ExportFile {
  stream: Writable;
  keep(): Promise<void>;
  discard(): Promise<void>;
}

/** @throws Conflict when the file exists, unless `force`; InvalidInput when it cannot be written. */
export async function createExportFile(path: string, force: boolean): Promise<ExportFile> {
  await checkTarget(path, force);
  const part = `${path}.${process.pid}.part`;
  const handle = await open(part, "wx").catch((error: unknown) => refuse(path, error));
  const stream = handle.createWriteStream();
  return {
    stream,
    keep: () => rename(part, path),
    discard: () => rm(part, { force: true }),
  };
}

async function checkTarget(path: string, force: boolean): Promise<void> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) =>
    error.code === "ENOENT" ? null : refuse(path, error),
  );
  if (!found) return;
  // A device would be replaced by a file of its name.
  if (!found.isFile()) {
    const problem = `${path} is ${found.isDirectory() ? "a folder" : "not a plain file"}`;
    throw new InvalidInput([{ field: "file", problem }]);
  }
  if (!force) throw new Conflict(`${path} exists already; --force replaces it.`, { path });
}

const sentences: Record<string, string> = {
  ENOENT: "its folder does not exist",
  ENOTDIR: "its folder is a file",
  EACCES: "may not be written by this account",
  EPERM: "may not be written by this account",
  EROFS: "is on a disk that cannot be written",
};

function refuse(path: string, error: unknown): never {
  const code = (error as NodeJS.ErrnoException).code ?? "unknown";
  const problem = `${path}: ${sentences[code] ?? `cannot be written (${code})`}`;
  throw new InvalidInput([{ field: "file", problem }], { cause: error });
}
