import { gzipSync } from "node:zlib";
import { beforeAll, expect, it } from "vitest";
import { createInboundMessageStore } from "../../db/inbound-messages.js";
import { defaultSoftBounces } from "../../domain/soft-bounces.js";
import { keepMailbox } from "../../workers/inbound-mailbox.js";
import { wireInbound } from "../../workers/inbound.js";
import { pino } from "pino";
import { asking, keyOf, type Ask } from "../api/asking.js";
import { runApi } from "../api/fixture.js";
import { testDatabase, testRedis, testTemporal, type TestDatabase } from "../setup/stack.js";
import { startImapServer } from "../support/imap-server.js";
import { until } from "../support/until.js";
import { google, mailed, rowsOfDay } from "./samples.js";

let database: TestDatabase;
let url: string;
let key: string;
let ask: Ask;

beforeAll(async () => {
  database = await testDatabase();
  const [{ url: redisUrl }, temporal] = await Promise.all([testRedis(), testTemporal()]);
  const running = await runApi(database.databaseUrl, { redisUrl, temporal, rateLimitEnabled: false });
  url = running.url;
  await database.pool.query(
    "insert into tenants (tenant_id, name) values ('shop', 'Shop'), ('other', 'Other')",
  );
  key = await keyOf(database, "shop");
  ask = asking(url, key);
  await ask("POST", "/api/domains", { domain: "shop.example", selector: "s1" });
  await database.pool.query(
    "insert into nodes (node_id, tenant_id, host, port, sending_ips) values ('n1', 'shop', '127.0.0.1', 2525, '{45.67.89.10}')",
  );
  return () => running.api.close();
}, 60_000);

async function upload(file: string | Buffer, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/api/dmarc/reports`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/gzip", ...headers },
    body: new Uint8Array(Buffer.from(file)),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const notices = async () =>
  (await database.pool.query("select 1 from notifications where kind = 'dmarc.failing'")).rowCount;

it("a report is taken once, and says which source is ours and what to do about the others", async () => {
  const file = gzipSync(google({ domain: "shop.example" }));
  const first = await upload(file);
  expect(first).toMatchObject({ status: 201, body: { domain: "shop.example", messages: 200, failing: 20 } });
  expect(await upload(file)).toMatchObject({ status: 200, body: { report_id: first.body.report_id } });
  const { body } = await ask("GET", "/api/dmarc/domains/shop.example");
  expect(body).toMatchObject({ messages: 200, failing: 20, source_count: 3, policy: { p: "none" } });
  expect(body).toMatchObject({
    days: [{ messages: 200, dkim_aligned: 180, dispositions: { none: 188, quarantine: 12 } }],
    sources: [
      { source_ip: "203.0.113.9", failing: 12, node_id: null },
      { source_ip: "2001:db8::25", failing: 8, passed_for: ["esp.example"] },
      { source_ip: "45.67.89.10", failing: 0, node_id: "n1" },
    ],
  });
  expect(JSON.stringify(body)).toContain("203.0.113.9 sends as shop.example and passes neither");
  expect(await notices()).toBe(0);
});

it("its records come page by page", async () => {
  const { body } = await ask("GET", "/api/dmarc/reports?limit=1");
  const [report] = body.data as { report_id: string }[];
  const path = `/api/dmarc/reports/${report?.report_id}/records?limit=2`;
  const page = (await ask("GET", path)).body;
  expect(page.data).toHaveLength(2);
  const rest = (await ask("GET", `${path}&after=${String(page.next)}`)).body;
  expect(rest.data).toMatchObject([{ source_ip: "2001:db8::25", messages: 8 }]);
});

it("people are told once when much of a domain's mail fails", async () => {
  const rows = [
    { ...rowsOfDay[1], ip: "203.0.113.9", count: 150, dkim: "fail" as const, spf: "fail" as const },
  ];
  await upload(google({ domain: "shop.example", id: "2", rows }));
  await upload(google({ domain: "shop.example", id: "3", rows }));
  expect(await notices()).toBe(1);
});

it("what is no report, or of somebody else's domain, is refused with the reason and changes nothing", async () => {
  expect(await upload(google({ domain: "other.example" }))).toMatchObject({
    status: 422,
    body: {
      problems: [
        { field: "file", problem: expect.stringContaining("none of your sender domains") as string },
      ],
    },
  });
  expect((await upload("<a>")).status).toBe(422);
  expect((await upload("")).status).toBe(422);
  expect((await upload(Buffer.alloc(11 * 1024 * 1024, "x"))).status).toBe(422);
  expect((await ask("GET", "/api/dmarc/domains")).body.data).toHaveLength(1);
});

it("a report that comes by mail is taken in, of a domain with a key; others stay for a person, with why", async () => {
  const server = await startImapServer();
  const wired = wireInbound(database.pool, {
    secret: "a-secret-of-the-tests",
    softBounces: defaultSoftBounces,
  });
  const messages = createInboundMessageStore(database.pool, defaultSoftBounces);
  await server.deliver("dmarc", mailed(google({ domain: "shop.example", id: "by-mail" }), "shop.example"));
  await server.deliver("dmarc", mailed(google({ domain: "nobody.example" }), "nobody.example"));
  let stored = 0;
  const kept = keepMailbox({
    ...{ mailbox: server.mailbox("dmarc"), log: pino({ level: "silent" }), metrics: { inboundMailbox() {} } },
    store: async (raw) => {
      await messages.store({ recipient: null, raw });
      stored += 1;
    },
  });
  await until("both are stored", () => Promise.resolve(stored === 2));
  await kept.stop();
  await server.close();
  const done = await messages.process(10, wired.read);
  expect(done.map(({ result }) => result)).toEqual(["recorded", "unmatched"]);
  const { body } = await ask("GET", "/api/dmarc/reports?limit=1");
  expect(body.data).toMatchObject([{ reporter_id: "by-mail", source: "mail" }]);
  const { rows } = await database.pool.query<{ diagnostic: string }>(
    "select diagnostic from inbound_reports",
  );
  expect(rows).toEqual([{ diagnostic: "DMARC report: no tenant has a signing key of nobody.example" }]);
}, 300_000);
