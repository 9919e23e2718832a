import { readdir } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Api } from "../../api/server.js";
import { request, runApi } from "../api/fixture.js";
import { makeFolder } from "../export/folder.js";
import { until } from "../support/until.js";
import { createAudience, startWorld, type World } from "../support/world.js";
import { allPages, asking, keyOf, newAsker, type Ask } from "../api/asking.js";

const apiToken = "a-token-of-the-tests";
const authorization = { Authorization: `Bearer ${apiToken}` };
const csv = "email,first_name\nann@example.com,Ann\nbroken,Bob\n";

let world: World;
let api: Api;
let url: string;
let dataFolder: string;
let tenantId: string;

beforeAll(async () => {
  dataFolder = await makeFolder();
  world = await startWorld({ config: { dataFolder } });
  const { databaseUrl, redisUrl, temporal } = world.config;
  ({ api, url } = await runApi(databaseUrl, {
    apiToken,
    dataFolder,
    redisUrl,
    temporal,
    importMaxBytes: 5e6,
  }));
});
afterAll(() => api.close());
beforeEach(async () => {
  ({ tenantId } = await createAudience(world, { contacts: 0, domain: "http.example" }));
});

interface Answer {
  import_id: string;
  status: string;
  rows_imported: number;
  rows_refused: number;
  problems?: { field: string }[];
}

async function uploads(): Promise<string[]> {
  return readdir(join(dataFolder, "uploads")).catch(() => []);
}

async function post(path: string, init: RequestInit): Promise<{ status: number; answer: Answer }> {
  const response = await request(`${url}${path}`, {
    method: "POST",
    ...init,
    headers: { ...authorization, ...init.headers },
  });
  return { status: response.status, answer: (await response.json()) as Answer };
}

async function ended(importId: string): Promise<Answer> {
  let row: Answer | undefined;
  await until("the import's end", async () => {
    const response = await request(`${url}/api/imports/${importId}?tenant_id=${tenantId}`, {
      headers: authorization,
    });
    row = (await response.json()) as Answer;
    return row.status === "completed" || row.status === "failed";
  });
  return row as Answer;
}

describe("POST /api/imports", () => {
  it("takes the file as the body", async () => {
    const path = `/api/imports?tenant_id=${tenantId}&list=new&user_id=u1`;
    const { status, answer } = await post(path, {
      body: gzipSync(csv),
      headers: { "Content-Type": "application/gzip" },
    });
    expect(status).toBe(202);
    expect(await ended(answer.import_id)).toMatchObject({
      rows_imported: 1,
      rows_refused: 1,
      packing: "gzip",
    });
    const refused = await request(
      `${url}/api/imports/${answer.import_id}/refused.csv?tenant_id=${tenantId}`,
      {
        headers: authorization,
      },
    );
    expect(refused.headers.get("content-disposition")).toContain("attachment");
    expect(await refused.text()).toMatch(/^line,field,reason,email,first_name\n3,email,.*,broken,Bob\n$/);
  });

  it("takes the file of a form, with fields before it", async () => {
    const form = new FormData();
    form.set("tenant_id", tenantId);
    form.set("mapping", JSON.stringify({ col_0: "email", col_1: "attributes.city" }));
    form.set("has_header", "false");
    form.set("file", new Blob(["eva@example.com,Rome\n"]), "people.csv");
    const { status, answer } = await post("/api/imports", { body: form });
    expect(status).toBe(202);
    expect(await ended(answer.import_id)).toMatchObject({ rows_imported: 1 });
  });

  it.each([
    ["an unknown tenant", "?tenant_id=nobody", 404, undefined],
    ["a field that there is not", `?tenant_id=x&colour=red`, 422, "colour"],
    ["a mapping that is no JSON", `?tenant_id=x&mapping=a`, 422, "mapping"],
    ["a header that is neither true nor false", `?tenant_id=x&has_header=maybe`, 422, "has_header"],
  ])("refuses %s", async (_what, query, expected, field) => {
    const { status, answer } = await post(`/api/imports${query}`, {
      body: csv,
      headers: { "Content-Type": "text/csv" },
    });
    expect(status).toBe(expected);
    if (field !== undefined) expect(answer.problems).toMatchObject([{ field }]);
  });

  it("refuses a body that is too large, and a form without a file", async () => {
    const path = `/api/imports?tenant_id=${tenantId}`;
    const large = await post(path, { body: Buffer.alloc(6e6, "x"), headers: { "Content-Type": "text/csv" } });
    expect(large).toMatchObject({ status: 422, answer: { problems: [{ field: "file" }] } });
    const form = new FormData();
    form.set("tenant_id", tenantId);
    expect(await post("/api/imports", { body: form })).toMatchObject({
      status: 422,
      answer: { problems: [{ field: "file" }] },
    });
    expect(await world.floe.imports.list({ tenantId })).toEqual([]);
  });

  it("refuses files of the server by name", async () => {
    const body = JSON.stringify({ tenant_id: tenantId, url: "file:///etc/passwd" });
    const { status, answer } = await post("/api/imports", {
      body,
      headers: { "Content-Type": "application/json" },
    });
    expect(status).toBe(422);
    expect(answer.problems).toMatchObject([{ field: "url" }]);
  });

  it.each([
    ["body", "text/csv", csv],
    [
      "form",
      "multipart/form-data; boundary=x",
      `--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n${csv}`,
    ],
  ])("a %s that is cut off leaves nothing", async (_what, type, begun) => {
    const sending = httpRequest(`${url}/api/imports?tenant_id=${tenantId}`, {
      method: "POST",
      headers: { ...authorization, "Content-Type": type, "Content-Length": "1000" },
    });
    const cut = new Promise((resolve) => sending.once("error", resolve));
    sending.write(begun);
    await until("a part of the upload", async () => (await uploads()).length === 1);
    sending.destroy(new Error("cut"));
    await cut;
    await until("the part's end", async () => (await uploads()).length === 0);
    expect(await world.floe.imports.list({ tenantId })).toEqual([]);
  });
});

describe("/api/queue/leads/import", () => {
  const path = "/api/queue/leads/import";
  const json = { "Content-Type": "application/json" };

  it("imports rows of the request, and says how far it is", async () => {
    const leads = [
      { email: "ann@example.com", name: "Ann", plan: "pro", age: 41 },
      { email: "broken", name: "=Bob" },
      { email: "cy@example.com", firstName: 'Cy, the "third"' },
    ];
    const body = JSON.stringify({ tenant_id: tenantId, user_id: "u1", leads });
    const { status, answer } = await post(path, { body, headers: json });
    expect(status).toBe(202);
    await ended(answer.import_id);
    const progress = await request(`${url}${path}?importId=${answer.import_id}&tenant_id=${tenantId}`, {
      headers: authorization,
    });
    expect(await progress.json()).toMatchObject({
      status: "completed",
      rows_read: 3,
      rows_imported: 2,
      rows_refused: 1,
    });
    const [ann, cy] = await world.floe.contacts.list({ tenantId });
    expect(ann).toMatchObject({ name: "Ann", attributes: { plan: "pro", age: "41" } });
    expect(cy).toMatchObject({ firstName: 'Cy, the "third"' });
    const cancel = await request(`${url}${path}?importId=${answer.import_id}&tenant_id=${tenantId}`, {
      method: "DELETE",
      headers: authorization,
    });
    expect(cancel.status).toBe(409);
  });

  it.each([
    ["no leads", { leads: [] }, "leads"],
    ["leads without an email", { leads: [{ name: "Ann" }] }, "leads"],
    ["a value that is an object", { leads: [{ email: { $ne: 1 } }] }, "leads.0.email"],
    ["what is no list", { leads: "all" }, "leads"],
  ])("refuses %s and writes nothing", async (_what, wrong, field) => {
    const body = JSON.stringify({ tenant_id: tenantId, ...wrong });
    const { status, answer } = await post(path, { body, headers: json });
    expect({ status, field: answer.problems?.[0]?.field }).toEqual({ status: 422, field });
    expect(await world.floe.imports.list({ tenantId })).toEqual([]);
  });

  it("wants the token", async () => {
    expect((await request(`${url}${path}`, { method: "POST", body: "{}", headers: json })).status).toBe(401);
  });
});

describe("With a key of the tenant", () => {
  let ask: Ask;
  let key: string;
  beforeEach(async () => {
    key = await keyOf(world, tenantId, "operator");
    ask = asking(url, key);
  });

  async function send(file: string, query = "", by = key): Promise<{ status: number; importId: string }> {
    const response = await request(`${url}/api/imports${query}`, {
      method: "POST",
      body: file,
      headers: { Authorization: `Bearer ${by}`, "Content-Type": "text/csv" },
    });
    const { import_id: importId } = (await response.json()) as Answer;
    return { status: response.status, importId };
  }

  it("a file is imported, its refused rows come back, page by page and as a file, and nobody else's key sees it", async () => {
    const rows = Array.from({ length: 2_300 }, (_, i) => `broken${i}`);
    const { status, importId } = await send(["email", ...rows, "ann@example.com", ""].join("\n"));
    expect(status).toBe(202);
    const path = `/api/imports/${importId}`;
    await until("the import's end", async () => (await ask("GET", path)).body.status === "completed");
    expect((await ask("GET", path)).body).toMatchObject({ rows_imported: 1, rows_refused: rows.length });
    expect(await allPages(ask, `${path}/refusals?limit=1000`)).toHaveLength(rows.length);
    const { body } = await ask("GET", `${path}/refused.csv`);
    expect(String(body.text).trim().split("\n")).toHaveLength(rows.length + 1);

    const other = await newAsker(world, url);
    for (const hidden of [path, `${path}/refused.csv`, `${path}/refusals`])
      expect((await other.ask("GET", hidden)).status).toBe(404);
    expect((await other.ask("DELETE", path)).status).toBe(404);
    expect((await ask("POST", `${path}/resume`)).status).toBe(409);
    const { rows: audited } = await world.pool.query(
      "select action, outcome from audit_log where tenant_id = $1 order by audit_id",
      [tenantId],
    );
    expect(audited).toEqual([
      { action: "imports.upload", outcome: "done" },
      { action: "imports.resume", outcome: "refused: Conflict" },
    ]);
  });

  it("imports are listed by pages, and contacts fetched as a file", async () => {
    for (let i = 0; i < 3; i += 1) {
      const { importId } = await send(`email\np${i}@example.com\n`);
      const path = `/api/imports/${importId}`;
      await until("the import's end", async () => (await ask("GET", path)).body.status === "completed");
    }
    expect(await allPages(ask, "/api/imports?limit=1")).toHaveLength(3);
    const { body, headers } = await ask("GET", "/api/contacts/export.csv");
    expect(headers.get("content-disposition")).toContain("contacts.csv");
    expect(String(body.text).match(/^p\d@example\.com/gm)).toHaveLength(3);
  });

  it("neither files of the platform's buckets are had, nor other tenants named, nor rights exceeded", async () => {
    const theft = { url: "s3://reports/other/people.csv" };
    expect((await ask("POST", "/api/imports", theft)).status).toBe(403);
    expect((await ask("POST", "/api/exports", { kind: "contacts", url: theft.url })).status).toBe(403);
    expect((await send(csv, "?tenant_id=other")).status).toBe(403);
    expect((await send(csv, "", await keyOf(world, tenantId, "viewer"))).status).toBe(403);
    expect((await ask("GET", "/api/imports")).body.data).toEqual([]);
  });
});
