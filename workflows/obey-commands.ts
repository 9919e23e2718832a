import { condition } from "@temporalio/workflow";
import { store } from "./campaign-store.js";
import type { Partitions } from "./partitions.js";
import type { Steering } from "./steering.js";

export interface Obedient {
  sendId: string;
  steering: Steering;
  partitions: Partitions;
  /** The send is closed: nothing is left to steer. */
  finished: () => boolean;
}

/** Applies pause, resume, cancel and setRate in the order of asking, for as long as the campaign runs. */
export async function obeyCommands(run: Obedient): Promise<void> {
  const { sendId, steering, partitions, finished } = run;
  for (;;) {
    await condition(() => steering.commands.length > 0 || finished());
    const command = steering.commands.shift();
    if (!command) return;
    switch (command.kind) {
      case "pause":
        steering.paused = (await store.transition(sendId, "paused")) === "paused";
        await partitions.signal("pause");
        break;
      case "resume":
        await store.resume(sendId);
        steering.paused = false;
        await partitions.signal("resume");
        break;
      case "cancel":
        await store.transition(sendId, "cancelling");
        await partitions.signal("cancel");
        break;
      case "setRate":
        await store.setRate(sendId, command.perSecond);
        break;
    }
  }
}
