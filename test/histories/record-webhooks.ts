/** Records the history of a webhook that `test/delivery/replay.test.ts` replays: `node --import tsx test/histories/record-webhooks.ts`. */
import { Client, Connection } from "@temporalio/client";
import { webhookWorkflowId } from "../../domain/ids.js";
import { startCrashStack } from "../support/crash-stack.js";
import { until } from "../support/until.js";
import { startWebhookReceiver } from "../support/webhook-receiver.js";
import { createEndpoint, createTenant } from "../webhooks/fixture.js";
import { writeHistory } from "./history-file.js";

const [stack, receiver] = await Promise.all([startCrashStack(), startWebhookReceiver()]);
const { floe } = stack;
const connection = await Connection.connect({ address: stack.temporalAddress });
const client = new Client({ connection, namespace: stack.namespace });
try {
  await recordMoved();
} finally {
  await connection.close();
  await receiver.kill();
  await stack.close();
}

/** Served, waited for another attempt, moved to a region without workers, and back. */
async function recordMoved(): Promise<void> {
  const tenantId = await createTenant({ floe });
  const over = { retryBaseMs: 30_000, retryCapMs: 30_000 };
  const { webhookId } = await createEndpoint({ world: { floe }, receiver }, tenantId, "/moved", over);
  const busy = { kind: "status", status: 503, headers: { "retry-after": "2" } } as const;
  await receiver.behave({ "/moved": { answers: [busy, { kind: "status", status: 200 }] } });
  const publish = () => floe.webhooks.publish({ tenantId, type: "order.paid", data: {} });
  const delivered = (count: number) =>
    until(`${count} are delivered`, async () => {
      const rows = await floe.webhooks.deliveries({ tenantId, webhookId, status: "delivered" });
      return rows.length === count;
    });
  await publish();
  await delivered(1);
  const handle = client.workflow.getHandle(webhookWorkflowId(webhookId));
  await floe.webhooks.update({ tenantId, webhookId, region: "us" });
  await publish();
  await until("its region is asked", async () => {
    const { events } = await handle.fetchHistory();
    return events?.some((event) => event.activityTaskScheduledEventAttributes?.taskQueue?.name === "webhooks-us");
  });
  await floe.webhooks.update({ tenantId, webhookId, region: null });
  await delivered(2);
  await writeHistory("webhook-moved", await handle.fetchHistory());
  console.log("Recorded webhook-moved.");
}
