import { generateKeyPairSync } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { connectFloe, type Floe } from "../../client/connect.js";
import { createDkimKeyStore } from "../../db/dkim-keys.js";
import { createAnswerStore } from "../../db/kept-answers.js";
import { createSealer } from "../../db/sealed.js";
import { createSecondFactorStore } from "../../db/second-factors.js";
import { createSendDirectory } from "../../db/directory.js";
import { createVapidKeyStore } from "../../db/vapid-keys.js";
import { createWebhookDeliveryStore } from "../../db/webhook-deliveries.js";
import { createVapidKeys } from "../../notify/web-push.js";
import { floe as command } from "../client/cli-process.js";
import { testDatabase } from "../setup/stack.js";
import { keysOf, keyText, sealerOf } from "../support/keys.js";

const { databaseUrl, pool } = await testDatabase();
const nowhere = "127.0.0.1:1";
const tenantId = "acme";
const pem = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const [k1, k2] = [keyText("k1"), keyText("k2")];

async function withKeys<T>(encryptionKeys: string, work: (floe: Floe) => Promise<T>): Promise<T> {
  const floe = await connectFloe({ databaseUrl, temporalAddress: nowhere, encryptionKeys });
  return work(floe).finally(() => floe.close());
}

/** Everything that is kept encrypted, as it stands in Postgres. */
async function stored(): Promise<string[]> {
  const { rows } = await pool.query<{ text: string }>(
    `select password as text from nodes where password is not null
     union all select private_key from dkim_keys
     union all select secret from webhook_endpoints
     union all select previous_secret from webhook_endpoints where previous_secret is not null
     union all select totp_secret from users where totp_secret is not null
     union all select body from idempotency_keys where body is not null
     union all select private_key from vapid_keys`,
  );
  return rows.map(({ text }) => text);
}

/** What work reads of them, with these keys. */
async function opened(keys: string) {
  const sealer = sealerOf(keys);
  const nodes = await createSendDirectory(pool, sealer).loadNodes(tenantId);
  const [key] = await createDkimKeyStore(pool, sealer).loadDkimKeys(tenantId, "acme.example");
  const endpoint = await createWebhookDeliveryStore(pool, sealer).keepServing(webhookId);
  return {
    passwords: nodes.map(({ password }) => password),
    pem: key?.privateKey,
    secrets: endpoint?.secrets,
    totp: await createSecondFactorStore(pool, sealer).loadTotpSecret(userId, "unconfirmed"),
    vapid: await createVapidKeyStore(pool, sealer, createVapidKeys).load(),
    answers: await Promise.all(
      ["sealed", "plain"].map((key) => createAnswerStore(pool, sealer).begin({ ...use, key })),
    ),
  };
}

let webhookId = "";
let userId = "";
const totp = "JBSWY3DPEHPK3PXP";
let secrets: string[] = [];
const use = { owner: "somebody", fingerprint: Buffer.from("f"), busyMs: 60_000 };
const answer = { status: 201, headers: {}, body: '{"key":"floe_x"}' };
const answers = [1, 2].map(() => ({ kind: "answered", answer }));
const vapid = createVapidKeys();
const expected = () => ({ passwords: ["plain-pass", "swordfish", null], pem, secrets, totp, vapid, answers });

beforeAll(async () => {
  await withKeys(k1, async (floe) => {
    await floe.tenants.create({ tenantId });
    await floe.nodes.upsert({ nodeId: "a-plain", host: "smtp.example", username: "u" });
    await floe.nodes.upsert({
      nodeId: "b-sealed",
      host: "smtp.example",
      username: "u",
      password: "swordfish",
    });
    await floe.nodes.upsert({ nodeId: "c-none", host: "smtp.example" });
    await floe.dkimKeys.add({ tenantId, domain: "Acme.example", selector: "S1", privateKey: pem });
    const webhook = await floe.webhooks.create({ tenantId, url: "https://hooks.example/x" });
    const rotated = await floe.webhooks.rotateSecret({ tenantId, webhookId: webhook.webhookId });
    webhookId = webhook.webhookId;
    secrets = [rotated.secret, webhook.secret];
    ({ userId } = await floe.users.create({ email: "ann@acme.example", name: "Ann" }));
  });
  await createSecondFactorStore(pool, sealerOf(k1)).beginTotp(userId, totp);
  await createVapidKeyStore(pool, sealerOf(k1), () => vapid).load();
  await pool.query("update nodes set password = 'plain-pass' where node_id = 'a-plain'");
  for (const [key, keys] of [
    ["sealed", k1],
    ["plain", ""],
  ] as const) {
    const store = createAnswerStore(pool, createSealer(keys === "" ? [] : keysOf(keys)));
    await store.begin({ ...use, key });
    await store.keep({ ...use, key }, answer);
  }
});

describe("floe secrets rotate", () => {
  it("counts and changes nothing as a dry run", async () => {
    const before = await stored();
    const counts = await withKeys(k1, (floe) => floe.secrets.rotate({ dryRun: true }));
    expect(counts).toEqual([
      { kind: "node", current: 1, resealed: 0, sealed: 1, unreadable: [] },
      { kind: "dkim", current: 1, resealed: 0, sealed: 0, unreadable: [] },
      { kind: "webhook", current: 1, resealed: 0, sealed: 0, unreadable: [] },
      { kind: "webhook-previous", current: 1, resealed: 0, sealed: 0, unreadable: [] },
      { kind: "totp", current: 1, resealed: 0, sealed: 0, unreadable: [] },
      { kind: "kept-answer", current: 1, resealed: 0, sealed: 1, unreadable: [] },
      { kind: "vapid", current: 1, resealed: 0, sealed: 0, unreadable: [] },
      { kind: "warmup-mailbox", current: 0, resealed: 0, sealed: 0, unreadable: [] },
    ]);
    expect(await stored()).toEqual(before);
    expect(await opened(k1)).toEqual(expected());
  });

  it("seals what is plain and what another key sealed, once, and everything opens meanwhile and after", async () => {
    const environment = {
      ...{ DATABASE_URL: databaseUrl, TEMPORAL_ADDRESS: nowhere, REDIS_URL: "redis://127.0.0.1:1" },
      FLOE_ENCRYPTION_KEYS: `${k2},${k1}`,
    };
    const first = await command(["secrets", "rotate", "--json"], environment);
    expect([first.code, first.stderr]).toEqual([0, ""]);
    expect(JSON.parse(first.stdout)).toMatchObject([
      { kind: "node", resealed: 1, sealed: 1 },
      { kind: "dkim", resealed: 1 },
      { kind: "webhook", resealed: 1 },
      { kind: "webhook-previous", resealed: 1 },
      { kind: "totp", resealed: 1 },
      { kind: "kept-answer", resealed: 1, sealed: 1 },
      { kind: "vapid", resealed: 1 },
      { kind: "warmup-mailbox", resealed: 0 },
    ]);
    for (const text of await stored()) expect(text).toMatch(/^sealed:v1:k2:/);
    expect(await opened(k2)).toEqual(expected());
    const before = await stored();
    const again = await withKeys(k2, (floe) => floe.secrets.rotate());
    expect(again.map(({ current }) => current)).toEqual([2, 1, 1, 1, 1, 2, 1, 0]);
    expect(await stored()).toEqual(before);
  });

  it("leaves what it cannot read, names each, and ends with 1", async () => {
    const before = await stored();
    const environment = {
      ...{ DATABASE_URL: databaseUrl, TEMPORAL_ADDRESS: nowhere, REDIS_URL: "redis://127.0.0.1:1" },
      FLOE_ENCRYPTION_KEYS: keyText("k3"),
    };
    const end = await command(["secrets", "rotate"], environment);
    expect(end.code).toBe(1);
    for (const name of [
      "node a-plain",
      "node b-sealed",
      "s1._domainkey.acme.example",
      `webhook ${webhookId}`,
      "Idempotency-Key sealed",
      "The VAPID key of web push",
    ])
      expect(end.stderr).toContain(name);
    expect(await stored()).toEqual(before);
  });

  it("without a key is refused in a sentence that names the variable, as is everything that keeps a secret", async () => {
    const before = await stored();
    await withKeys("", async (floe) => {
      const node = { nodeId: "b-sealed", host: "smtp.example", username: "u", password: "other" };
      for (const call of [
        () => floe.secrets.rotate(),
        () => floe.nodes.upsert(node),
        () => floe.dkimKeys.add({ tenantId, domain: "acme.example", selector: "s2", privateKey: pem }),
        () => floe.webhooks.create({ tenantId, url: "https://hooks.example/y" }),
        () => floe.webhooks.rotateSecret({ tenantId, webhookId }),
      ])
        await expect(call()).rejects.toMatchObject({
          kind: "ConfigInvalid",
          problems: [{ field: "FLOE_ENCRYPTION_KEYS" }],
        });
    });
    expect(await stored()).toEqual(before);
  });
});
