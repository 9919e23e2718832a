import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { environment } from "../../runtime/config.js";
import { connectFloe } from "../../client/connect.js";
import { loadEndpoints } from "../../runtime/endpoints.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "floe-start-"));
  await chmod(folder, 0o711);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Started {
  pid: number;
  /** Everything printed so far. */
  output: () => string;
  exited: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

function start(args: string[], env: NodeJS.ProcessEnv = {}): Started {
  const child = spawn(process.execPath, ["--import", "tsx", "cli/start.ts", ...args], {
    cwd: root,
    env: { ...environment(), ...env },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const exited = once(child, "close").then(([code]) => ({ code: code as number | null, stdout, stderr }));
  return { pid: child.pid as number, output: () => stdout + stderr, exited };
}

async function until(condition: () => boolean, started: Started): Promise<void> {
  let ended = false;
  void started.exited.then(() => (ended = true));
  await expect.poll(() => ended || condition(), { timeout: 110_000, interval: 100 }).toBe(true);
  if (!condition()) throw new Error(started.output());
}

/** Somebody who is told by email, without anything set, finds it in the inbox of this machine; a browser finds a key. */
async function expectCapturedNotification(data: string): Promise<void> {
  const { inboxUrl, ...endpoints } = loadEndpoints(data) ?? {};
  const floe = await connectFloe({ ...endpoints, dataFolder: data });
  try {
    const email = "ann@people.example";
    await floe.tenants.create({ tenantId: "told" });
    const { userId } = await floe.users.create({ email, name: "Ann" });
    await floe.users.addTo({ tenantId: "told", userId, role: "operator" });
    await floe.notifications.test({ tenantId: "told", user: userId, channel: "email" });
    const captured = async () => await (await fetch(`${inboxUrl}/api/messages`)).text();
    await expect.poll(captured, { timeout: 60_000, interval: 100 }).toContain(email);
    expect((await floe.notifications.webPushKey()).publicKey).toMatch(/^[\w-]{87}$/);
  } finally {
    await floe.close();
  }
}

describe("npm start", () => {
  it("sends the demo and accounts for every recipient in its last line", { timeout: 180_000 }, async () => {
    const data = join(folder, "demo");
    const { code, stdout, stderr } = await start(["--data", data, "--exit-after-demo"]).exited;
    expect(stderr).not.toMatch(/^\s+at /m);
    const summary = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as {
      recipients: number;
      accountedFor: boolean;
      counts: Record<string, number>;
    };
    expect(summary.accountedFor).toBe(true);
    expect(summary.recipients).toBeGreaterThan(950);
    expect(summary.counts.sent).toBe(summary.recipients);
    expect(code).toBe(0);
  });

  it(
    "uses the servers that the environment names, and stops in order on Ctrl-C",
    { timeout: 180_000 },
    async () => {
      const data = join(folder, "external");
      const { postgres, redis, temporal } = inject("stack");
      const database = { DATABASE_URL: `${postgres}/postgres`, REDIS_URL: redis, TEMPORAL_ADDRESS: temporal };
      const started = start(["--data", data, "--no-demo"], { ...database });
      await until(() => started.output().includes("Floe runs"), started);
      expect(started.output()).not.toMatch(/✓ (Postgres|Redis|Temporal)/);
      expect(started.output()).toMatch(
        /Sign in at http:\S+\/sign-in as admin@floe\.local with [0-9a-z-]{24}\n/,
      );
      expect(loadEndpoints(data)?.temporalAddress).toBe(temporal);
      const keyFile = join(data, "encryption-keys");
      expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
      const encryptionKeys = loadEndpoints(data)?.encryptionKeys;
      expect(encryptionKeys).toMatch(/^local:[A-Za-z0-9+/]{43}=$/);
      expect(encryptionKeys).toBe(await readFile(keyFile, "utf8"));
      expect(started.output()).not.toContain(encryptionKeys);
      await expectCapturedNotification(data);
      const second = await start(["--data", data]).exited;
      expect(second).toMatchObject({ code: 1, stdout: expect.stringContaining("Starting") as unknown });
      expect(second.stderr).toMatch(/^Floe already runs on .* choose another folder with --data\.\n$/);
      process.kill(started.pid, "SIGINT");
      const { code, stdout } = await started.exited;
      expect(code).toBe(0);
      expect(stdout).toContain("Stopped.");
      expect(loadEndpoints(data)).toBeNull();
    },
  );

  it("gives up with one sentence when a server that was named is away", { timeout: 120_000 }, async () => {
    const { redis, temporal } = inject("stack");
    const env = { DATABASE_URL: "postgres://127.0.0.1:1/floe", REDIS_URL: redis, TEMPORAL_ADDRESS: temporal };
    const args = ["--data", join(folder, "away"), "--no-demo"];
    const { code, stdout, stderr } = await start(args, env).exited;
    expect(stdout, stderr).toContain("Waiting for Postgres at 127.0.0.1:1");
    expect(stderr).toMatch(/^Gave up after 30 s\. Postgres at .* start it or correct DATABASE_URL\.\n$/);
    expect(code).toBe(1);
  });

  it("refuses what it does not understand, all at once", async () => {
    const { code, stderr } = await start(["--colour", "--api-port", "x"], { SMTP_URL: "mail" }).exited;
    expect(stderr).toContain("--colour");
    expect(stderr).toContain("--api-port");
    expect(code).toBe(2);
  });
});
