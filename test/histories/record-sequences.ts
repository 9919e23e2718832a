/** Records the histories of sequences that `test/delivery/replay.test.ts` replays: `node --import tsx test/histories/record-sequences.ts`. */
import { Client, Connection } from "@temporalio/client";
import { sequenceWorkflowId } from "../../domain/ids.js";
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
  await recordCancelled();
  await recordWhole();
} finally {
  await connection.close();
  await stack.close();
}

/** Two steps with a pause between; somebody is enrolled later. */
async function recordWhole(): Promise<void> {
  const sequence = await create("Whole");
  await floe.sequences.start(sequence);
  await until("the first step", async () => ((await floe.sequences.progress(sequence)).steps[0]?.sent ?? 0) > 0);
  await floe.sequences.pause(sequence);
  await until("the pause", async () => (await floe.sequences.get(sequence)).status === "paused");
  await floe.sequences.resume(sequence);
  await floe.contacts.upsert({ tenantId, contacts: [{ email: "later@example.com" }] });
  const { contactId } = await floe.contacts.get({ tenantId, contact: "later@example.com" });
  await floe.sequences.enroll({ ...sequence, contactIds: [contactId] });
  await floe.sequences.wait(sequence);
  await save(sequence.sequenceId, "sequence-paused-and-resumed");
}

async function recordCancelled(): Promise<void> {
  const sequence = await create("Cancelled");
  await floe.sequences.start(sequence);
  await until("the first step", async () => ((await floe.sequences.progress(sequence)).steps[0]?.sent ?? 0) > 0);
  await floe.sequences.cancel(sequence);
  await floe.sequences.wait(sequence);
  await save(sequence.sequenceId, "sequence-cancelled");
}

async function create(name: string): Promise<{ tenantId: string; sequenceId: string }> {
  const { sequenceId } = await floe.sequences.create({
    ...{ tenantId, name, list: "everybody", fromEmail: "news@example.com" },
    steps: [{ template: "hello" }, { template: "hello", delay: { minutes: 1 } }],
  });
  return { tenantId, sequenceId };
}

async function save(sequenceId: string, name: string): Promise<void> {
  await writeHistory(name, await client.workflow.getHandle(sequenceWorkflowId(sequenceId)).fetchHistory());
  console.log(`Recorded ${name}.`);
}
