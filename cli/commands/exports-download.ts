import { Command } from "commander";
import { pipeline } from "node:stream/promises";
import { createByteProgress } from "../byte-progress.js";
import { createExportFile } from "../export-file.js";
import { withFloe } from "../session.js";
import { parseCount } from "../values.js";

interface DownloadOptions {
  tenant: string;
  force?: boolean;
}

export function exportsDownloadCommand(): Command {
  return new Command("download")
    .description("fetch the file of a finished export")
    .argument("<export>", "its id")
    .argument("[file]", "where to; without one: under the export's own name, in this folder")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("-f, --force", "replace the file if it exists")
    .action(
      withFloe(async (floe, output, exportId: string, file: string | undefined, options: DownloadOptions) => {
        const { fileName, size, content } = await floe.exports.download({
          tenantId: options.tenant,
          exportId,
        });
        const path = file ?? fileName;
        try {
          const target = await createExportFile(path, options.force ?? false);
          const progress = createByteProgress(process.stderr.isTTY && !output.json ? process.stderr : null);
          await pipeline(content, progress, target.stream).catch(async (error: unknown) => {
            await target.discard();
            throw error;
          });
          await target.keep();
        } finally {
          content.destroy();
        }
        output.result(
          { exportId, path, bytes: size },
          `${size.toLocaleString("en-US")} bytes are in ${path}.`,
        );
      }),
    );
}

export function exportsLinkCommand(): Command {
  return new Command("link")
    .description("a link with which anybody can fetch the file for a while, without a key")
    .argument("<export>", "its id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("--minutes <n>", "for how long it works", parseCount, 60)
    .action(
      withFloe(async (floe, output, exportId: string, options: { tenant: string; minutes: number }) => {
        const { tenant, minutes } = options;
        const link = await floe.exports.link({ tenantId: tenant, exportId, minutes });
        output.result(link, link.url);
        output.note(`It works until ${link.until.toISOString()}.`);
      }),
    );
}
