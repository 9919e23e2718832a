import type { Command } from "commander";
import type { Floe } from "../client/connect.js";
import { ConfigInvalid, FloeError, InvalidInput, type FieldProblem } from "../domain/errors.js";
import { exitCodeOf } from "./exit-codes.js";
import { createOutput, type Output } from "./output.js";

export interface GlobalOptions {
  json?: boolean;
  debug?: boolean;
}

/**
 * Wraps a command's work: connects, closes again whatever happens, and turns an error into a sentence on stderr and an exit
 * code.
 */
export function withFloe<Args extends unknown[]>(
  work: (floe: Floe, output: Output, ...args: Args) => Promise<void>,
): (this: Command, ...args: [...Args, Command]) => Promise<void> {
  return async function (this: Command, ...args) {
    const global = this.optsWithGlobals<GlobalOptions>();
    const output = createOutput(global.json ?? false, process.stdout, process.stderr);
    try {
      // Loaded when needed: help and usage errors answer at once.
      const [{ connectFloe }, { traceCommand }] = await Promise.all([
        import("../client/connect.js"),
        import("./traced.js"),
      ]);
      await traceCommand(nameOf(this), async (interceptors) => {
        const floe = await connectFloe({ interceptors });
        await work(floe, output, ...(args.slice(0, -1) as Args)).finally(() => floe.close());
      });
    } catch (error) {
      report(error, global.debug ?? false);
    }
  };
}

/** `floe campaign send`. */
function nameOf(command: Command): string {
  return command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();
}

/** Says what went wrong in a sentence and sets the exit code; a stack only when asked for. */
export function report(error: unknown, debug: boolean): void {
  process.exitCode = exitCodeOf(error);
  process.stderr.write(`${describe(error)}\n`);
  if (debug)
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
}

function describe(error: unknown): string {
  if (error instanceof InvalidInput) {
    return `The input was refused; nothing was changed.\n${listProblems(error.problems)}`;
  }
  if (error instanceof ConfigInvalid) {
    if (!error.problems.some(({ field }) => places.test(field)))
      return `The configuration is incomplete or wrong.\n${listProblems(error.problems)}`;
    return `Where Floe runs is not known: no stack runs in this folder, and the environment is incomplete or wrong.
${listProblems(error.problems)}
${whenAway}`;
  }
  if (error instanceof FloeError)
    return error.kind === "Unavailable" ? `${error.message} ${whenAway}` : error.message;
  const message = error instanceof Error ? error.message : String(error);
  return `Failed: ${message || "unknown error"} (add --debug for the whole story)`;
}

function listProblems(problems: FieldProblem[]): string {
  return problems.map(({ field, problem }) => `  ${field}: ${problem}`).join("\n");
}

const places = /^(DATABASE_URL|REDIS_|TEMPORAL_)/;
const whenAway =
  "Start the stack with npm start, or point DATABASE_URL, REDIS_URL and TEMPORAL_ADDRESS at yours.";
