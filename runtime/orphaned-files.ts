import { lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { OrphanedFiles } from "../activities/recurring-ports.js";

/** Folders inside the data folder whose files are needed for a while only. */
const folders = ["uploads", "exports"];

export interface OrphanedFilesInput {
  dataFolder: string;
  /** Null: files are kept for ever. */
  days: number | null;
  /** `file://` URLs that are still to be read. */
  urlsInUse: () => Promise<string[]>;
}

/** Regular files that nobody has written to for so long and nobody is to read; links are not followed. */
export function createOrphanedFiles({ dataFolder, days, urlsInUse }: OrphanedFilesInput): OrphanedFiles {
  return {
    async find() {
      if (days === null) return [];
      const before = Date.now() - days * 86_400_000;
      const inUse = new Set((await urlsInUse()).map(toPath));
      const orphans: string[] = [];
      for (const folder of folders) {
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

function toPath(url: string): string {
  return url.startsWith("file://") ? fileURLToPath(url) : url;
}
