import { setHandler } from "@temporalio/workflow";
import {
  cancelSignal,
  pauseSignal,
  resumeSignal,
  setRateSignal,
  type SetRateInput,
} from "./campaign-messages.js";

export type Command =
  { kind: "pause" } | { kind: "resume" } | { kind: "cancel" } | ({ kind: "setRate" } & SetRateInput);

/**
 * What operators asked of a campaign, in the order of asking. Handlers only record; the campaign's main function acts.
 */
export class Steering {
  readonly commands: Command[] = [];
  paused = false;
  cancelled = false;

  constructor() {
    setHandler(pauseSignal, () => void this.commands.push({ kind: "pause" }));
    setHandler(resumeSignal, () => void this.commands.push({ kind: "resume" }));
    setHandler(cancelSignal, () => this.cancel());
    setHandler(setRateSignal, (rate) => void this.commands.push({ kind: "setRate", ...rate }));
  }

  /** Also what Temporal's own "cancel workflow" comes to. */
  cancel(): void {
    if (this.cancelled) return;
    this.cancelled = true;
    this.commands.push({ kind: "cancel" });
  }
}
