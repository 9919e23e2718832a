import { writeFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { createShop, messagesTo } from "../email/fixture.js";
import { startWorld, type World } from "../support/world.js";
import { floe } from "./cli-process.js";

let world: World;
let shop: Awaited<ReturnType<typeof createShop>>;
let env: Record<string, string>;

beforeAll(async () => {
  world = await startWorld();
  shop = await createShop(world);
  const { config } = world;
  env = {
    DATABASE_URL: config.databaseUrl,
    REDIS_URL: config.redisUrl,
    TEMPORAL_ADDRESS: config.temporal.address,
    TEMPORAL_NAMESPACE: config.temporal.namespace,
  };
});

const email = (...args: string[]) => floe(["email", ...args, "--tenant", shop.tenantId], env);

test("an email is sent with a file attached, awaited, shown and listed", async () => {
  const folder = await mkdtemp(join(tmpdir(), "floe-cli-email-"));
  const file = join(folder, "receipt.txt");
  await writeFile(file, "Thank you.");
  const options = ["--template", "hello", "--var", "first_name=Ann", "--from", "shop@example.com"];
  const sent = await email("send", "ann@cli.example", ...options, "--attach", file, "--wait");
  await rm(folder, { recursive: true });
  expect(sent).toMatchObject({ code: 0, stderr: "" });
  expect(sent.stdout).toMatch(/Status +sent/);
  expect(messagesTo(world, "ann@cli.example")[0]?.body).toContain("filename=receipt.txt");

  const listed = await email("list", "--to", "ann@cli.example");
  const [id = ""] = /[0-9a-f-]{36}/.exec(listed.stdout) ?? [];
  expect((await email("status", id)).stdout).toContain("ann@cli.example");
  expect(await email("cancel", id)).toMatchObject({
    code: 4,
    stderr: expect.stringContaining("is sent; it cannot be cancelled") as string,
  });
});

test("a later one is cancelled; what is wrong or unknown says so by its exit code", async () => {
  const at = new Date(Date.now() + 3_600_000).toISOString();
  const options = ["--template", "hello", "--from", "shop@example.com", "--at", at, "--json"];
  const { stdout } = await email("send", "bob@cli.example", ...options);
  const { emailId } = JSON.parse(stdout) as { emailId: string };
  expect(await email("cancel", emailId)).toMatchObject({ code: 0 });
  const wrong = await email("send", "bob", "--template", "hello", "--from", "shop@example.com");
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain("recipient: has no @");
  const unknown = await email("status", "0198c5d2-0000-7000-8000-000000000000");
  expect(unknown.code).toBe(3);
  expect((await floe(["email", "send", "--help"])).stdout).toContain("idempotency key");
});
