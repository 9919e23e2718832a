import { readdir } from "node:fs/promises";
import { DefaultLogger, Runtime, Worker } from "@temporalio/worker";
import { beforeAll, describe, expect, it } from "vitest";
import { buildBundle } from "../../workers/bundle.js";
import { untraced } from "../../workers/traced-activities.js";
import { parseHistory, readHistoryFile } from "../histories/history-file.js";

const files = await readdir(new URL("../histories/", import.meta.url));
const names = files.filter((file) => file.endsWith(".json")).map((file) => file.replace(".json", ""));

let code: string;
let tracedCode: string;
beforeAll(async () => {
  Runtime.install({
    logger: new DefaultLogger("ERROR"),
    telemetryOptions: { logging: { filter: "OFF" } },
  });
  ({ code } = await buildBundle());
  ({ code: tracedCode } = await buildBundle({ traced: true }));
});

async function replay(json: string, bundle = code): Promise<Error | undefined> {
  const replays = Worker.runReplayHistories({ workflowBundle: { code: bundle }, sinks: untraced }, [
    { workflowId: "replayed", history: parseHistory(json) },
  ]);
  for await (const { error } of replays) return error;
  throw new Error("Nothing was replayed.");
}

describe("The workflows go on with histories that earlier code has written:", () => {
  it.each(names)("%s", async (name) => {
    expect(await replay(await readHistoryFile(name))).toBeUndefined();
  });

  it.each(names)("%s, once traces are on", async (name) => {
    expect(await replay(await readHistoryFile(name), tracedCode)).toBeUndefined();
  });

  it("a pause, a resume, a cancel, an update, a delivery child, a retry round, a cancelled email, a later enrollment and a picked variant are among them", async () => {
    const all = (await Promise.all(names.map(readHistoryFile))).join("\n");
    for (const name of ["pause", "resume", "cancel", "emailsCancelled", "enroll", "pick"])
      expect(all).toContain(`"signalName": "${name}"`);
    expect(all).toContain('"name": "resolveUnknown"');
    expect(all).toContain("EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED");
    expect(all).toContain('"name": "send-retry"');
  });

  it("a history that the code would not write is refused", async () => {
    const json = await readHistoryFile("campaign-cancelled");
    const foreign = json.replaceAll('"loadPlan"', '"loadAnotherPlan"');
    expect((await replay(foreign))?.name).toBe("DeterminismViolationError");
  });
});
