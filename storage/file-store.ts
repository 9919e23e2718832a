import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ObjectStore } from "../activities/object-ports.js";
import { InvalidInput, NotFound, Unavailable } from "../domain/errors.js";
import { parseLocation, storedFolders } from "./location.js";

/** Where files lie on this machine's disk. */
export interface LocalFiles {
  /** Absolute; of any local file, as nothing is done to it. @throws InvalidInput for what is not on a disk */
  pathOf(url: string): string;
}

export function createLocalFiles(dataFolder: string): LocalFiles {
  return {
    pathOf(url) {
      const location = parseLocation(url);
      if (location.kind === "s3") throw new InvalidInput([{ field: "fileUrl", problem: "is not on a disk" }]);
      return resolve(dataFolder, location.path);
    },
  };
}

/** Plain files in the data folder's stored folders. Links that lead out of them are refused. */
export function createFileStore(dataFolder: string): ObjectStore {
  const allowed = storedFolders.map((folder) => resolve(dataFolder, folder));

  async function pathOf(url: string): Promise<string> {
    const location = parseLocation(url);
    const path = location.kind === "s3" ? "" : resolve(dataFolder, location.path);
    const folder = allowed.find((root) => path.startsWith(root + sep));
    if (folder === undefined) throw notAllowed();
    const [root, real] = await Promise.all([realpathOfExisting(folder), realpathOfExisting(path)]);
    if (!real.startsWith(root + sep) && real !== root) throw notAllowed();
    return path;
  }

  return {
    async stat(url) {
      const path = await pathOf(url);
      const { size, mtimeMs } = await plainFile(path);
      return { size, etag: `${size}-${mtimeMs}` };
    },
    async open(url, from = 0) {
      const path = await pathOf(url);
      await plainFile(path);
      return createReadStream(path, { start: from });
    },
    async write(url, content, signal) {
      const path = await pathOf(url);
      await writeWhole(path, content, signal).catch((error: unknown) => {
        throw failure(error);
      });
    },
    async remove(url) {
      await rm(await pathOf(url), { force: true });
    },
  };
}

async function writeWhole(path: string, content: Readable, signal?: AbortSignal): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await removeParts(path);
  const part = `${path}.${randomUUID()}.part`;
  const handle = await open(part, "wx", 0o600);
  try {
    await pipeline(content, handle.createWriteStream({ flush: true }), signal ? { signal } : {});
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw signal?.aborted ? signal.reason : error;
  }
}

/** Of attempts that died. One that still lives, and was overtaken by this one, then fails to rename its own. */
async function removeParts(path: string): Promise<void> {
  const folder = dirname(path);
  const parts = (await readdir(folder)).filter(
    (name) => name.startsWith(`${basename(path)}.`) && name.endsWith(".part"),
  );
  await Promise.all(parts.map((name) => rm(join(folder, name), { force: true })));
}

async function plainFile(path: string): Promise<{ size: number; mtimeMs: number }> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") throw new NotFound("file", basename(path));
    throw failure(error);
  });
  if (!found.isFile()) throw new InvalidInput([{ field: "fileUrl", problem: "is not a plain file" }]);
  return found;
}

/** Of the longest part of the path that is there, links resolved. */
async function realpathOfExisting(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return realpathOfExisting(dirname(path));
  }
}

function notAllowed(): InvalidInput {
  return new InvalidInput([{ field: "fileUrl", problem: "lies outside the folders that Floe may use" }]);
}

/** A full or broken disk may be mended: the work waits for that. */
function failure(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOSPC" || code === "EIO" || code === "EROFS" || code === "EDQUOT"
    ? new Unavailable(`The disk (${code})`, error)
    : error;
}
