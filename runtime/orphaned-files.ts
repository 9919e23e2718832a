import { lstat, readdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { OrphanedFiles } from "../activities/recurring-ports.js";
import { parseLocation, storedFolders } from "../storage/location.js";

export interface OrphanedFilesInput {
  dataFolder: string;
  /** Null: files are kept for ever. */
  days: number | null;
  /** `file://` and `floe://` URLs that are still needed. */
  urlsInUse: () => Promise<string[]>;
}

/** Regular files that nobody has written to for so long and nobody is to read; links are not followed. */
export function createOrphanedFiles({ dataFolder, days, urlsInUse }: OrphanedFilesInput): OrphanedFiles {
  return {
    async find() {
      if (days === null) return [];
      const before = Date.now() - days * 86_400_000;
      const inUse = new Set((await urlsInUse()).map((url) => toPath(dataFolder, url)));
      const orphans: string[] = [];
      for (const folder of storedFolders) {
        for (const path of await filesIn(join(dataFolder, folder))) {
          if (inUse.has(path)) continue;
          const { mtimeMs } = await lstat(path);
          if (mtimeMs < before) orphans.push(path);
        }
      }
      return orphans;
    },
    remove: (path) => rm(path, { force: true }),
  };
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

function toPath(dataFolder: string, url: string): string {
  const location = parseLocation(url);
  return location.kind === "s3" ? url : resolve(dataFolder, location.path);
}
