import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectFloe, type Floe } from "../../client/connect.js";
import { Conflict, InvalidInput, NotFound, Unavailable } from "../../domain/errors.js";
import { testDatabase, testRedis, type TestDatabase } from "../setup/stack.js";
import { testKeys } from "../support/keys.js";

const tenantId = "acme";
/** Nothing listens there. */
const nowhere = "127.0.0.1:9";

let database: TestDatabase;
let floe: Floe;

beforeAll(async () => {
  database = await testDatabase();
  const { url: redisUrl } = await testRedis();
  // What only reads and writes Postgres must work while Temporal is away.
  floe = await connectFloe({
    databaseUrl: database.databaseUrl,
    temporalAddress: nowhere,
    redisUrl,
    encryptionKeys: testKeys,
  });
  await floe.tenants.create({ tenantId, name: "Acme" });
});
afterAll(() => floe.close());

async function refusedFields(call: Promise<unknown>): Promise<string[]> {
  const refusal = await call.catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(InvalidInput);
  return (refusal as InvalidInput).problems.map(({ field }) => field);
}

test("tenants are created once and listed", async () => {
  expect(await floe.tenants.create({ tenantId, name: "Other" })).toMatchObject({
    name: "Acme",
    created: false,
  });
  expect(await floe.tenants.list()).toMatchObject([{ tenantId, providerChoice: "auto" }]);
  await expect(floe.tenants.get("nobody")).rejects.toThrow(NotFound);
  expect(await refusedFields(floe.tenants.create({ tenantId: "Not An Id" }))).toEqual(["tenantId"]);
});

test("contacts are normalised, merged, and refused as a whole when one is wrong", async () => {
  await floe.lists.create({ tenantId, name: "news" });
  const first = { email: " Ann@Example.COM ", firstName: "Ann", attributes: { plan: "pro" } };
  expect(await floe.contacts.upsert({ tenantId, list: "news", contacts: [first] })).toMatchObject({
    created: 1,
  });
  const again = { email: "ann@example.com", attributes: { city: "Berlin" } };
  expect(await floe.contacts.upsert({ tenantId, contacts: [again] })).toMatchObject({
    created: 0,
    updated: 1,
  });
  expect(await floe.contacts.get({ tenantId, contact: "ANN@example.com" })).toMatchObject({
    email: "ann@example.com",
    firstName: "Ann",
    attributes: { plan: "pro", city: "Berlin" },
  });

  const contacts = [
    { email: "bob@example.com" },
    { email: "no address" },
    { email: "eve@example.com", firstName: "Eve\r\nBcc: all@example.com" },
    { email: "tim@example.com", timeZone: "Berlin" },
    { email: "nul@example.com", attributes: { note: "\u0000" } },
  ];
  expect(await refusedFields(floe.contacts.upsert({ tenantId, contacts }))).toEqual([
    "contacts.1.email",
    "contacts.2.firstName",
    "contacts.3.timeZone",
    "contacts.4.attributes.note",
  ]);
  await expect(floe.contacts.upsert({ tenantId, list: "nowhere", contacts: [again] })).rejects.toThrow(
    NotFound,
  );
  expect(await floe.contacts.list({ tenantId })).toHaveLength(1);

  const [ann] = await floe.contacts.list({ tenantId, list: "news" });
  await floe.contacts.remove({ tenantId, contactId: ann?.contactId ?? "" });
  expect(await floe.contacts.list({ tenantId, list: "news" })).toEqual([]);
});

test("segments count who matches, and name the place of a mistake", async () => {
  await floe.contacts.upsert({
    tenantId,
    contacts: [
      { email: "pro@example.com", attributes: { plan: "pro" } },
      { email: "free@example.com", attributes: { plan: "free" } },
    ],
  });
  const filter = { field: "attributes.plan", op: "eq" as const, value: "pro" };
  await floe.segments.create({ tenantId, name: "pros", filter });
  expect(await floe.segments.count({ tenantId, segment: "pros" })).toBe(1);
  await expect(floe.segments.create({ tenantId, name: "pros", filter: { not: filter } })).rejects.toThrow(
    Conflict,
  );
  const wrong = { all: [filter, { ...filter, field: "shoe_size" }] };
  expect(await refusedFields(floe.segments.create({ tenantId, name: "wrong", filter: wrong }))).toEqual([
    "filter.all[1].field",
  ]);
});

test("a template version never changes, and one that does not compile is refused by its part", async () => {
  const template = {
    tenantId,
    name: "welcome",
    subject: "Hello {{first_name}}",
    html: "<p>Hello {{first_name}}</p>",
  };
  const first = await floe.templates.save(template);
  expect(await floe.templates.save(template)).toEqual(first);
  expect(await floe.templates.save({ ...template, subject: "Hi" })).toMatchObject({ version: 2 });
  expect(await floe.templates.get({ tenantId, template: first.templateVersionId })).toMatchObject({
    version: 1,
  });
  expect(await refusedFields(floe.templates.save({ ...template, html: "{{#if}}" }))).toEqual(["html"]);
  expect(await refusedFields(floe.templates.save({ ...template, subject: "a\r\nBcc: b" }))).toEqual([
    "subject",
  ]);
});

test("a campaign is refused before anything is saved when a header could be injected or a part is unknown", async () => {
  await floe.lists.create({ tenantId, name: "news" });
  await floe.templates.save({ tenantId, name: "plain", subject: "Hello", html: "<p>Hello</p>" });
  const campaign = {
    tenantId,
    name: "Spring",
    template: "plain",
    list: "news",
    fromEmail: "hello@acme.example",
  };
  expect(
    await refusedFields(floe.campaigns.create({ ...campaign, fromName: "A\nBcc: x@y.example" })),
  ).toEqual(["fromName"]);
  expect(await refusedFields(floe.campaigns.create({ ...campaign, replyTo: "nobody" }))).toEqual(["replyTo"]);
  expect(
    await refusedFields(floe.campaigns.create({ ...campaign, headers: { "X-A": "a\r\nb" } })),
  ).toHaveLength(1);
  expect(await refusedFields(floe.campaigns.create({ ...campaign, segment: "pros" }))).toEqual(["list"]);
  const lane = "fast" as "priority-high";
  expect(await refusedFields(floe.campaigns.create({ ...campaign, lane }))).toEqual(["lane"]);
  await expect(floe.campaigns.create({ ...campaign, list: "nowhere" })).rejects.toThrow(NotFound);
  await expect(floe.campaigns.create({ ...campaign, template: "nothing" })).rejects.toThrow(NotFound);
  expect(await floe.campaigns.list({ tenantId })).toEqual([]);
  const { campaignId } = await floe.campaigns.create(campaign);
  expect(await floe.campaigns.list({ tenantId })).toMatchObject([{ campaignId, status: "draft" }]);
});

test("suppressions take an address or a domain, and say whether they changed anything", async () => {
  expect(await floe.suppressions.add({ tenantId, address: "No@Example.com" })).toEqual({ added: true });
  expect(await floe.suppressions.add({ tenantId, address: "no@example.com" })).toEqual({ added: false });
  expect(await floe.suppressions.add({ tenantId: "*", domain: "Spam.example" })).toEqual({ added: true });
  expect(await floe.suppressions.list({ tenantId })).toMatchObject([
    { kind: "address", value: "no@example.com" },
  ]);
  expect(await floe.suppressions.list({ tenantId: "*" })).toMatchObject([
    { kind: "domain", value: "spam.example" },
  ]);
  expect(await floe.suppressions.remove({ tenantId, address: "no@example.com" })).toEqual({ removed: true });
  expect(await floe.suppressions.remove({ tenantId, address: "no@example.com" })).toEqual({ removed: false });
  expect(await refusedFields(floe.suppressions.add({ tenantId, domain: "no domain" }))).toEqual(["domain"]);
  expect(await refusedFields(floe.suppressions.add({ tenantId }))).toEqual(["address"]);
});

test("limits of zero or below are refused; those that are set show what is spent", async () => {
  const key = { scope: "tenant" as const, key: tenantId };
  for (const wrong of [{ perSecond: 0 }, { perDay: -1 }, { burst: 1.5 }, { concurrency: 0 }]) {
    expect(await refusedFields(floe.limits.set({ ...key, ...wrong }))).toEqual(Object.keys(wrong));
  }
  expect(await refusedFields(floe.limits.set(key))).toEqual(["perSecond"]);
  expect(await floe.limits.list()).toEqual([]);
  await floe.limits.set({ ...key, perSecond: 2.5, perDay: 1_000 });
  expect(await floe.limits.list()).toEqual([{ ...key, perSecond: 2.5, perDay: 1_000 }]);
  expect(await floe.limits.status()).toMatchObject({ limits: [{ limit: { ...key }, usedToday: 0 }] });
  await floe.limits.reset(key);
  expect(await floe.limits.remove(key)).toEqual({ removed: true });
  expect(await floe.limits.remove(key)).toEqual({ removed: false });
});

test("nodes are set, paused and removed, and never show their password", async () => {
  await floe.nodes.upsert({ nodeId: "n1", host: "smtp.example.com", username: "u", password: "swordfish" });
  await floe.nodes.pause("n1");
  const nodes = await floe.nodes.list(tenantId);
  expect(nodes).toMatchObject([{ nodeId: "n1", port: 25, status: "paused", tenantId: null }]);
  expect(JSON.stringify(nodes)).not.toContain("swordfish");
  expect(await refusedFields(floe.nodes.upsert({ nodeId: "n2", host: "a b", port: 0 }))).toEqual([
    "host",
    "port",
  ]);
  await floe.nodes.resume("n1");
  await floe.nodes.remove("n1");
  await expect(floe.nodes.remove("n1")).rejects.toThrow(NotFound);
});

test("a signing key becomes a DNS record; what cannot sign is refused without showing it", async () => {
  const pem = (key: KeyObject): string => key.export({ type: "pkcs8", format: "pem" }).toString();
  const key = { tenantId, domain: "Acme.example", selector: "floe1" };
  const ed25519 = await floe.dkimKeys.add({
    ...key,
    privateKey: pem(generateKeyPairSync("ed25519").privateKey),
  });
  expect(ed25519).toMatchObject({ algorithm: "ed25519-sha256", dnsName: "floe1._domainkey.acme.example" });
  expect(ed25519.dnsValue).toMatch(/^v=DKIM1; k=ed25519; p=[A-Za-z0-9+/]{43}=$/);
  const privateKey = pem(generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey);
  expect(await floe.dkimKeys.add({ ...key, selector: "floe2", privateKey })).toMatchObject({
    algorithm: "rsa-sha256",
  });
  const listed = await floe.dkimKeys.list(tenantId);
  expect(listed.map((k) => k.selector)).toEqual(["floe1", "floe2"]);
  expect(JSON.stringify(listed)).not.toContain("PRIVATE");

  const broken = privateKey.replace(/[A-Za-z0-9+/]{64}\n/, "");
  const refusal = await floe.dkimKeys.add({ ...key, privateKey: broken }).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(InvalidInput);
  expect(JSON.stringify(refusal)).not.toContain("PRIVATE");
  await floe.dkimKeys.remove({ ...key, selector: "floe2" });
});

test("while Temporal is away a start says so, and a repeat later is the same send", async () => {
  await floe.lists.create({ tenantId, name: "news" });
  await floe.templates.save({ tenantId, name: "plain", subject: "Hello", html: "<p>Hello</p>" });
  const { campaignId } = await floe.campaigns.create({
    tenantId,
    name: "Away",
    template: "plain",
    list: "news",
    fromEmail: "hello@acme.example",
  });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    await expect(floe.campaigns.start({ tenantId, campaignId })).rejects.toThrow(Unavailable);
  }
  expect(await floe.campaigns.sends({ tenantId, campaignId })).toHaveLength(1);
});

test("a database that is away is Unavailable, whatever is asked", async () => {
  const away = await connectFloe({ databaseUrl: `postgres://u:p@${nowhere}/floe`, temporalAddress: nowhere });
  await expect(away.tenants.list()).rejects.toThrow(Unavailable);
  await expect(away.campaigns.list({ tenantId })).rejects.toThrow("Postgres is away.");
  await away.close();
});
