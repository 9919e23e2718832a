import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { CsvCopy } from "../db/csv-copy.js";
import { createByteProgress } from "./byte-progress.js";
import { createExportFile } from "./export-file.js";
import type { Output } from "./output.js";
import { stoppedWatching } from "./watch.js";

export interface CsvTarget {
  open: () => Promise<CsvCopy>;
  /** Absent: the standard output. A name that ends in .gz is compressed. */
  path: string | undefined;
  /** Replaces a file that exists. */
  force: boolean;
  /** What the rows are: `contacts`. */
  rowsAre: string;
  output: Output;
}

export const spreadsheetNote = `A value that begins with = + - @, a tab or a line break gets an apostrophe before it, so that no spreadsheet runs it as a
formula.`;

/** Writes rows to a file of any size, complete or not at all, or to the standard output. */
export async function writeCsv({ path, ...target }: CsvTarget): Promise<void> {
  if (path === undefined) await toStandardOutput(await target.open());
  else await toFile({ path, ...target });
}

async function toStandardOutput({ csv }: CsvCopy): Promise<void> {
  try {
    await pipeline(csv, process.stdout, { end: false });
  } catch (error) {
    // Who reads has enough, as `head` does after some lines.
    if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
  }
}

async function toFile({ open, path, force, rowsAre, output }: CsvTarget & { path: string }): Promise<void> {
  const file = await createExportFile(path, force);
  const interrupted = new AbortController();
  const onInterrupt = (): void => interrupted.abort();
  process.once("SIGINT", onInterrupt);
  try {
    const copy = await open();
    await write(copy.csv, file.stream, { path, output, signal: interrupted.signal });
    await file.keep();
    const { columns } = copy;
    const rows = copy.rows();
    output.result({ path, rows, columns }, `${rows.toLocaleString("en-US")} ${rowsAre} are in ${path}.`);
  } catch (error) {
    file.stream.destroy();
    await file.discard();
    if (!interrupted.signal.aborted) throw error;
    process.exitCode = stoppedWatching;
    output.note("Stopped; no file was written.");
  } finally {
    process.removeListener("SIGINT", onInterrupt);
  }
}

async function write(
  csv: Readable,
  target: Writable,
  { path, output, signal }: { path: string; output: Output; signal: AbortSignal },
): Promise<void> {
  const progress = createByteProgress(process.stderr.isTTY && !output.json ? process.stderr : null);
  const compress = path.endsWith(".gz") ? [createGzip()] : [];
  await pipeline([csv, progress, ...compress, target], { signal });
}
