import pg from "pg";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { createMailDomainStore } from "../../db/mail-domains.js";
import { createReceivers } from "../../workers/receivers.js";
import { until } from "../support/until.js";
import { createAudience, createCampaign, startWorld, type World } from "../support/world.js";
import { startZoneServer, type ZoneServer } from "../support/zone-server.js";

const contacts = 300;
/** A company's, which Google hosts; nobody's name server but the test's is asked. */
const domain = "hosted-by-google.shop";
let world: World;
let dns: ZoneServer;
beforeAll(async () => {
  dns = await startZoneServer((name, type) =>
    type === "MX" && name === domain ? ["1 aspmx.l.google.com", "5 alt1.aspmx.l.google.com"] : "none",
  );
  world = await startWorld({ config: { mxRollup: true, dnsServers: [dns.server] } });
});
afterAll(() => dns.close());

it("A company's domain that Google hosts becomes gmail's for limits and figures, without a name server in the way of mail", async () => {
  const { floe, pool } = world;
  const { tenantId, nodeId } = await createAudience(world, { contacts, domain });
  // As any batch does that meets a domain which nobody has written to.
  expect(await createMailDomainStore(pool).loadMailDomains([domain])).toMatchObject([{ isLookedUp: false }]);
  await until("its mail servers were looked up", async () => {
    const { rows } = await pool.query("select from mail_domains where mailbox_provider = 'gmail'");
    return rows.length === 1;
  });
  expect(await world.metrics()).toMatch(/mail_domain_lookups_total\{answer="known"/);

  const queries = vi.spyOn(pg.Client.prototype, "query");
  const send = await floe.campaigns.start(await createCampaign(world, tenantId));
  await until("the campaign is done", async () => (await floe.campaigns.status(send)).status === "completed");
  const looks = queries.mock.calls.filter(
    ([query]) => (query as { name?: string }).name === "load-mail-domains",
  );
  // Two batches that open together ask both.
  expect(looks.length).toBeLessThanOrEqual(4);
  const { providers } = await floe.campaigns.outcomes(send);
  expect(providers).toMatchObject([{ mailboxProvider: "gmail", recipients: contacts, sent: contacts }]);
  // Each process tells its hours when it says that it lives.
  await until("the hours of the node are gmail's", async () => {
    const { rows } = await pool.query<{ mailbox_provider: string }>(
      "select distinct mailbox_provider from delivery_hours where node_id = $1",
      [nodeId],
    );
    return rows.length === 1 && rows[0]?.mailbox_provider === "gmail";
  });
  expect(dns.asked.filter((asked) => asked.startsWith("MX"))).toEqual([`MX ${domain}`]);
});

it("A process asks Postgres once for what it does not know, and never for names that stand for nothing in public", async () => {
  let now = 0;
  const asked: string[][] = [];
  const load = (domains: readonly string[]) => {
    asked.push([...domains]);
    return Promise.resolve(
      domains.map((each) => ({
        domain: each,
        mailboxProvider: each === "a.shop" ? "office365" : null,
        isLookedUp: each !== "new.shop",
      })),
    );
  };
  const receivers = createReceivers(load, () => now);
  const domains = ["a.shop", "b.shop", "new.shop", "gmail.com", "shop.example", "a.shop", "localhost"];
  await receivers.learn(domains);
  await receivers.learn(domains);
  expect(asked).toEqual([["a.shop", "b.shop", "new.shop"]]);
  expect(domains.map((each) => receivers.providerOf(each))[0]).toBe("office365");
  expect(receivers.providerOf("b.shop")).toBeUndefined();
  now += 3_000;
  await receivers.learn(domains);
  now += 11 * 60_000;
  await receivers.learn(domains);
  expect(asked.slice(1)).toEqual([["new.shop"], ["a.shop", "b.shop", "new.shop"]]);
});
