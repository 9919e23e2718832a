/** Records the history of notifications that `test/delivery/replay.test.ts` replays: `node --import tsx test/histories/record-notifications.ts`. */
import { Client, Connection } from "@temporalio/client";
import { createNotificationsOf } from "../../client/parts.js";
import { notifyWorkflowId } from "../../domain/ids.js";
import { defaultWebhookPorts } from "../../domain/webhook-url.js";
import { startCrashStack } from "../support/crash-stack.js";
import { sealerOf } from "../support/keys.js";
import { startNotifyProviders } from "../support/notify-providers.js";
import { until } from "../support/until.js";
import { writeHistory } from "./history-file.js";

const providers = await startNotifyProviders();
const stack = await startCrashStack(providers.environment);
const { floe, pool } = stack;
const connection = await Connection.connect({ address: stack.temporalAddress });
const client = new Client({ connection, namespace: stack.namespace });
try {
  await recordDeferred();
} finally {
  await connection.close();
  await stack.close();
  await providers.close();
}

/** Told of one that the browser's service defers, woken by another meanwhile, tried again, and idle. */
async function recordDeferred(): Promise<void> {
  const tenantId = "told";
  const notifications = createNotificationsOf({ pool, keyPool: pool }, sealerOf(), {
    ...{ notify: { webPush: { allowPrivate: true } }, webhookPorts: defaultWebhookPorts },
  });
  await floe.tenants.create({ tenantId, name: tenantId });
  const { userId: user } = await floe.users.create({ email: "ann@people.example", name: "Ann" });
  await floe.users.addTo({ tenantId, userId: user, role: "operator" });
  const subscription = providers.browsers.subscribe();
  await notifications.registerDevice({ user, kind: "web", name: "Firefox", subscription });
  const standing = (what: string, wanted: Record<string, number>) =>
    until(what, async () => {
      const rows = await notifications.deliveries({ tenantId });
      return Object.entries(wanted).every(
        ([status, count]) => rows.filter((row) => row.status === status).length === count,
      );
    });
  providers.browsers.answers.plan({ status: 503 });
  await notifications.test({ tenantId, user, channel: "web_push" });
  await standing("it waits for another attempt", { pending: 1 });
  await until("it was deferred", async () => providers.browsers.received.length === 1);
  await notifications.test({ tenantId, user, channel: "email" });
  await standing("both are sent", { sent: 2 });
  await writeHistory("notify-deferred", await client.workflow.getHandle(notifyWorkflowId(user)).fetchHistory());
  console.log("Recorded notify-deferred.");
}
