import { randomUUID } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Client } from "@temporalio/client";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Floe } from "../../client/connect.js";
import type { ExportInput } from "../../client/export-input.js";
import { exportWorkflowId } from "../../domain/ids.js";
import { startS3Server, type S3Server } from "../support/s3-server.js";
import { createTemporalClient } from "../support/temporal-client.js";
import { until } from "../support/until.js";
import { createAudience, createCampaign, startWorld, type World } from "../support/world.js";
import { makeFolder } from "./folder.js";
import { rowsOf } from "./fixture.js";

let world: World;
let floe: Floe;
let s3: S3Server;
let dataFolder: string;
let tenantId: string;
let temporal: Client;

beforeAll(async () => {
  s3 = await startS3Server(["reports"]);
  dataFolder = await makeFolder();
  world = await startWorld({ config: { dataFolder, s3: s3.config } });
  ({ floe } = world);
  temporal = await createTemporalClient(world.config.temporal);
});
afterAll(async () => {
  await temporal.connection.close();
  await s3.close();
});
beforeEach(async () => {
  ({ tenantId } = await createAudience(world, {
    contacts: 30,
    domain: `d${randomUUID().slice(0, 8)}.example`,
  }));
});

async function exported(input: Omit<ExportInput, "tenantId">): Promise<Record<string, string>[]> {
  const handle = await floe.exports.start({ tenantId, ...input });
  const row = await handle.result();
  const rows = await rowsOf(floe.exports, { tenantId, exportId: handle.exportId });
  expect(row).toMatchObject({ status: "completed", rowsWritten: rows.length, rowsTotal: rows.length });
  return rows;
}

async function sent(): Promise<string> {
  const { campaignId } = await createCampaign(world, tenantId);
  const send = await floe.campaigns.start({ tenantId, campaignId });
  await floe.campaigns.wait(send);
  return send.sendId;
}

describe("every kind", () => {
  it("contacts, of a list", async () => {
    await floe.lists.create({ tenantId, name: "few" });
    await floe.contacts.upsert({
      tenantId,
      list: "few",
      contacts: [{ email: "=sum@few.example", firstName: "=1+1" }],
    });
    expect(await exported({ kind: "contacts" })).toHaveLength(31);
    expect(await exported({ kind: "contacts", list: "few" })).toMatchObject([
      { email: "'=sum@few.example", first_name: "'=1+1" },
    ]);
    expect(await exported({ kind: "contacts", list: "few", raw: true })).toMatchObject([
      { first_name: "=1+1" },
    ]);
  });

  it("sends, of one send and of a time", async () => {
    const sendId = await sent();
    const rows = await exported({ kind: "sends", sendId });
    expect(rows).toHaveLength(30);
    expect(rows[0]).toMatchObject({ send_id: sendId, campaign: "A campaign", status: "sent", attempts: "1" });
    expect(rows[0]?.settled_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(await exported({ kind: "sends", from: "2020-01-01" })).toHaveLength(30);
    expect(await exported({ kind: "sends", to: "2020-01-01" })).toHaveLength(0);
  });

  it("events, of some kinds", async () => {
    const sendId = await sent();
    await world.pool.query(
      `insert into email_events (tenant_id, send_id, contact_id, kind, url)
       select tenant_id, send_id, contact_id, 'click', '@evil' from email_sends where send_id = $1`,
      [sendId],
    );
    const rows = await exported({ kind: "events", sendId, eventKinds: ["click"], gzip: true });
    expect(rows).toHaveLength(30);
    expect(rows[0]).toMatchObject({ kind: "click", url: "'@evil" });
    expect(rows[0]?.email).toContain("@");
    expect(await exported({ kind: "events", eventKinds: ["open"] })).toHaveLength(0);
  });

  it("analytics, by day", async () => {
    const { campaignId } = await createCampaign(world, tenantId, { name: "Summer" });
    await world.pool.query(
      `insert into campaign_analytics_daily (tenant_id, day, campaign_id, sent)
       select $1, day, $2, 7 from generate_series('2026-01-01'::date, '2026-01-10', '1 day') day`,
      [tenantId, campaignId],
    );
    const rows = await exported({ kind: "analytics", campaignId, from: "2026-01-03", to: "2026-01-05" });
    expect(rows).toMatchObject([
      { day: "2026-01-03", campaign: "Summer", sent: "7" },
      { day: "2026-01-04", sent: "7" },
    ]);
  });
});

describe("S3", () => {
  it("takes the file by its protocol, compressed as its name says", async () => {
    const rows = await exported({ kind: "contacts", url: `s3://reports/${tenantId}/people.csv.gz` });
    expect(rows).toHaveLength(30);
  });

  it("that is away holds the export up, which goes on when it is back", async () => {
    await s3.stop();
    const handle = await floe.exports.start({
      tenantId,
      kind: "contacts",
      url: `s3://reports/${tenantId}/late.csv`,
    });
    await until("an attempt that failed", async () => {
      const { raw } = await temporal.workflow.getHandle(exportWorkflowId(handle.exportId)).describe();
      return (raw.pendingActivities ?? []).some(({ attempt }) => Number(attempt) > 1);
    });
    await s3.start();
    expect(await handle.result()).toMatchObject({ status: "completed", rowsWritten: 30 });
  });

  it("without the bucket, the export fails with the reason", async () => {
    const handle = await floe.exports.start({ tenantId, kind: "contacts", url: "s3://nobodys/a.csv" });
    await expect(handle.result()).rejects.toThrow("s3://nobodys/a.csv");
    expect(await handle.progress()).toMatchObject({ status: "failed" });
  });
});

it("the same id asked for twice is one export; another one to the same file is refused", async () => {
  const exportId = randomUUID();
  const input = { tenantId, exportId, kind: "contacts", path: "reports/all.csv" } as const;
  const [first, second] = [await floe.exports.start(input), await floe.exports.start(input)];
  expect(second.exportId).toBe(first.exportId);
  await first.result();
  expect(await floe.exports.list({ tenantId })).toHaveLength(1);
  await expect(floe.exports.start({ ...input, exportId: randomUUID() })).rejects.toMatchObject({
    kind: "Conflict",
  });
  expect(await readdir(join(dataFolder, "exports", tenantId, "reports"))).toEqual(["all.csv"]);
});

it("cancelled before it ends, it leaves no file, and cannot be fetched", async () => {
  await world.pool.query(
    `insert into contacts (tenant_id, email, domain) select $1, 'c' || n || '@many.example', 'many.example'
     from generate_series(1, 200000) n`,
    [tenantId],
  );
  const handle = await floe.exports.start({ tenantId, kind: "contacts", gzip: true });
  await handle.cancel();
  expect(await handle.result()).toMatchObject({ status: "cancelled" });
  await expect(floe.exports.download({ tenantId, exportId: handle.exportId })).rejects.toMatchObject({
    kind: "Conflict",
  });
  await expect(handle.cancel()).rejects.toMatchObject({ kind: "Conflict" });
  await until("nothing is left of it", async () => {
    const left = await readdir(join(dataFolder, "exports", tenantId)).catch(() => []);
    return left.length === 0;
  });
});

it.each([
  [{ kind: "people" }, "kind"],
  [{ kind: "contacts", sendId: randomUUID() }, "sendId"],
  [{ kind: "events", eventKinds: [] }, "eventKinds"],
  [{ kind: "sends", from: "yesterday" }, "from"],
  [{ kind: "sends", from: "2026-02-01", to: "2026-01-01" }, "to"],
  [{ kind: "contacts", path: "../other/all.csv" }, "path"],
  [{ kind: "contacts", path: "/etc/passwd" }, "path"],
  [{ kind: "contacts", path: ".hidden" }, "path"],
  [{ kind: "contacts", url: "file:///etc/passwd" }, "url"],
  [{ kind: "contacts", path: "a.csv", url: "s3://reports/a.csv" }, "url"],
  [{ kind: "contacts", keepDays: 0 }, "keepDays"],
  [{ kind: "contacts", nothing: 1 }, "nothing"],
])("%j is refused, and nothing is exported", async (input, field) => {
  await expect(floe.exports.start({ tenantId, ...input } as ExportInput)).rejects.toMatchObject({
    kind: "InvalidInput",
    problems: [{ field }],
  });
  expect(await floe.exports.list({ tenantId })).toEqual([]);
});

it("another tenant's export, list or segment is not there", async () => {
  const handle = await floe.exports.start({ tenantId, kind: "contacts" });
  await handle.result();
  const other = await createAudience(world, { contacts: 1, domain: "other.example" });
  const ref = { tenantId: other.tenantId, exportId: handle.exportId };
  await expect(floe.exports.get(ref)).rejects.toMatchObject({ kind: "NotFound" });
  await expect(floe.exports.download(ref)).rejects.toMatchObject({ kind: "NotFound" });
  await expect(floe.exports.link(ref)).rejects.toMatchObject({ kind: "NotFound" });
});
