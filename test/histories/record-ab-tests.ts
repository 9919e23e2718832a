/** Records the histories of A/B tests that `test/delivery/replay.test.ts` replays: `node --import tsx test/histories/record-ab-tests.ts`. */
import { Client, Connection } from "@temporalio/client";
import { abTestWorkflowId } from "../../domain/ids.js";
import { createAudience, tenantId } from "../support/crash-audience.js";
import { startCrashStack } from "../support/crash-stack.js";
import { until } from "../support/until.js";
import { writeHistory } from "./history-file.js";

const stack = await startCrashStack();
const { floe } = stack;
const connection = await Connection.connect({ address: stack.temporalAddress });
const client = new Client({ connection, namespace: stack.namespace });
try {
  await createAudience(stack, 300);
  await recordPicked();
  await recordCancelled();
} finally {
  await connection.close();
  await stack.close();
}

/** Paused and resumed, left to a person, who picks. */
async function recordPicked(): Promise<void> {
  const test = await start("Picked", { minutes: 0 });
  await floe.abTests.pause(test);
  await until("the pause", async () => (await floe.abTests.get(test)).paused);
  await floe.abTests.resume(test);
  await until("the question", async () => (await floe.abTests.get(test)).status === "held");
  await floe.abTests.pickWinner({ ...test, variant: 2 });
  await floe.abTests.wait(test);
  await save(test.abTestId, "ab-test-paused-and-picked");
}

async function recordCancelled(): Promise<void> {
  const test = await start("Cancelled", { hours: 1 });
  await until("the variants", async () => (await floe.abTests.get(test)).testedAt !== null);
  await floe.abTests.cancel(test);
  await floe.abTests.wait(test);
  await save(test.abTestId, "ab-test-cancelled");
}

async function start(
  name: string,
  duration: { minutes?: number; hours?: number },
): Promise<{ tenantId: string; abTestId: string }> {
  const { abTestId } = await floe.abTests.create({
    ...{ tenantId, name, list: "everybody", fromEmail: "news@example.com", duration, onUnclear: "hold" },
    variants: [{ template: "hello" }, { template: "hello" }],
    ...{ sharePercent: 50, minimumDelivered: 1 },
  });
  await floe.abTests.start({ tenantId, abTestId });
  return { tenantId, abTestId };
}

async function save(abTestId: string, name: string): Promise<void> {
  await writeHistory(name, await client.workflow.getHandle(abTestWorkflowId(abTestId)).fetchHistory());
  console.log(`Recorded ${name}.`);
}
