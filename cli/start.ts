/** `npm start`: all of Floe on this machine, until Ctrl-C. */
import { FloeError } from "../domain/errors.js";
import { dataFolder, environment } from "../runtime/config.js";
import { killServers } from "../runtime/embedded/process.js";
import { runDemo } from "../runtime/start/demo.js";
import { createNarrator } from "../runtime/start/narrator.js";
import { parseOptions, usage, type StartOptions } from "../runtime/start/options.js";
import { startStack, type Stack } from "../runtime/start/stack.js";
import {
  describeEndpoints,
  describeFirstAdmin,
  describeLedger,
  toLedgerSummary,
} from "../runtime/start/summary.js";

const narrator = createNarrator(process.stdout);

async function main(): Promise<number> {
  const env = environment();
  const options = parseOptions(process.argv.slice(2), dataFolder(env));
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  const starting = onSignals(() => stopNow(130));
  narrator.say(`Starting Floe on ${options.data} ...`);
  const stack = await startStack(options, env, narrator);
  starting.end();
  let interrupt = (): void => undefined;
  const interrupted = new Promise<number>(
    (resolve) => (interrupt = () => resolve(options.exitAfterDemo ? 130 : 0)),
  );
  const running = onSignals(interrupt);
  try {
    return await Promise.race([use(stack, options), interrupted]);
  } finally {
    running.end();
    onSignals(() => stopNow(130));
    narrator.say(
      "Stopping: the workers finish what is on the wire, then the servers end. Ctrl-C again ends all at once.",
    );
    await stack.stop();
    narrator.say("Stopped.");
  }
}

async function use(stack: Stack, options: StartOptions): Promise<number> {
  const mode = options.exitAfterDemo && options.demo === "never" ? "fresh" : options.demo;
  const { endpoints, smtp, config } = stack;
  await stack.dashboard;
  const signIn = describeFirstAdmin(stack.firstAdmin, config.publicUrl);
  if (options.demo !== "never" && !options.exitAfterDemo)
    narrator.say(`\nWatch it in the dashboard: ${config.publicUrl}/dashboard${signIn}\n`);
  const send = await runDemo({
    endpoints,
    smtp,
    timeZone: config.timeZone,
    mode,
    paced: !options.exitAfterDemo,
    say: narrator.say,
  });
  if (send) narrator.say(`\n${describeLedger(send)}`);
  if (options.exitAfterDemo) {
    lastLine = send ? JSON.stringify(toLedgerSummary(send)) : undefined;
    return send && toLedgerSummary(send).accountedFor ? 0 : 1;
  }
  const places = describeEndpoints(endpoints, options.data, config.apiToken);
  narrator.say(`\nFloe runs. Look here:\n${places}${signIn}\n\nCtrl-C stops it.`);
  return new Promise(() => undefined);
}

/** Printed after everything else, so that a script can take the last line. */
let lastLine: string | undefined;

/** Ctrl-C, and the ways in which a terminal or a supervisor ends a process. */
function onSignals(react: () => void): { end: () => void } {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, react);
  return {
    end: () => {
      for (const signal of signals) process.removeListener(signal, react);
    },
  };
}

/** Nothing is lost by it: the ledger and the histories are made for a `kill -9`. */
function stopNow(code: number): never {
  killServers();
  process.exit(code);
}

main().then(
  (code) => {
    if (lastLine !== undefined) process.stdout.write(`${lastLine}\n`);
    process.exit(code);
  },
  (error: unknown) => {
    const known = error instanceof FloeError;
    process.stderr.write(
      `${known ? error.message : `Floe could not start: ${error instanceof Error ? error.message : String(error)}`}\n`,
    );
    killServers();
    process.exit(known && error.kind === "ConfigInvalid" ? 2 : 1);
  },
);
