/** `compareImports` alone: `node --import tsx bench/import-main.ts --help`. */
import { parseArgs } from "node:util";
import { compareImports, type ImportBenchOptions } from "./import.js";
import { toTable } from "./report.js";
import { createCleanup, startStack } from "./stack.js";

const usage = `Usage: node --import tsx bench/import-main.ts [options]

Imports and exports contacts on this machine, with Floe and with \\copy.

  --rows N          contacts in the file, of 5 columns (200000)
  --rounds N        each runs N times, in turn; the median is printed (3)
  --profile FOLDER  CPU profiles of the importing and the exporting process
  --json            the rows as JSON: name, metric, value, unit, ratio
  --help            this text
`;

const cleanup = createCleanup();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    process.on("uncaughtException", () => undefined);
    void cleanup.run().finally(() => process.exit(130));
  });
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await cleanup.run();
  process.exit();
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rows: { type: "string", default: "200000" },
      rounds: { type: "string", default: "3" },
      profile: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return void process.stdout.write(usage);
  const options: ImportBenchOptions = {
    rows: parseCount("--rows", values.rows),
    rounds: parseCount("--rounds", values.rounds),
    profile: values.profile ?? null,
  };
  const stack = await startStack(cleanup, { temporal: true });
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  const rows = await compareImports({ stack, cleanup, options, say });
  process.stdout.write(values.json ? `${JSON.stringify(rows, null, 2)}\n` : `${toTable(rows)}\n`);
}

function parseCount(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`${name} must be a whole number above zero.`);
}
