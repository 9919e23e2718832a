import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createTokens } from "../../mail/tracking-token.js";
import { floe } from "../client/cli-process.js";
import { createSnapshottedSend } from "../db/factories.js";
import { testDatabase } from "../setup/stack.js";
import { dsn, noSuchUser } from "./samples.js";

const { pool, databaseUrl } = await testDatabase();
const folder = await mkdtemp(join(tmpdir(), "floe-reports-"));
afterAll(() => rm(folder, { recursive: true }));
const secret = "a-secret-of-the-tests-for-links";
const env = {
  DATABASE_URL: databaseUrl,
  // Never asked: taking a report needs Postgres alone.
  REDIS_URL: "redis://127.0.0.1:1",
  TEMPORAL_ADDRESS: "127.0.0.1:1",
  FLOE_SECRET: secret,
};

async function reportFile(link: string): Promise<string> {
  const file = join(folder, `${randomUUID()}.eml`);
  await writeFile(file, dsn(noSuchUser, link));
  return file;
}

test("the command takes a report once, and lists it", { timeout: 120_000 }, async () => {
  const send = await createSnapshottedSend(pool, 1);
  const token = createTokens(secret).recipientToken(send.sendId, send.contactIds[0] ?? "");
  const file = await reportFile(`https://news.example.com/u/${token}`);
  const none = await floe(["bounces", "list", "--tenant", send.tenantId], env);
  expect(none.stdout + none.stderr).toContain("Nothing came back.");
  expect(await floe(["bounces", "take", file], env)).toMatchObject({
    code: 0,
    stdout: "hard bounce: recorded, and the address is suppressed.\n",
  });
  expect((await floe(["bounces", "take", file, "--json"], env)).stdout).toContain("repeated");
  const listed = await floe(["bounces", "list", "--tenant", send.tenantId], env);
  expect(listed.stdout).toContain(send.sendId);
  expect(listed.stdout).toMatch(/SOURCE.*\n.*smtp/);
  const ses = await floe(["bounces", "list", "--tenant", send.tenantId, "--source", "ses"], env);
  expect(ses.stdout + ses.stderr).toContain("Nothing came back.");
});

test("the command shows a message as it came, and reads it again", { timeout: 120_000 }, async () => {
  const send = await createSnapshottedSend(pool, 1);
  const token = createTokens(secret).recipientToken(send.sendId, send.contactIds[0] ?? "");
  const file = await reportFile(`https://news.example.com/u/${token}`);
  await floe(["bounces", "take", file], env);
  const { rows } = await pool.query<{ report_id: string }>(
    "select report_id from inbound_reports where send_id = $1",
    [send.sendId],
  );
  const one = [rows[0]?.report_id ?? "", "--tenant", send.tenantId];
  expect((await floe(["bounces", "show", ...one], env)).stdout).toContain("Diagnostic-Code: smtp; 550 5.1.1");
  expect((await floe(["bounces", "reprocess", ...one], env)).stdout).toContain("nothing was changed");
  expect((await floe(["bounces", "reprocess", "--unmatched"], env)).stdout).toContain("are matched now");
  expect((await floe(["bounces", "list"], env)).stderr).toContain("--unmatched");
});

test("a database that is away is told by the exit code, so that the mail server keeps the report", async () => {
  const file = await reportFile("https://example.com/none");
  const away = { ...env, DATABASE_URL: "postgres://floe@127.0.0.1:1/floe" };
  expect((await floe(["bounces", "take", file], away)).code).toBe(5);
  expect((await floe(["bounces", "take", `${file}.none`], env)).code).toBe(2);
}, 120_000);
