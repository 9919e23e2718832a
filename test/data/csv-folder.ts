import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** A folder for CSV files, removed after the test file. Returns how to write one and learn its path. */
export async function csvFolder(): Promise<(content: string | Buffer) => Promise<string>> {
  const folder = await mkdtemp(join(tmpdir(), "floe-csv-"));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  let files = 0;
  return async (content) => {
    files += 1;
    const path = join(folder, `${files}.csv`);
    await writeFile(path, content);
    return path;
  };
}
