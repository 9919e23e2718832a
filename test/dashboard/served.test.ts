import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ensureDashboard } from "../../runtime/dashboard/build.js";
import { dashboardFolder } from "../../runtime/dashboard/folder.js";
import { runApi, request, type RunningApi } from "../api/fixture.js";
import { testDatabase } from "../setup/stack.js";

let running: RunningApi;
beforeAll(async () => {
  const [{ databaseUrl }] = await Promise.all([testDatabase(), ensureDashboard()]);
  running = await runApi(databaseUrl);
});
afterAll(() => running.api.close());

interface Chunk {
  file: string;
  imports?: string[];
  css?: string[];
}

const firstPage = "pages/overview/overview-page.tsx";
const mostBytes = 300_000;

it("the first load, with the first page, is less than 300 kB", async () => {
  const manifest = await readFile(join(dashboardFolder(), ".vite", "manifest.json"), "utf8");
  const chunks = JSON.parse(manifest) as Record<string, Chunk>;
  const files = new Set<string>(["index.html"]);
  const add = (name: string): void => {
    const { file, imports = [], css = [] } = chunks[name] as Chunk;
    if (files.has(file)) return;
    for (const one of [file, ...css]) files.add(one);
    imports.forEach(add);
  };
  for (const name of ["index.html", firstPage]) add(name);
  const sizes = [...files].map(
    async (file) => gzipSync(await readFile(join(dashboardFolder(), file))).length,
  );
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  expect(bytes).toBeLessThan(mostBytes);
});

it("the address of the API leads to the page; its files are packed and kept for good, the page is asked for each time", async () => {
  const root = await request(running.url);
  expect([root.status, root.headers.get("location")]).toEqual([302, "/dashboard"]);
  const page = await request(`${running.url}/dashboard/contacts/7?list=all`);
  expect([page.status, page.headers.get("cache-control")]).toEqual([200, "no-cache"]);
  const html = await page.text();
  const [, script = ""] = /src="(\/dashboard\/assets\/[^"]+\.js)"/.exec(html) ?? [];
  const answer = await request(`${running.url}${script}`, { headers: { "accept-encoding": "br" } });
  expect(answer.status).toBe(200);
  expect(answer.headers.get("cache-control")).toMatch(/max-age=31536000.*immutable/);
  expect(answer.headers.get("content-encoding")).toBe("br");
  expect((await request(`${running.url}/dashboard/assets/none-12345678.js`)).status).toBe(404);
  expect((await request(`${running.url}/elsewhere`)).status).toBe(404);
});

it("the page runs nothing but our own, by a policy with a nonce of its own each time", async () => {
  const load = async () => {
    const page = await request(`${running.url}/dashboard`);
    const policy = page.headers.get("content-security-policy") ?? "";
    return { policy, html: await page.text(), nonce: /'nonce-([^']+)'/.exec(policy)?.[1] ?? "" };
  };
  const [one, other] = [await load(), await load()];
  expect(one.nonce).toMatch(/^[A-Za-z0-9+/=]{24}$/);
  expect(one.nonce).not.toBe(other.nonce);
  expect(one.html).toContain(`nonce="${one.nonce}"`);
  expect(one.html).not.toContain("__NONCE__");
  expect(one.policy).not.toContain("unsafe");
});

it("a message is previewed in a document of no origin, where no script runs but ours", async () => {
  const frame = await request(`${running.url}/dashboard/preview-frame`);
  const policy = frame.headers.get("content-security-policy") ?? "";
  expect(policy).toMatch(/(^|; )sandbox allow-scripts($|;)/);
  expect(/script-src ([^;]*)/.exec(policy)?.[1]).toMatch(/^'sha256-[A-Za-z0-9+/=]{44}'$/);
  expect(policy).toContain("form-action 'none'");
});

it("what belongs to the installation is told to nobody who is not signed in", async () => {
  expect((await request(`${running.url}/api/dashboard`)).status).toBe(401);
});
