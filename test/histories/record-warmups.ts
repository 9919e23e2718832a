/** Records the history of a warmup that `test/delivery/replay.test.ts` replays: `node --import tsx test/histories/record-warmups.ts`. */
import { Client, Connection } from "@temporalio/client";
import { warmupWorkflowId } from "../../domain/ids.js";
import { pauseSignal, changePlanSignal, planDaySignal, resumeSignal } from "../../workflows/warmup-messages.js";
import { startCrashStack } from "../support/crash-stack.js";
import { until } from "../support/until.js";
import { planNamed } from "../warmup/arbitraries.js";
import { writeHistory } from "./history-file.js";

const stack = await startCrashStack();
const { floe } = stack;
const connection = await Connection.connect({ address: stack.temporalAddress });
const client = new Client({ connection, namespace: stack.namespace });
try {
  await recordSteered();
} finally {
  await connection.close();
  await stack.close();
}

/** Its first day planned, steered by each signal, and stopped. */
async function recordSteered(): Promise<void> {
  await floe.nodes.upsert({ nodeId: "warming", host: "127.0.0.1", port: 25 });
  const { warmupId } = await floe.warmups.start({ kind: "node", key: "warming", preset: "conservative" });
  const handle = client.workflow.getHandle(warmupWorkflowId(warmupId));
  const is = (what: string, holds: (w: Awaited<ReturnType<typeof floe.warmups.get>>) => boolean) =>
    until(what, async () => holds(await floe.warmups.get({ warmupId })));
  await is("its day is planned", ({ planned }) => planned === 50);
  await handle.signal(pauseSignal, { reason: "A holiday." });
  await is("it is paused", ({ status }) => status === "paused");
  await handle.signal(resumeSignal);
  await is("it goes on", ({ status }) => status === "active");
  await handle.signal(changePlanSignal, planNamed("mailtrap"));
  await is("its plan is changed", ({ plan, planned }) => plan.preset === "mailtrap" && planned === 300);
  await handle.signal(planDaySignal);
  await floe.warmups.stop({ warmupId });
  await handle.result();
  await writeHistory("warmup-steered", await handle.fetchHistory());
  console.log("Recorded warmup-steered.");
}
