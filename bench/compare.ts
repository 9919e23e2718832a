import { prepareBullmq } from "./bullmq.js";
import type { BenchInput, EngineRun, RunEngine } from "./engine.js";
import { runFloe } from "./floe.js";
import type { Engine } from "./options.js";
import { bare, limit, preparePlain } from "./plain.js";
import { medianRun, toRows, type Row } from "./report.js";

const defaultRecipients = 50_000;
const defaultRounds = 3;

/** What is found out once, before the rounds. */
const prepare: Record<Engine, (input: BenchInput) => Promise<RunEngine>> = {
  floe: prepareFloe("pipelined"),
  "floe-nodemailer": prepareFloe("nodemailer"),
  bullmq: prepareBullmq,
  bare: (input) => preparePlain(bare, input),
  limit: (input) => preparePlain(limit, input),
};

function prepareFloe(transport: "pipelined" | "nodemailer") {
  return (input: BenchInput): Promise<RunEngine> => {
    const { senders, connections } = input.options;
    const setup = { transport, senders, connections, port: input.sink.port };
    return Promise.resolve((recipients) => runFloe(input, { ...setup, recipients }));
  };
}

/** Each engine in turn, so that noise hits all alike; of each the run of median speed. */
export async function compareEngines(input: BenchInput): Promise<Row[]> {
  const { options, say } = input;
  const recipients = options.recipients ?? defaultRecipients;
  const rounds = options.rounds ?? defaultRounds;
  const run = new Map<Engine, RunEngine>();
  for (const engine of options.engines) run.set(engine, await prepare[engine](input));
  const runs = new Map<Engine, EngineRun[]>(options.engines.map((engine) => [engine, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const [engine, runEngine] of run) {
      say(`${engine}: ${recipients} recipients, round ${round} of ${rounds}`);
      const done = await runEngine(recipients);
      say(`${engine}: ${Math.round((done.emails / done.seconds) * 60)} emails/min`);
      runs.get(engine)?.push(done);
    }
  }
  return toRows(new Map([...runs].map(([engine, done]) => [engine, medianRun(done)])));
}
