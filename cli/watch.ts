import { SingleBar } from "cli-progress";
import { setTimeout as sleep } from "node:timers/promises";
import { Unavailable } from "../domain/errors.js";
import type { Output } from "./output.js";

export interface View {
  done: number;
  /** Undefined while the whole is not known. */
  total: number | undefined;
  /** What stands beside the bar, such as `sending, 12 not sent`. */
  text: string;
  finished: boolean;
}

export interface Watched<State> {
  poll(): Promise<State>;
  view(state: State): View;
  /** Said when the person stops watching: what goes on, and how to look at it again. */
  goesOn: string;
  output: Output;
}

const everyMs = 500;
/** Without a terminal each line stays, so they come rarely. */
const plainEveryMs = 5_000;

/** Exit code of a watch ended by Ctrl-C, as shells count it: 128 + SIGINT. */
export const stoppedWatching = 130;

/**
 * Shows progress until it is finished: a bar on a terminal, a line now and then elsewhere. Ctrl-C stops the watching, never
 * the work. A part that is away for a while is waited for.
 * @returns the last state, or undefined when the person stopped watching.
 */
export async function watch<State>(watched: Watched<State>): Promise<State | undefined> {
  const stop = new AbortController();
  const onInterrupt = (): void => stop.abort();
  process.once("SIGINT", onInterrupt);
  const display = watched.output.json
    ? silent
    : process.stderr.isTTY
      ? createBar()
      : createLines(watched.output);
  try {
    while (!stop.signal.aborted) {
      const state = await pollPatiently(watched, display);
      if (state !== undefined) {
        const view = watched.view(state);
        display.show(view);
        if (view.finished) return state;
      }
      await sleep(everyMs, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  } finally {
    display.end();
    process.removeListener("SIGINT", onInterrupt);
  }
  process.stderr.write(`Stopped watching. ${watched.goesOn}\n`);
  process.exitCode = stoppedWatching;
  return undefined;
}

async function pollPatiently<State>(watched: Watched<State>, display: Display): Promise<State | undefined> {
  try {
    return await watched.poll();
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    display.say(`${error.message} Waiting for it.`);
    return undefined;
  }
}

interface Display {
  show(view: View): void;
  say(text: string): void;
  end(): void;
}

const silent: Display = { show: () => undefined, say: () => undefined, end: () => undefined };

function createBar(): Display {
  const bar = new SingleBar({
    format: "{bar} {percentage}% │ {value}/{total} │ {text}",
    barsize: 30,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    hideCursor: true,
    clearOnComplete: false,
    stream: process.stderr,
    // cli-progress would take Ctrl-C for itself.
    gracefulExit: false,
  });
  let started = false;
  return {
    show({ done, total, text }) {
      const of = Math.max(total ?? done, 1);
      if (!started) bar.start(of, done, { text });
      started = true;
      bar.setTotal(of);
      bar.update(done, { text });
    },
    say(text) {
      if (started) bar.update({ text });
    },
    end() {
      if (started) bar.stop();
    },
  };
}

function createLines(output: Output): Display {
  let last = "";
  let saidAt = -Infinity;
  const say = (text: string, now: boolean): void => {
    if (text === last || (!now && Date.now() - saidAt < plainEveryMs)) return;
    output.note(text);
    last = text;
    saidAt = Date.now();
  };
  return {
    show: ({ done, total, text, finished }) => say(`${done}/${total ?? "?"} ${text}`, finished),
    say: (text) => say(text, false),
    end: () => undefined,
  };
}
