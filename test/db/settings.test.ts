import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createDeadLetterStore } from "../../db/dead-letters.js";
import { createSendDirectory } from "../../db/directory.js";
import { createDkimKeyStore } from "../../db/dkim-keys.js";
import { createLedger } from "../../db/ledger.js";
import { createLimitStore } from "../../db/limits.js";
import { createNodeStore, type NodeSettings } from "../../db/nodes.js";
import { createSendStore } from "../../db/send-store.js";
import { createSuppressionStore } from "../../db/suppressions.js";
import { createTenantStore } from "../../db/tenants.js";
import { testDatabase } from "../setup/stack.js";
import { createTenant, createTestSend, people, runBatch, settlement } from "./factories.js";
import { sealerOf } from "../support/keys.js";

const { pool } = await testDatabase();

test("a tenant is made once and left as it is", async () => {
  const tenants = createTenantStore(pool);
  const tenantId = `t-${randomUUID()}`;
  expect(await tenants.createTenant({ tenantId, name: "One", providerChoice: "auto" })).toBe(true);
  expect(await tenants.createTenant({ tenantId, name: "Two", providerChoice: "internal" })).toBe(false);
  await tenants.setProviderChoice(tenantId, "ses");
  expect(await tenants.loadTenant(tenantId)).toMatchObject({ name: "One", providerChoice: "ses" });
  expect((await tenants.listTenants()).map((tenant) => tenant.tenantId)).toContain(tenantId);
  await expect(tenants.loadTenant("nobody")).rejects.toMatchObject({ kind: "NotFound" });
  await expect(tenants.setProviderChoice("nobody", "auto")).rejects.toMatchObject({ kind: "NotFound" });
});

describe("limits", () => {
  const limits = createLimitStore(pool);

  test("are replaced as a whole, and absent where nothing is set", async () => {
    const key = randomUUID();
    await limits.setLimit({ scope: "tenant", key, perSecond: 0.5, burst: 10 });
    await limits.setLimit({ scope: "tenant", key, concurrency: 3 });
    expect(await limits.loadLimit("tenant", key)).toEqual({ scope: "tenant", key, concurrency: 3 });
    expect(await limits.listLimits()).toContainEqual({ scope: "tenant", key, concurrency: 3 });
    expect(await limits.removeLimit("tenant", key)).toBe(true);
    expect(await limits.removeLimit("tenant", key)).toBe(false);
    expect(await limits.loadLimit("tenant", key)).toBeNull();
  });

  test.each([
    [{ perSecond: 0 }, "perSecond"],
    [{ perSecond: -1 }, "perSecond"],
    [{ perSecond: Number.NaN }, "perSecond"],
    [{ burst: 0 }, "burst"],
    [{ perDay: 1.5 }, "perDay"],
    [{ concurrency: -3 }, "concurrency"],
    [{}, "perSecond"],
  ])("of %j are refused by name", async (figures, field) => {
    const key = randomUUID();
    await expect(limits.setLimit({ scope: "node", key, ...figures })).rejects.toMatchObject({
      kind: "InvalidInput",
      problems: [{ field }],
    });
    expect(await limits.loadLimit("node", key)).toBeNull();
  });

  test("of a send are set on the send", async () => {
    await expect(limits.setLimit({ scope: "send", key: "x", perSecond: 1 })).rejects.toMatchObject({
      problems: [{ field: "scope" }],
    });
  });
});

describe("nodes", () => {
  const nodes = createNodeStore(pool, sealerOf());
  const settings = (overrides: Partial<NodeSettings> = {}): NodeSettings => ({
    nodeId: `n-${randomUUID()}`,
    tenantId: null,
    provider: "internal",
    host: "mail.example.com",
    port: 25,
    secure: false,
    ...{ starttls: "opportunistic" as const, tlsCa: null, tlsServerName: null },
    username: "user",
    password: "hidden",
    returnPathDomain: null,
    ...{ sendingIps: [], pauseWhenListed: false },
    weight: 1,
    maxConnections: 10,
    maxMessagesPerConnection: 100,
    ...overrides,
  });

  test("are replaced without being resumed, and show no password", async () => {
    const node = settings();
    await nodes.upsertNode(node);
    await nodes.setNodeStatus(node, "paused");
    await nodes.upsertNode({ ...node, weight: 5 });
    const [listed] = (await nodes.listNodes()).filter(({ nodeId }) => nodeId === node.nodeId);
    expect(listed).toMatchObject({ weight: 5, status: "paused" });
    expect(JSON.stringify(listed)).not.toContain("hidden");
    await nodes.removeNode(node);
    await expect(nodes.removeNode(node)).rejects.toMatchObject({ kind: "NotFound" });
    await expect(nodes.setNodeStatus(node, "active")).rejects.toMatchObject({ kind: "NotFound" });
    await expect(nodes.upsertNode(settings({ tenantId: "nobody" }))).rejects.toMatchObject({
      kind: "NotFound",
    });
  });

  test("for delivery are the active ones that the tenant may use", async () => {
    const [tenantId, stranger] = [await createTenant(pool), await createTenant(pool)];
    const [shared, own, paused, foreign] = [
      settings(),
      settings({ tenantId }),
      settings({ tenantId }),
      settings({ tenantId: stranger }),
    ];
    for (const node of [shared, own, paused, foreign]) await nodes.upsertNode(node);
    await nodes.setNodeStatus(paused, "paused");
    const usable = await createSendDirectory(pool, sealerOf()).loadNodes(tenantId);
    expect(usable.map(({ nodeId }) => nodeId).sort()).toEqual([shared.nodeId, own.nodeId].sort());
    expect(usable[0]).toMatchObject({ password: "hidden", maxMessagesPerConnection: 100 });
    expect((await nodes.listNodes(tenantId)).map(({ nodeId }) => nodeId)).toContain(paused.nodeId);
    expect((await nodes.listNodes(tenantId)).map(({ nodeId }) => nodeId)).not.toContain(foreign.nodeId);
  });
});

describe("suppressions", () => {
  const suppressions = createSuppressionStore(pool);

  test("are normalised, kept once, and listed by pages", async () => {
    const tenantId = await createTenant(pool);
    for (const n of [0, 1, 2, 3, 4]) {
      expect(
        await suppressions.addSuppression({ tenantId, kind: "address", value: ` Person-${n}@Example.COM ` }),
      ).toBe(true);
    }
    expect(
      await suppressions.addSuppression({ tenantId, kind: "address", value: "person-0@example.com" }),
    ).toBe(false);
    const first = await suppressions.listSuppressions({ tenantId, limit: 3 });
    const last = first.at(-1);
    const rest = await suppressions.listSuppressions({ tenantId, limit: 3, after: last?.cursor });
    expect([...first, ...rest].map(({ value }) => value).sort()).toEqual(people(5).map(({ email }) => email));
    expect(
      await suppressions.removeSuppression({ tenantId, kind: "address", value: "PERSON-0@example.com" }),
    ).toBe(true);
    expect(
      await suppressions.removeSuppression({ tenantId, kind: "address", value: "person-0@example.com" }),
    ).toBe(false);
  });

  test("hold for an address, its domain, and everybody", async () => {
    const tenantId = await createTenant(pool);
    const domain = `${randomUUID()}.example.com`;
    expect(await suppressions.findSuppression(tenantId, `a@${domain}`)).toBeNull();
    await suppressions.addSuppression({ tenantId: "*", kind: "domain", value: domain });
    expect(await suppressions.findSuppression(tenantId, `a@${domain}`)).toMatchObject({
      tenantId: "*",
      kind: "domain",
    });
    await suppressions.addSuppression({ tenantId, kind: "address", value: `a@${domain}`, reason: "bounced" });
    expect(await suppressions.findSuppression(tenantId, `A@${domain}`)).toMatchObject({
      tenantId,
      kind: "address",
    });
  });

  test("of what is no address or domain, or for an unknown tenant, are refused", async () => {
    const tenantId = await createTenant(pool);
    const wrong = { kind: "InvalidInput", problems: [{ field: "value" }] };
    await expect(
      suppressions.addSuppression({ tenantId, kind: "address", value: "nobody" }),
    ).rejects.toMatchObject(wrong);
    await expect(
      suppressions.addSuppression({ tenantId, kind: "domain", value: "a@b" }),
    ).rejects.toMatchObject(wrong);
    await expect(
      suppressions.addSuppression({ tenantId: "nobody", kind: "domain", value: "example.com" }),
    ).rejects.toMatchObject({ kind: "NotFound" });
  });
});

test("dead letters are listed, counted by reason and dismissed once, by their own tenant", async () => {
  const letters = createDeadLetterStore(pool);
  const send = await createTestSend(pool, people(3));
  await createSendStore(pool).snapshotPage(send.sendId, { contacts: 10, batchSize: 10 });
  await runBatch(createLedger(pool), send, 1, (id) =>
    settlement(id, "dead", { reason: id === send.contactIds[0] ? "policy" : "timeout" }),
  );
  const { tenantId, sendId } = send;
  expect(await letters.previewDeadLetters(tenantId, { sendId })).toEqual({
    partial: false,
    count: 3,
    reasons: [
      { kind: "email.send", reason: "timeout", count: 2 },
      { kind: "email.send", reason: "policy", count: 1 },
    ],
  });
  const first = await letters.listDeadLetters(tenantId, { filter: { sendId }, limit: 2 });
  const after = first.at(-1)?.deadLetterId;
  const rest = await letters.listDeadLetters(tenantId, { filter: {}, after, limit: 2 });
  const ids = [...first, ...rest].map(({ deadLetterId }) => deadLetterId);
  expect(ids).toHaveLength(3);
  const by = { actor: "ann", reason: null };
  expect(await letters.dismissDeadLetters("another", ids, by)).toBe(0);
  expect(await letters.dismissDeadLetters(tenantId, ids.slice(0, 2), by)).toBe(2);
  expect(await letters.dismissDeadLetters(tenantId, ids, by)).toBe(1);
  expect(await letters.previewDeadLetters(tenantId, {})).toEqual({ count: 0, partial: false, reasons: [] });
});

test("DKIM keys sign with the newest of each algorithm, and are listed without their private part", async () => {
  const keys = createDkimKeyStore(pool, sealerOf());
  const tenantId = await createTenant(pool);
  const key = { tenantId, domain: "Example.com", algorithm: "rsa-sha256" as const, privateKey: "pem" };
  await keys.saveDkimKey({ ...key, selector: "old" });
  await keys.saveDkimKey({ ...key, selector: "new" });
  await keys.saveDkimKey({ ...key, selector: "ed", algorithm: "ed25519-sha256" });
  expect((await keys.loadDkimKeys(tenantId, "EXAMPLE.com")).map(({ selector }) => selector).sort()).toEqual([
    "ed",
    "new",
  ]);
  expect(await keys.loadDkimKeys(await createTenant(pool), "example.com")).toEqual([]);
  expect(JSON.stringify(await keys.listDkimKeys(tenantId))).not.toContain("pem");
  await keys.removeDkimKey(tenantId, "example.com", "new");
  expect((await keys.loadDkimKeys(tenantId, "example.com")).map(({ selector }) => selector).sort()).toEqual([
    "ed",
    "old",
  ]);
  await expect(keys.removeDkimKey(tenantId, "example.com", "new")).rejects.toMatchObject({
    kind: "NotFound",
  });
  await expect(keys.saveDkimKey({ ...key, tenantId: "nobody", selector: "x" })).rejects.toMatchObject({
    kind: "NotFound",
  });
});
