import { Worker } from "@temporalio/worker";
import { afterAll, describe, expect, it } from "vitest";
import { createPayloadCodec, dataConverterOf } from "../../client/payload-codec.js";
import { campaignWorkflowId, deliverWorkflowId, emailsWorkflowId } from "../../domain/ids.js";
import { buildBundle } from "../../workers/bundle.js";
import { workerDataConverter } from "../../workers/data-converter.js";
import { createShop } from "../email/fixture.js";
import { parseHistory, readHistoryFile } from "../histories/history-file.js";
import { keysOf, keyText } from "../support/keys.js";
import { createTemporalClient } from "../support/temporal-client.js";
import { until } from "../support/until.js";
import { createAudience, createCampaign, startWorld, type World } from "../support/world.js";

const [k1, k2] = [keyText("k1"), keyText("k2")];
const [sealed, changing, { code }] = await Promise.all([
  startWorld({ payloadKeys: k1 }),
  startWorld(),
  buildBundle(),
]);
const bare = await createTemporalClient(sealed.config.temporal);
afterAll(() => bare.connection.close());

/** As Temporal keeps it: what its operators and backups have. */
async function rawHistory(world: World, workflowId: string): Promise<object> {
  const client = await createTemporalClient(world.config.temporal);
  const history = await client.workflow.getHandle(workflowId).fetchHistory();
  await client.connection.close();
  return history;
}

interface Encoded {
  encoding: string;
  keyId: string;
  /** All bytes, as text. */
  text: string;
}

/**
 * Every payload but those that Temporal itself reads: search attributes, marks of patches, times of local activities.
 */
const readByTemporal = new Set(["searchAttributes", "indexedFields", "patch-data", "data"]);

function payloadsOf(node: unknown): Encoded[] {
  if (typeof node !== "object" || node === null) return [];
  const { metadata, data } = node as { metadata?: Record<string, Uint8Array>; data?: Uint8Array };
  if (metadata?.encoding) {
    const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString();
    return [
      { encoding: text(metadata.encoding), keyId: text(metadata["encryption-key-id"]), text: text(data) },
    ];
  }
  return Object.entries(node).flatMap(([name, child]) => (readByTemporal.has(name) ? [] : payloadsOf(child)));
}

function keyIdsOf(history: object): Set<string> {
  return new Set(payloadsOf(history).map(({ keyId }) => keyId));
}

async function replay(history: object, keys: string): Promise<Error | undefined> {
  const options = { workflowBundle: { code }, dataConverter: workerDataConverter(keysOf(keys)) };
  const replays = Worker.runReplayHistories(options, [{ workflowId: "replayed", history }]);
  for await (const { error } of replays) return error;
  throw new Error("Nothing was replayed.");
}

describe("with payload keys", () => {
  it("a campaign and an email run whole, and their histories hold nothing of the tenant in clear", async () => {
    const { floe, smtp } = sealed;
    const { tenantId } = await createAudience(sealed, { contacts: 20, domain: "sealed.example" });
    smtp.setFaults([
      {
        name: "once",
        stage: "rcpt",
        action: { kind: "reply", line: "550 5.1.1 no" },
        recipient: "user3@sealed.example",
      },
    ]);
    const campaign = await createCampaign(sealed, tenantId, { name: "Secret spring sale" });
    const send = await floe.campaigns.start(campaign);
    await until("the end", async () => (await floe.campaigns.status(send)).status === "completed");
    expect((await floe.campaigns.status(send)).counts).toMatchObject({ sent: 19, bounced: 1 });
    const shop = await createShop(sealed);
    const email = await floe.emails.send(shop.request("ann@sealed.example"));
    expect(await floe.emails.wait(email)).toMatchObject({ status: "sent" });

    for (const id of [
      campaignWorkflowId(send.sendId),
      deliverWorkflowId(send.sendId, 0),
      emailsWorkflowId(email.emailId),
    ]) {
      const history = await rawHistory(sealed, id);
      const payloads = payloadsOf(history);
      expect(payloads.length, id).toBeGreaterThan(3);
      expect(new Set(payloads.map(({ encoding }) => encoding)), id).toEqual(new Set(["binary/encrypted"]));
      expect([...keyIdsOf(history)]).toEqual(["k1"]);
      const text = JSON.stringify(history) + payloads.map((payload) => payload.text).join();
      for (const clear of ["Secret spring sale", "sealed.example", "hello", "json/plain"])
        expect(text, `${clear} in ${id}`).not.toContain(clear);
      expect(await replay(history, k1)).toBeUndefined();
      expect(await replay(history, `${k2},${k1}`)).toBeUndefined();
    }
  });

  it("a failure's message is sealed, too", async () => {
    const { floe, smtp } = sealed;
    const { tenantId, nodeId } = await createAudience(sealed, { contacts: 3, domain: "failing.example" });
    smtp.setFaults([]);
    await floe.limits.set({ scope: "node", key: nodeId, perDay: 1 });
    const send = await floe.campaigns.start(await createCampaign(sealed, tenantId));
    const handle = bare.workflow.getHandle(deliverWorkflowId(send.sendId, 0));
    const failure = await until("a batch that is held back", async () => {
      const { raw } = await handle.describe();
      return raw.pendingActivities?.[0]?.lastFailure;
    });
    expect(failure.message).toBe("Encoded failure");
    expect(JSON.stringify(failure)).not.toContain(nodeId);
    const [attributes] = await createPayloadCodec(keysOf(k1)).decode([failure.encodedAttributes ?? {}]);
    expect(Buffer.from(attributes?.data ?? []).toString()).toContain(`node:${nodeId} day`);
    await floe.campaigns.cancel(send);
  });

  it("a memo is read by who has the key, and by nobody else", async () => {
    const { tenantId } = await createAudience(sealed, { contacts: 1, domain: "memo.example" });
    const send = await sealed.floe.campaigns.start(await createCampaign(sealed, tenantId, { name: "Quiet" }));
    const knowing = await createTemporalClient(sealed.config.temporal, dataConverterOf(keysOf(k1)));
    const id = campaignWorkflowId(send.sendId);
    const { memo } = await knowing.workflow.getHandle(id).describe();
    expect(memo).toMatchObject({ campaign: "Quiet", tenant: tenantId });
    const { workflowExecutionInfo } = await bare.workflowService.describeWorkflowExecution({
      namespace: sealed.config.temporal.namespace,
      execution: { workflowId: id },
    });
    expect(payloadsOf(workflowExecutionInfo?.memo).map(({ encoding }) => encoding)).toContain(
      "binary/encrypted",
    );
    await knowing.connection.close();
  });
});

it(
  "keys come and change while a campaign runs: what was plain goes on, sealed, then under the new key",
  { timeout: 180_000 },
  async () => {
    const { floe } = changing;
    const { tenantId } = await createAudience(changing, { contacts: 60, domain: "changing.example" });
    const campaign = await createCampaign(changing, tenantId);
    const send = await floe.campaigns.start({ ...campaign, perSecond: 12 });
    const sent = async (least: number) =>
      until(`${least} are sent`, async () => ((await floe.campaigns.status(send)).counts.sent ?? 0) >= least);
    await sent(1);
    await changing.restartWorkers(k1);
    await sent(20);
    await changing.restartWorkers(`${k2},${k1}`);
    await until("the end", async () => (await floe.campaigns.status(send)).status === "completed");
    expect((await floe.campaigns.status(send)).counts).toMatchObject({ sent: 60, dead: 0, deferred: 0 });
    const ids = [campaignWorkflowId(send.sendId), deliverWorkflowId(send.sendId, 0)];
    const keyIds = await Promise.all(ids.map(async (id) => [...keyIdsOf(await rawHistory(changing, id))]));
    expect(new Set(keyIds.flat())).toEqual(new Set(["", "k1", "k2"]));
  },
);

describe("histories", () => {
  it.each(["campaign-paused-and-retried", "send-emails-retried", "sequence-cancelled", "webhook-moved"])(
    "that are plain are replayed by workers with keys: %s",
    async (name) => {
      expect(await replay(parseHistory(await readHistoryFile(name)), k1)).toBeUndefined();
    },
  );
});
