import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { Command } from "commander";
import type { ContactExport } from "../../client/contacts.js";
import { createByteProgress } from "../byte-progress.js";
import { createExportFile } from "../export-file.js";
import type { Output } from "../output.js";
import { withFloe } from "../session.js";
import { stoppedWatching } from "../watch.js";

interface ExportOptions {
  tenant: string;
  list?: string;
  segment?: string;
  raw?: boolean;
  force?: boolean;
}

export function contactsExportCommand(): Command {
  return new Command("export")
    .description("write contacts to a CSV file of any size, or to the standard output")
    .argument("[file]", "where to; a name that ends in .gz is compressed; without one: the standard output")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("-l, --list <list>", "only members of this list")
    .option("-s, --segment <segment>", "only contacts that match this segment")
    .option("--raw", "values as they are, also those that a spreadsheet would run as formulas")
    .option("-f, --force", "replace the file if it exists")
    .addHelpText(
      "after",
      `
A value that begins with = + - @, a tab or a line break gets an apostrophe before it, so that no spreadsheet runs it as a
formula. To import the file again, export it with --raw.

Examples:
  $ floe contacts export people.csv --tenant acme --list news
  $ floe contacts export all.csv.gz --tenant acme --raw
  $ floe contacts export --tenant acme --segment pro | wc -l`,
    )
    .action(
      withFloe(async (floe, output, path: string | undefined, options: ExportOptions) => {
        const { tenant, list, segment, raw } = options;
        const open = () => floe.contacts.export({ tenantId: tenant, list, segment, raw });
        if (path === undefined) return toStandardOutput(await open());
        await toFile({ open, path, force: options.force ?? false, output });
      }),
    );
}

async function toStandardOutput({ csv }: ContactExport): Promise<void> {
  try {
    await pipeline(csv, process.stdout, { end: false });
  } catch (error) {
    // Who reads has enough, as `head` does after some lines.
    if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
  }
}

interface FileTarget {
  open: () => Promise<ContactExport>;
  path: string;
  force: boolean;
  output: Output;
}

async function toFile({ open, path, force, output }: FileTarget): Promise<void> {
  const file = await createExportFile(path, force);
  const interrupted = new AbortController();
  const onInterrupt = (): void => interrupted.abort();
  process.once("SIGINT", onInterrupt);
  try {
    const contacts = await open();
    await write(contacts.csv, file.stream, { path, output, signal: interrupted.signal });
    await file.keep();
    const { columns } = contacts;
    const rows = contacts.rows();
    output.result({ path, rows, columns }, `${rows.toLocaleString("en-US")} contacts are in ${path}.`);
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
