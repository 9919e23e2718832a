import { Readable } from "node:stream";
import { MockActivityEnvironment } from "@temporalio/testing";
import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createExportDataActivities } from "../../activities/export-data.js";
import type { Api } from "../../api/server.js";
import { createDownloadLinks } from "../../client/download-links.js";
import { createExportRows } from "../../db/exports.js";
import { createExportSources } from "../../db/export-sources.js";
import { createExportStore } from "../../db/export-store.js";
import { createCleanupStore } from "../../db/retention.js";
import { defaultRetention } from "../../domain/retention.js";
import { createObjectStore } from "../../storage/object-store.js";
import { storedUrl } from "../../storage/location.js";
import { asking, keyOf, newAsker } from "../api/asking.js";
import { runApi, request, secret } from "../api/fixture.js";
import { makeTenant } from "../data/factories.js";
import { testDatabase, testRedis, testTemporal, type TestDatabase } from "../setup/stack.js";
import { startS3Server, type S3Server } from "../support/s3-server.js";
import { makeFolder } from "./folder.js";

const apiToken = "a-token-of-the-tests";
const authorization = { Authorization: `Bearer ${apiToken}`, "Content-Type": "application/json" };

let database: TestDatabase;
let dataFolder: string;
let s3: S3Server;
let api: Api;
let url: string;
let tenantId: string;

beforeAll(async () => {
  database = await testDatabase();
  dataFolder = await makeFolder();
  s3 = await startS3Server(["reports"]);
  const temporal = await testTemporal();
  const { url: redisUrl } = await testRedis();
  const stores = { dataFolder, s3: s3.config, redisUrl, temporal };
  const config = { apiToken, ...stores, publicUrl: "https://floe.example" };
  ({ api, url } = await runApi(database.databaseUrl, config));
});
afterAll(async () => {
  await api.close();
  await s3.close();
});
beforeEach(async () => {
  tenantId = await makeTenant(database.pool);
});

const content = "email\nann@example.com\n";

/** An export that has ended, with its file. */
async function completed(fileUrl = storedUrl("exports", `${tenantId}/${uuidv7()}.csv`)): Promise<string> {
  const exportId = uuidv7();
  const token = uuidv7();
  await createExportRows(database.pool).createExport({
    ...{ exportId, tenantId, kind: "contacts", filter: {}, raw: false, gzip: false, fileUrl, keepDays: 7 },
  });
  const store = createExportStore(database.pool);
  await store.begin({ exportId, token }, { columns: ["email"], rowsTotal: 1 });
  const objects = createObjectStore({ dataFolder, s3: s3.config });
  await objects.write(fileUrl, Readable.from([content]));
  objects.close();
  await store.complete({ exportId, token }, { rowsWritten: 1, bytes: content.length });
  return exportId;
}

async function linkTo(
  exportId: string,
  body: object = {},
): Promise<{ status: number; url: string; until: string }> {
  const answer = await request(`${url}/api/exports/${exportId}/link`, {
    method: "POST",
    headers: authorization,
    body: JSON.stringify({ tenant_id: tenantId, ...body }),
  });
  return { status: answer.status, ...((await answer.json()) as { url: string; until: string }) };
}

function here(link: string): string {
  return link.replace("https://floe.example", url);
}

it.each([
  ["the data folder", () => undefined],
  ["S3", () => `s3://reports/${tenantId}/people.csv`],
])("a link fetches the file out of %s without a token", async (_where, fileUrl) => {
  const link = await linkTo(await completed(fileUrl()));
  const answer = await request(here(link.url));
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-disposition")).toMatch(
    /^attachment; filename="contacts-\d{4}-\d\d-\d\d\.csv"$/,
  );
  expect(answer.headers.get("content-length")).toBe(String(content.length));
  expect(answer.headers.get("cache-control")).toContain("no-store");
  expect(await answer.text()).toBe(content);
});

it("a link that was changed in any part, or for another purpose, opens nothing", async () => {
  const link = here((await linkTo(await completed())).url);
  const other = await completed();
  const changed = [
    link.replace(/until=\d+/, `until=${Math.floor(Date.now() / 1_000) + 9_999}`),
    link.replace(/exports\/[^/]+/, `exports/${other}`),
    link.replace(/tenant_id=[^&]+/, "tenant_id=other"),
    link.replace(/signature=.{4}/, "signature=AAAA"),
    link.replace(/&signature=.*/, ""),
    link.replace(/signature=.*/, "signature=%F0%9F%92%A9"),
  ];
  for (const forged of changed) {
    const answer = await request(forged);
    expect({ forged, status: answer.status }).toEqual({ forged, status: 403 });
    expect(await answer.text()).not.toContain("ann@example.com");
  }
});

it("a link whose time has passed says so", async () => {
  const exportId = await completed();
  const grant = { tenantId, exportId, until: new Date(Date.now() - 1_000) };
  const answer = await request(createDownloadLinks({ secret, publicUrl: url }).sign(grant));
  expect(answer.status).toBe(403);
  expect(await answer.json()).toMatchObject({ detail: expect.stringContaining("has passed") as string });
});

it("a link never outlives the file", async () => {
  const exportId = await completed();
  await database.pool.query(
    "update exports set expires_at = now() + interval '2 minutes' where export_id = $1",
    [exportId],
  );
  const { until } = await linkTo(exportId, { minutes: 60 });
  expect(Date.parse(until) - Date.now()).toBeLessThanOrEqual(2 * 60_000);
});

it("cleanup removes files whose time has come, from disk and S3, and a link then says what to do", async () => {
  const ids = [await completed(), await completed(`s3://reports/${tenantId}/old.csv`), await completed()];
  const links = await Promise.all(ids.map((id) => linkTo(id)));
  await database.pool.query(
    "update exports set expires_at = now() - interval '1 minute' where export_id = any ($1)",
    [ids.slice(0, 2)],
  );
  const objects = createObjectStore({ dataFolder, s3: s3.config });
  const store = createExportStore(database.pool);
  const activities = createExportDataActivities({
    store,
    sources: createExportSources(database.pool),
    objects,
  });
  const clean = (dryRun: boolean) =>
    new MockActivityEnvironment().run(() => activities.removeExpiredExports({ dryRun }));

  expect(await clean(true)).toEqual({ what: "exports", rows: 2 });
  expect((await request(here(links[0]?.url ?? ""))).status).toBe(200);
  expect(await clean(false)).toEqual({ what: "exports", rows: 2 });
  expect(await clean(false)).toEqual({ what: "exports", rows: 0 });
  expect(await Promise.all(links.map(async (link) => (await request(here(link.url))).status))).toEqual([
    409, 409, 200,
  ]);
  await expect(objects.stat(`s3://reports/${tenantId}/old.csv`)).rejects.toMatchObject({ kind: "NotFound" });
  objects.close();

  // Its row goes when its own retention has passed.
  await database.pool.query(
    "update exports set finished_at = now() - interval '91 days' where export_id = any ($1)",
    [ids],
  );
  expect(await createCleanupStore(database.pool, defaultRetention).deleteOld("exports")).toBe(2);
});

it("needs the token for everything but the download, and names what is wrong", async () => {
  expect((await request(`${url}/api/exports?tenant_id=${tenantId}`)).status).toBe(401);
  const post = (body: object) =>
    request(`${url}/api/exports`, { method: "POST", headers: authorization, body: JSON.stringify(body) });
  const refused = await post({ tenant_id: tenantId, kind: "contacts", event_kinds: ["open"] });
  expect(refused.status).toBe(422);
  expect(await refused.json()).toMatchObject({ problems: [{ field: "event_kinds" }] });
  expect((await post({ tenant_id: "nobody", kind: "contacts" })).status).toBe(404);
  const accepted = await post({ tenant_id: tenantId, kind: "contacts" });
  expect(accepted.status).toBe(202);
  const { export_id: exportId } = (await accepted.json()) as { export_id: string };
  const listed = await request(`${url}/api/exports?tenant_id=${tenantId}&limit=5`, {
    headers: authorization,
  });
  expect(await listed.json()).toMatchObject({ data: [{ export_id: exportId, kind: "contacts" }] });
  const path = `${url}/api/exports/${exportId}?tenant_id=${tenantId}`;
  expect((await request(path, { method: "DELETE", headers: authorization })).status).toBe(202);
});

it("a tenant's own key fetches the file without a link; another's does not see it", async () => {
  const exportId = await completed();
  const ask = asking(url, await keyOf(database, tenantId, "viewer"));
  const path = `/api/exports/${exportId}`;
  expect((await ask("GET", `${path}/download`)).body).toEqual({ text: content });
  expect((await ask("GET", path)).body).toMatchObject({ status: "completed", rows_written: 1 });
  expect((await ask("POST", `${path}/link`, {})).status).toBe(403);
  const other = await newAsker(database, url);
  for (const hidden of [path, `${path}/download`]) expect((await other.ask("GET", hidden)).status).toBe(404);
  expect((await other.ask("POST", `${path}/link`, {})).status).toBe(404);
  expect((await other.ask("GET", "/api/exports")).body).toEqual({ data: [], next: null });
});
