import { beforeAll, expect, it } from "vitest";
import type { BlacklistCheckReport } from "../../client/blacklist.js";
import { parseBlacklists, type Blacklist } from "../../domain/blacklists.js";
import { floe } from "../client/cli-process.js";
import { until } from "../support/until.js";
import { startWorld, type World } from "../support/world.js";
import { startZoneServer, type ZoneAnswer, type ZoneServer } from "../support/zone-server.js";

/** What the healthy list has, by the name that is asked for; changed by the tests. */
const entries = new Map<string, ZoneAnswer>();
let world: World;
let dns: ZoneServer;

/** One healthy list of each kind, and the ways in which a list is not to be believed. */
const lists = parseBlacklists(
  "healthy.test=ipv4+ipv6,domains.test=domain,lying.test=ipv4,gone.test=ipv4,broken.test=ipv4,refusing.test=ipv4",
) as readonly Blacklist[];

function answer(name: string): ZoneAnswer {
  if (name === "mx.shop.example") return ["45.67.89.10"];
  const zone: string = lists.find(({ zone: one }) => name.endsWith(`.${one}`))?.zone ?? "";
  const entry = name.slice(0, -zone.length - 1);
  switch (zone) {
    case "healthy.test":
      if (entry === "2.0.0.127" || entry.startsWith("2.0.0.0.0.0.f.7.f.f.f.f.")) return ["127.0.0.2"];
      return entries.get(entry) ?? "none";
    case "domains.test":
      return entry === "test" ? ["127.0.1.2"] : (entries.get(entry) ?? "none");
    case "lying.test":
      return ["127.0.0.2"];
    case "broken.test":
      return "failed";
    case "refusing.test":
      return ["127.255.255.254"];
    default:
      return "none";
  }
}

beforeAll(async () => {
  dns = await startZoneServer((name, type) => (type === "A" ? answer(name) : "none"));
  world = await startWorld({
    config: { dnsServers: [dns.server], blacklists: lists, blacklistQueriesPerSecond: 1_000 },
  });
  await world.floe.tenants.create({ tenantId: "shop", name: "Shop" });
  await world.floe.tenants.create({ tenantId: "other", name: "Other" });
  return () => dns.close();
});

/** Answers are kept for a minute at least: each test asks about something of its own. */
const check = (subject?: string): Promise<BlacklistCheckReport> =>
  world.floe.blacklists.check({ tenantId: "shop", ...(subject && { subject }) });

const healthOf = ({ lists: all }: BlacklistCheckReport, zone: string) =>
  all.filter((one) => one.zone === zone).map(({ health }) => health);

it("believes lists that pass their own test, and says what is wrong with the others", async () => {
  await world.floe.nodes.upsert({ nodeId: "plain", tenantId: "shop", host: "mx.shop.example" });
  const report = await check();
  expect(healthOf(report, "healthy.test")).toEqual([{ kind: "healthy" }, { kind: "healthy" }]);
  expect(healthOf(report, "domains.test")).toEqual([{ kind: "healthy" }]);
  const reasonOf = (zone: string) => JSON.stringify(healthOf(report, zone));
  expect(reasonOf("lying.test")).toContain("It lists everything");
  expect(reasonOf("gone.test")).toContain("It does not list its own test entry");
  expect(reasonOf("broken.test")).toContain("could not answer");
  expect(reasonOf("refusing.test")).toContain("public resolver");
  // The host was looked up, and nobody else but the healthy list was asked about where it leads.
  expect(await world.floe.blacklists.list({ tenantId: "shop", subject: "45.67.89.10" })).toMatchObject([
    { list: "healthy.test", status: "clean", error: null },
  ]);
  expect(dns.asked.filter((asked) => asked.includes("10.89.67.45"))).toEqual(["A 10.89.67.45.healthy.test"]);
  expect((await world.floe.blacklists.lists()).filter(({ healthy }) => !healthy)).toHaveLength(4);
});

it("tells what is listed, pauses the node that asks for it, and tells when it is over", async () => {
  entries.set("20.89.67.45", ["127.0.0.4"]);
  await world.floe.nodes.upsert({
    ...{ nodeId: "careful", tenantId: "shop", host: "127.0.0.1" },
    ...{ sendingIps: ["45.67.89.20", "2a01:db8::7"], pauseWhenListed: true },
  });
  const { webhookId } = await world.floe.webhooks.create({
    ...{ tenantId: "shop", url: "https://shop.example/hook" },
    eventTypes: ["blacklist.listed", "blacklist.delisted"],
  });
  await world.floe.webhooks.pause({ tenantId: "shop", webhookId });
  expect(await check("45.67.89.20")).toMatchObject({ checked: 1, listed: 1, paused: ["careful"] });
  expect((await world.floe.nodes.get("careful")).status).toBe("paused");
  expect(await world.floe.blacklists.list({ tenantId: "shop", status: "listed" })).toMatchObject([
    { subject: "45.67.89.20", list: "healthy.test", codes: ["127.0.0.4"] },
  ]);
  const [notice] = await world.floe.notifications.list({ tenantId: "shop" });
  expect(notice).toMatchObject({ kind: "blacklist.listed", severity: "critical" });
  expect(notice?.text).toContain("Paused for it: careful.");

  // A person who resumes it has decided: the same listing does not pause it again.
  await world.floe.nodes.resume("careful");
  expect(await check("45.67.89.20")).toMatchObject({ listed: 0, paused: [] });
  expect((await world.floe.nodes.get("careful")).status).toBe("active");

  // The kept answer has run out, as after a minute: the list is asked again, and has it no more.
  await world.pool.query("update nodes set sending_ips = '{45.67.89.21}' where node_id = 'careful'");
  await world.pool.query(
    "update blacklist_standings set subject = '45.67.89.21' where subject = '45.67.89.20'",
  );
  expect(await check("45.67.89.21")).toMatchObject({ delisted: 1 });
  const history = await world.floe.blacklists.history({ tenantId: "shop" });
  expect(history.map(({ change }) => change)).toEqual(["delisted", "listed"]);
  expect(history[1]).toMatchObject({ pausedNodes: ["careful"] });
  await until("both events have reached the endpoint", async () => {
    const deliveries = await world.floe.webhooks.deliveries({ tenantId: "shop" });
    return deliveries.length === 2;
  });
});

it("asks about domains that sign and return, by tenant, and about nobody else's", async () => {
  entries.set("bad.example", ["127.0.1.2"]);
  await world.floe.dkimKeys.add({ tenantId: "shop", domain: "bad.example", selector: "s1" });
  await world.floe.nodes.upsert({
    ...{ nodeId: "shared", tenantId: null, host: "127.0.0.1", returnPathDomain: "bounce.example" },
  });
  expect(await check("bad.example")).toMatchObject({ checked: 1, listed: 1 });
  expect(await world.floe.blacklists.check({ subject: "bounce.example" })).toMatchObject({ checked: 1 });
  const seen = await world.floe.blacklists.list({ tenantId: "other" });
  expect(seen.map(({ subject, tenantId }) => [subject, tenantId])).toEqual([["bounce.example", null]]);
  await expect(
    world.floe.blacklists.check({ tenantId: "other", subject: "bad.example" }),
  ).rejects.toMatchObject({
    kind: "NotFound",
  });
});

it("forgets what is nobody's any more, when it checks everything", async () => {
  await world.floe.dkimKeys.remove({ tenantId: "shop", domain: "bad.example", selector: "s1" });
  await world.floe.blacklists.check();
  expect(await world.floe.blacklists.list({ subject: "bad.example" })).toEqual([]);
});

it("is shown by the command and in the metrics", async () => {
  const { databaseUrl, temporal } = world.config;
  const env = {
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: temporal.address,
    REDIS_URL: world.config.redisUrl,
  };
  const lists = await floe(["blacklist", "lists"], { ...env, TEMPORAL_NAMESPACE: temporal.namespace });
  expect(lists.stdout).toMatch(/lying\.test +ipv4 +broken/);
  expect(await world.metrics()).toMatch(/blacklist_questions_total\{answer="addresses"/);
});
