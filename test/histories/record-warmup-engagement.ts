/** Records the history of a mailbox of the warmup pool: `node --import tsx test/histories/record-warmup-engagement.ts`. */
import { Client, Connection } from "@temporalio/client";
import { createWarmupEngagementWorkflow } from "../../client/warmup-engagement-workflow.js";
import { warmupEngagementWorkflowId } from "../../domain/ids.js";
import { startCrashStack } from "../support/crash-stack.js";
import { writeHistory } from "./history-file.js";

const stack = await startCrashStack();
const connection = await Connection.connect({ address: stack.temporalAddress });
const client = new Client({ connection, namespace: stack.namespace });
try {
  // One that takes no part: it looks once, is told to look again, and ends.
  const mailboxId = "0198c0de-0000-7000-8000-000000000001";
  await createWarmupEngagementWorkflow(() => Promise.resolve(client)).wake({ tenantId: "pooled", mailboxId });
  const handle = client.workflow.getHandle(warmupEngagementWorkflowId(mailboxId));
  await handle.result();
  await writeHistory("warmup-engagement-ended", await handle.fetchHistory());
  console.log("Recorded warmup-engagement-ended.");
} finally {
  await connection.close();
  await stack.close();
}
