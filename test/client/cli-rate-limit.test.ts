import { beforeAll, expect, test } from "vitest";
import { testDatabase, testRedis } from "../setup/stack.js";
import { uniqueName } from "../throttle/factory.js";
import { floe } from "./cli-process.js";

let env: Record<string, string>;

beforeAll(async () => {
  const [{ databaseUrl }, { url }] = await Promise.all([testDatabase(), testRedis()]);
  env = { DATABASE_URL: databaseUrl, REDIS_URL: url, TEMPORAL_ADDRESS: "127.0.0.1:1" };
});

test("requests are counted, refused with exit code 1, shown and forgotten", async () => {
  const tenant = ["--tenant", uniqueName("tenant")];
  const check = (cost: string) =>
    floe(["rate-limit", "check", ...tenant, "--limit", "leads-import", "--cost", cost], env);
  expect(await check("9")).toMatchObject({ code: 0, stdout: "Allowed; 1 more at once.\n" });
  const refused = await check("8");
  expect(refused.code).toBe(1);
  expect(refused.stdout).toMatch(/^Refused; allowed again in \d+ ms\.$/m);
  const status = await floe(["--json", "rate-limit", "status", ...tenant], env);
  const { limits } = JSON.parse(status.stdout) as { limits: { limit: string; remaining: number }[] };
  expect(limits.find(({ limit }) => limit === "email-sending")).toMatchObject({ remaining: 2000 });
  expect((await floe(["rate-limit", "reset", ...tenant, "--yes"], env)).code).toBe(0);
  expect(await check("10")).toMatchObject({ code: 0 });
});

test("switched off by the environment, everything is allowed; Redis away is told by exit code 5", async () => {
  const args = ["rate-limit", "check", "--tenant", uniqueName("tenant"), "--limit", "leads-import"];
  const off = { ...env, RATE_LIMIT_ENABLED: "false", REDIS_URL: "redis://127.0.0.1:1" };
  expect(await floe([...args, "--cost", "10"], off)).toMatchObject({ code: 0 });
  const away = await floe(args, { ...env, REDIS_URL: "redis://127.0.0.1:1" });
  expect(away).toMatchObject({ code: 5, stderr: expect.stringContaining("Redis is away") as string });
});
