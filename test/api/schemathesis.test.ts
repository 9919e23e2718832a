import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { schemathesisEnvironment, isWhole, pythonWithSchemathesis } from "../setup/schemathesis.js";
import { startWorld } from "../support/world.js";
import { keyOf } from "./asking.js";
import { runApi } from "./fixture.js";
import { createTreasure } from "./treasure.js";

const apiToken = "a-token-of-the-platform";
let url: string;
let ownerKey: string;
let python: string;

beforeAll(async () => {
  python = await pythonWithSchemathesis();
  const world = await startWorld();
  const { redisUrl, temporal, secret, databaseUrl } = world.config;
  const over = { redisUrl, temporal, secret, apiToken, rateLimitEnabled: false };
  // The codec of Temporal's Web UI is switched on, so that it is asked, too.
  const { api, url: at } = await runApi(databaseUrl, { ...over, codecOrigin: "http://localhost:8233" });
  url = at;
  await createTreasure(world, "acme");
  ownerKey = await keyOf(world, "acme");
  return () => api.close();
}, 400_000);

const checks = [
  ...["not_a_server_error", "status_code_conformance", "content_type_conformance"],
  ...["response_schema_conformance", "response_headers_conformance", "ignored_auth"],
];
/** 503 until it is built, as it should be. */
const unbuilt = ["pages.dashboard", "pages.dashboard.page", "pages.dashboard.push_worker"].flatMap((id) => [
  "--exclude-operation-id",
  id,
]);

/** `npm run test:document` does every phase for everything, and more of it than the suite has time for. */
const made = isWhole
  ? ["--phases", "examples,coverage,fuzzing", "--max-examples", "30"]
  : ["--phases", "fuzzing", "--max-examples", "3", "--seed", "7"];
const limits = ["--phases", "coverage"];

/** What it found, in its own words; empty when that is nothing. */
async function findings(key: string, asked: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "floe-schemathesis-"));
  const args = [
    ...["-m", "schemathesis.cli", "run", `${url}/api/openapi.json`, "--url", url],
    ...["--header", `Authorization: Bearer ${key}`, "--checks", checks.join(",")],
    ...["--workers", "2", "--continue-on-failure", "--suppress-health-check", "all", "--warnings", "off"],
    ...["--request-timeout", "30", ...unbuilt, ...asked],
  ];
  try {
    // It keeps what it learned in the folder in which it runs.
    return await new Promise((resolve) => {
      execFile(
        python,
        args,
        { cwd: folder, env: schemathesisEnvironment, maxBuffer: 64 * 1024 * 1024 },
        (error, stdout, stderr) => resolve(error ? `${stdout}\n${stderr}` : ""),
      );
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const tagged = (tags: readonly string[]): string[] => tags.flatMap((tag) => ["--include-tag", tag]);

it("A tenant's requests made from the document get no 5xx, and answers that the document describes", async () => {
  expect(await findings(ownerKey, made)).toBe("");
}, 1_800_000);

it("so do the platform's", async () => {
  const tags = ["tenants", "schedules", "maintenance", "queues", "limits", "processes", "bounces"];
  expect(await findings(apiToken, [...made, ...tagged(tags)])).toBe("");
}, 1_800_000);

it.skipIf(isWhole)(
  "so do values at the limits of what everybody may send, without a key",
  async () => {
    const tags = ["links in mail", "callbacks", "sessions", "live updates"];
    expect(await findings(ownerKey, [...limits, ...tagged(tags)])).toBe("");
  },
  1_800_000,
);
