import { beforeAll, expect, it } from "vitest";
import type { DomainCheck } from "../../client/domain-checks.js";
import { floe } from "../client/cli-process.js";
import { startWorld, type World } from "../support/world.js";
import { startZoneServer, type ZoneAnswer, type ZoneServer } from "../support/zone-server.js";

const records = new Map<string, ZoneAnswer>();
let world: World;
let dns: ZoneServer;
const ref = { tenantId: "shop", domain: "shop.example" };

beforeAll(async () => {
  dns = await startZoneServer((name, type) => records.get(`${type} ${name}`) ?? "none");
  world = await startWorld({ config: { dnsServers: [dns.server] } });
  await world.floe.tenants.create({ tenantId: "shop", name: "Shop" });
  await world.floe.nodes.upsert({
    ...{ nodeId: "n1", tenantId: "shop", host: "127.0.0.1", sendingIps: ["45.67.89.10"] },
    returnPathDomain: "bounce.shop.example",
  });
  return () => dns.close();
});

const statusOf = ({ findings }: DomainCheck) =>
  Object.fromEntries(findings.map(({ check, status }) => [check, status]));

it("says of a bare domain what is missing, and which records to publish", async () => {
  const check = await world.floe.domainChecks.check(ref);
  expect(check.status).toBe("fail");
  expect(statusOf(check)).toEqual({
    ...{ spf: "fail", dkim: "fail", dmarc: "fail", mx: "warning", ptr: "fail" },
    ...{ mta_sts: "optional", tls_rpt: "optional", bimi: "optional" },
  });
});

it("passes once its records are published, keeps both, and tells that it is mended", async () => {
  const key = await world.floe.dkimKeys.add({ ...ref, selector: "s1" });
  records.set("TXT shop.example", ["v=spf1 include:_spf.shop.example -all", "unrelated=1"]);
  records.set("TXT bounce.shop.example", ["v=spf1 redirect=_spf.shop.example"]);
  records.set("TXT _spf.shop.example", ["v=spf1 ip4:45.67.89.0/24 ~all"]);
  records.set(`TXT ${key.dnsName}`, [key.dnsValue]);
  records.set("TXT _dmarc.shop.example", ["v=DMARC1; p=reject; rua=mailto:dmarc@shop.example"]);
  records.set("MX shop.example", ["10 mx.shop.example"]);
  records.set("PTR 10.89.67.45.in-addr.arpa", ["out.shop.example"]);
  records.set("A out.shop.example", ["45.67.89.10"]);
  const check = await world.floe.domainChecks.check(ref);
  expect(check.findings.filter(({ status }) => status !== "optional" && status !== "pass")).toEqual([]);
  expect(check.findings.find((one) => one.check === "spf")?.found).toContain("1 of 10 lookups");
  // The key is longer than one string of a TXT record may be: its strings are one text.
  expect(key.dnsValue.length).toBeGreaterThan(255);
  await world.floe.domainChecks.check(ref);
  expect((await world.floe.domainChecks.history(ref)).map(({ status }) => status)).toEqual(["pass", "fail"]);
  const [notice] = await world.floe.notifications.list({ tenantId: "shop" });
  expect(notice).toMatchObject({ kind: "domain.mended", subjectId: "shop.example" });
});

it("counts the lookups of all that an SPF record includes, and tells when they are too many", async () => {
  const many = Array.from({ length: 6 }, (_, i) => `include:i${i}.esp.test`).join(" ");
  records.set("TXT shop.example", [`v=spf1 ip4:45.67.89.10 ${many} -all`]);
  for (let i = 0; i < 6; i += 1) records.set(`TXT i${i}.esp.test`, ["v=spf1 a mx ~all"]);
  const { findings } = await world.floe.domainChecks.check(ref);
  const spf = findings.find(({ check }) => check === "spf");
  expect(spf).toMatchObject({ status: "fail" });
  expect(spf?.found).toContain("takes 18 lookups");
  const [notice] = await world.floe.notifications.list({ tenantId: "shop" });
  expect(notice).toMatchObject({ kind: "domain.failing" });
});

it("does not follow an MTA-STS policy to an address inside", async () => {
  records.set("TXT _mta-sts.shop.example", ["v=STSv1; id=1"]);
  records.set("A mta-sts.shop.example", ["127.0.0.1"]);
  const check = await world.floe.domainChecks.check(ref);
  expect(check.findings.find((one) => one.check === "mta_sts")?.found).toContain("could not be read");
  expect(dns.asked).toContain("A mta-sts.shop.example");
});

it("calls nothing a failure when the name server is away", async () => {
  for (const name of records.keys()) records.set(name, "failed");
  records.set("TXT _dmarc.shop.example", "failed");
  const check = await world.floe.domainChecks.check(ref);
  expect(check.findings.filter(({ status }) => status === "fail")).toEqual([]);
  expect(check.status).toBe("unknown");
  expect(statusOf(check)).toMatchObject({ spf: "unknown", dmarc: "unknown", mx: "unknown", ptr: "unknown" });
});

it("is shown by the command, with what to do", async () => {
  const { databaseUrl, redisUrl, temporal } = world.config;
  const shown = await floe(["domains", "show", "shop.example", "--tenant", "shop"], {
    ...{ DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, TEMPORAL_ADDRESS: temporal.address },
    TEMPORAL_NAMESPACE: temporal.namespace,
  });
  expect(shown.stdout).toMatch(/spf +unknown/);
  expect(shown.stderr).toContain("spf: Look again later");
});
