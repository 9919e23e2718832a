import { generateKeyPairSync } from "node:crypto";
import { Writable } from "node:stream";
import { pino } from "pino";
import { afterAll, describe, expect, it } from "vitest";
import { campaignWorkflowId, deliverWorkflowId, webhookWorkflowId } from "../../domain/ids.js";
import { dkimPrivateKey, nodePassword, webhookSecret } from "../../db/sealed.js";
import { runApi } from "../api/fixture.js";
import { keyText, sealerOf } from "../support/keys.js";
import { startFaultSmtp } from "../support/fault-smtp.js";
import { createTemporalClient } from "../support/temporal-client.js";
import { until } from "../support/until.js";
import { startWebhookReceiver } from "../support/webhook-receiver.js";
import { createAudience, createCampaign, startWorld } from "../support/world.js";
import { createEndpoint, createTenant, ended } from "../webhooks/fixture.js";

const logged: string[] = [];
const log = pino(
  { level: "trace" },
  new Writable({
    write(chunk: Buffer, _encoding, done) {
      logged.push(chunk.toString());
      done();
    },
  }),
);
const password = "sw0rdfish-of-the-node";
const [world, receiver, guarded] = await Promise.all([
  startWorld({ log }),
  startWebhookReceiver(),
  startFaultSmtp({ keepBodies: true, auth: { user: "floe", pass: password } }),
]);
const { floe, pool } = world;
const temporal = await createTemporalClient(world.config.temporal);
afterAll(async () => {
  await receiver.kill();
  await Promise.all([guarded.close(), temporal.connection.close()]);
});
/** A key that nobody has any more. */
const lost = sealerOf(keyText("lost"));

function spoilPassword(nodeId: string): Promise<unknown> {
  const sealed = lost.seal("whatever", nodePassword(nodeId));
  return pool.query("update nodes set username = 'floe', password = $2 where node_id = $1", [nodeId, sealed]);
}

/** What an operator sees in the Web UI of an activity that waits. */
function lastFailure(workflowId: string): Promise<string> {
  return until(`a failure of ${workflowId}`, async () => {
    const { raw } = await temporal.workflow.getHandle(workflowId).describe();
    return raw.pendingActivities?.[0]?.lastFailure?.message;
  });
}

async function finish(send: { tenantId: string; sendId: string }) {
  await temporal.workflow.getHandle(campaignWorkflowId(send.sendId)).result();
  return floe.campaigns.status(send);
}

describe("a node whose password cannot be read", () => {
  it("sends nothing, while the tenant's other nodes go on", async () => {
    const { tenantId, nodeId } = await createAudience(world, { contacts: 40, domain: "two-nodes.example" });
    await spoilPassword(nodeId);
    const other = { nodeId: `${tenantId}-other`, tenantId, host: "127.0.0.1", port: guarded.port };
    await floe.nodes.upsert({ ...other, username: "floe", password });
    const { counts } = await finish(await floe.campaigns.start(await createCampaign(world, tenantId)));
    expect(counts).toMatchObject({ sent: 40, dead: 0 });
    expect(guarded.messages).toHaveLength(40);
  });

  it("holds its mail, says whose it is and what to do, and goes on when the password is given again", async () => {
    const { tenantId, nodeId } = await createAudience(world, { contacts: 5, domain: "one-node.example" });
    await spoilPassword(nodeId);
    const send = await floe.campaigns.start(await createCampaign(world, tenantId));
    const failure = await lastFailure(deliverWorkflowId(send.sendId, 0));
    expect(failure).toContain(`The password of node ${nodeId} cannot be read: it was sealed with key lost`);
    expect(failure).toContain(`floe nodes set ${nodeId}`);
    expect((await floe.campaigns.status(send)).counts).toMatchObject({ sent: 0, pending: 5, dead: 0 });
    expect(await world.metrics()).toMatch(/secrets_unreadable_total\{[^}]*\} [1-9]/);
    expect(logged.join("")).toContain('"msg":"secret.unreadable"');

    await floe.nodes.upsert({
      nodeId,
      tenantId,
      host: "127.0.0.1",
      port: guarded.port,
      username: "floe",
      password,
    });
    expect((await finish(send)).counts).toMatchObject({ sent: 5, deferred: 0, dead: 0 });
  });
});

it("mail of a domain whose DKIM key cannot be read waits, and leaves signed once the key is added again", async () => {
  const { tenantId } = await createAudience(world, { contacts: 3, domain: "signed.example" });
  const pem = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const key = { tenantId, domain: "example.com", selector: "s1", privateKey: pem };
  await floe.dkimKeys.add(key);
  const sealed = lost.seal(pem, dkimPrivateKey(tenantId, "example.com", "s1"));
  await pool.query("update dkim_keys set private_key = $2 where tenant_id = $1", [tenantId, sealed]);
  const send = await floe.campaigns.start(await createCampaign(world, tenantId));
  expect(await lastFailure(deliverWorkflowId(send.sendId, 0))).toContain(
    `DKIM key s1._domainkey.example.com of tenant ${tenantId} cannot be read`,
  );
  expect((await floe.campaigns.status(send)).counts).toMatchObject({ sent: 0, pending: 3 });
  await floe.dkimKeys.add(key);
  expect((await finish(send)).counts).toMatchObject({ sent: 3, dead: 0 });
  const mine = world.smtp.messages.filter(({ to }) => to[0]?.endsWith("@signed.example"));
  expect(mine.map(({ body }) => /^DKIM-Signature: .*s=s1/ms.test(body ?? ""))).toEqual([true, true, true]);
});

it("a webhook whose secret cannot be read waits, the others are told, and a new secret lets it go on", async () => {
  const tenantId = await createTenant(world);
  const broken = await createEndpoint({ world, receiver }, tenantId, "/broken");
  await createEndpoint({ world, receiver }, tenantId, "/whole");
  const ref = { tenantId, webhookId: broken.webhookId };
  const sealed = lost.seal(broken.secret, webhookSecret(ref.webhookId));
  await pool.query("update webhook_endpoints set secret = $2 where webhook_id = $1", [ref.webhookId, sealed]);
  await floe.webhooks.publish({ tenantId, type: "order.paid", data: { n: 1 } });
  await ended(world, tenantId, { count: 1, status: "delivered" });
  expect(await lastFailure(webhookWorkflowId(ref.webhookId))).toContain(
    `The secret of webhook ${ref.webhookId} cannot be read: it was sealed with key lost`,
  );
  expect(await receiver.hits("/broken")).toEqual([]);

  const { secret } = await floe.webhooks.rotateSecret({ ...ref, keepOldMs: 0 });
  await receiver.behave({ "/broken": { secret, keep: true } });
  await ended(world, tenantId, { count: 2, status: "delivered" });
  expect((await receiver.hits("/broken")).map(({ verified }) => verified)).toEqual([true]);
});

it("no secret, sealed or not, is in logs, answers, metrics or histories", async () => {
  const tenantId = await createTenant(world);
  const { secret } = await createEndpoint({ world, receiver }, tenantId, "/quiet");
  const { rows } = await pool.query<{ text: string }>(
    "select password as text from nodes where password is not null union all select secret from webhook_endpoints",
  );
  expect(rows.length).toBeGreaterThan(3);
  const apiToken = "0123456789abcdef";
  const { api, url } = await runApi(world.config.databaseUrl, { apiToken });
  const answer = await fetch(`${url}/api/webhooks?tenant_id=${tenantId}`, {
    headers: { authorization: `Bearer ${apiToken}` },
  });
  expect(answer.status).toBe(200);
  const histories: string[] = [];
  for await (const { workflowId } of temporal.workflow.list())
    histories.push(JSON.stringify(await temporal.workflow.getHandle(workflowId).fetchHistory()));
  const shown = {
    log: logged.join(""),
    answer: await answer.text(),
    lists: JSON.stringify([await floe.nodes.list(), await floe.webhooks.list({ tenantId })]),
    metrics: await world.metrics(),
    histories: histories.join(""),
  };
  await api.close();
  expect(histories.length).toBeGreaterThan(3);
  expect(shown.log.length).toBeGreaterThan(1_000);
  for (const [where, text] of Object.entries(shown)) {
    for (const hidden of [
      password,
      secret,
      "sealed:v1:",
      ...rows.map((row) => row.text),
      keyText("test").slice(5),
    ]) {
      expect(text.includes(hidden), `${hidden.slice(0, 12)} in the ${where}`).toBe(false);
      expect(text.includes(Buffer.from(hidden).toString("base64")), where).toBe(false);
    }
  }
});
