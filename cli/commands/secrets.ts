import { Command } from "commander";
import type { SecretCounts } from "../../client/secrets.js";
import { exitCodes } from "../exit-codes.js";
import type { Output } from "../output.js";
import { withFloe } from "../session.js";

export function secretsCommand(): Command {
  const command = new Command("secrets").description("passwords and keys that are kept encrypted");

  command
    .command("rotate")
    .description("encrypt every secret with the first of FLOE_ENCRYPTION_KEYS, also what is still plain")
    .option("--dry-run", "count what would be done, and change nothing")
    .addHelpText(
      "after",
      `
Safe to repeat, and to stop at any time; mail and webhooks go on meanwhile. A key may be removed from
FLOE_ENCRYPTION_KEYS once nothing is encrypted with it: when --dry-run has nothing left to do.

Example:
  $ export FLOE_ENCRYPTION_KEYS="k2:$(openssl rand -base64 32),$FLOE_ENCRYPTION_KEYS"
  $ floe secrets rotate`,
    )
    .action(
      withFloe(async (floe, output, { dryRun = false }: { dryRun?: boolean }) => {
        const onProgress = ({ kind, ...counts }: SecretCounts): void =>
          output.note(`${kind}: ${counts.current + counts.resealed + counts.sealed} looked at`);
        show(output, await floe.secrets.rotate({ dryRun, onProgress }));
        output.note(dryRun ? "Nothing was changed." : "Done.");
      }),
    );
  return command;
}

function show(output: Output, kinds: SecretCounts[]): void {
  output.rows(
    kinds,
    [
      { title: "SECRETS", value: (c) => c.kind },
      { title: "CURRENT", value: (c) => c.current, align: "right" },
      { title: "OF OTHER KEYS", value: (c) => c.resealed, align: "right" },
      { title: "PLAIN", value: (c) => c.sealed, align: "right" },
      { title: "UNREADABLE", value: (c) => c.unreadable.length, align: "right" },
    ],
    "",
  );
  const unreadable = kinds.flatMap((kind) => kind.unreadable);
  for (const sentence of unreadable) process.stderr.write(`${sentence}\n`);
  if (unreadable.length > 0) process.exitCode = exitCodes.failed;
}
