import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { makeFolder } from "../export/folder.js";
import { createAudience, startWorld } from "../support/world.js";
import { floe } from "./cli-process.js";

it("an export is started, shown, fetched and linked to by command; mistakes are told by field", async () => {
  const dataFolder = await makeFolder();
  const world = await startWorld({ config: { dataFolder } });
  const { tenantId } = await createAudience(world, { contacts: 12, domain: "cli.example" });
  const { databaseUrl, redisUrl, temporal, secret } = world.config;
  const environment = {
    ...{ DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, TEMPORAL_ADDRESS: temporal.address },
    ...{ TEMPORAL_NAMESPACE: temporal.namespace, FLOE_DATA: dataFolder },
  };
  const run = (args: string[], more: Record<string, string> = {}) =>
    floe(["exports", ...args, "--tenant", tenantId], { ...environment, ...more });

  expect((await run(["list"])).stdout).toContain("No exports yet");
  const started = await run(["start", "contacts", "--gzip", "--json"]);
  expect(started).toMatchObject({ code: 0 });
  const { exportId } = JSON.parse(started.stdout) as { exportId: string };
  const shown = await run(["show", exportId]);
  expect(shown.stdout).toMatch(/Rows +12/);
  expect(shown.stderr).toContain(`floe exports download ${exportId}`);

  const folder = await mkdtemp(join(tmpdir(), "floe-fetched-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "people.csv.gz");
  expect(await run(["download", exportId, path])).toMatchObject({ code: 0 });
  expect((await readFile(path)).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
  expect(await run(["download", exportId, path])).toMatchObject({
    code: 4,
    stderr: expect.stringContaining("--force") as string,
  });

  const unsigned = await run(["link", exportId]);
  expect(unsigned.code).not.toBe(0);
  expect(unsigned.stderr).toContain("FLOE_SECRET");
  const link = await run(["link", exportId], { FLOE_SECRET: secret, PUBLIC_URL: "https://floe.example" });
  expect(link.stdout).toContain(`https://floe.example/api/exports/${exportId}/download?`);

  const wrong = await run(["start", "contacts", "--event", "open"]);
  expect(wrong.code).not.toBe(0);
  expect(wrong.stderr).toContain("eventKinds: does not apply to contacts");
  expect(JSON.parse((await run(["list", "--json"])).stdout)).toHaveLength(1);
}, 120_000);
