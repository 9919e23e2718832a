import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { startServer, untilReady, type EmbeddedPart } from "../embedded/process.js";

export interface NodeProcess {
  name: string;
  /** Path in the project, as source: `workers/main.ts`. */
  script: string;
  args: string[];
  /** Of Node itself. */
  nodeFlags?: string[];
  /** The `msg` of the JSON line by which it says that it is ready. */
  readyMessage: string;
  logFile: string;
  port: number;
  stopGraceMs: number;
  env?: NodeJS.ProcessEnv;
}

/** Bundling workflows on a busy machine takes its time. */
const readyTimeoutMs = 120_000;

/** Starts one of Floe's own processes and waits until it says that it is ready. */
export async function startNode(spec: NodeProcess): Promise<EmbeddedPart> {
  const part = await startServer({
    name: spec.name,
    command: process.execPath,
    args: [...(spec.nodeFlags ?? []), ...scriptArgs(spec.script), ...spec.args],
    port: spec.port,
    logFile: spec.logFile,
    stopSignal: "SIGTERM",
    stopGraceMs: spec.stopGraceMs,
    ...(spec.env && { env: spec.env }),
  });
  const ready = `"msg":"${spec.readyMessage}"`;
  const saysSo = async (): Promise<boolean> => (await readFile(spec.logFile, "utf8")).includes(ready);
  await untilReady(part, spec.logFile, saysSo, readyTimeoutMs);
  return part;
}

/** From source by tsx; from the compiled folder as it is. */
function scriptArgs(script: string): string[] {
  const source = fileURLToPath(new URL(`../../${script}`, import.meta.url));
  if (existsSync(source)) return ["--import", "tsx", source];
  return [source.replace(/\.ts$/, ".js")];
}
