import { decodeQuotedPrintable } from "../support/mime-parts.js";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createAudience, createCampaign, startWorld, type World } from "../support/world.js";
import { floe, type CliEnd } from "./cli-process.js";

/** Each command is a process that loads its libraries: two seconds of CPU. */
const slow = 240_000;

let world: World;
let folder: string;
beforeAll(async () => {
  world = await startWorld();
  folder = await mkdtemp(join(tmpdir(), "floe-cli-"));
});
afterAll(() => rm(folder, { recursive: true }));

function run(...args: string[]): Promise<CliEnd> {
  return floe([...args, "--tenant", "acme"], environment());
}

function environment(): Record<string, string> {
  const { databaseUrl, redisUrl, temporal } = world.config;
  return {
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
  };
}

async function json(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await run(...args, "--json");
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout) as Record<string, unknown>;
}

test(
  "a campaign goes from a file to mailboxes by the command alone",
  async () => {
    await world.floe.tenants.create({ tenantId: "acme" });
    await world.floe.nodes.upsert({
      nodeId: "acme-1",
      tenantId: "acme",
      host: "127.0.0.1",
      port: world.smtp.port,
    });
    const people = join(folder, "people.csv");
    await writeFile(
      people,
      "email,first_name,city\nann@cli.example,Ann,Berlin\nbroken,Bob,Paris\neve@cli.example,Eve,Rome\n",
    );
    const html = join(folder, "hello.html");
    await writeFile(html, "<html><body><p>Hello {{first_name}} in {{city}}</p></body></html>");

    const imported = await json("contacts", "import", people, "--list", "news");
    expect(imported).toMatchObject({ status: "completed", rowsImported: 2, rowsRefused: 1 });
    await json("templates", "save", "hello", "--subject", "Hello {{first_name}}", "--html", html);
    const audience = ["--template", "hello", "--list", "news", "--from", "hi@cli.example"];
    const { campaignId } = await json("campaign", "create", "Hello", ...audience);
    const sent = await json("campaign", "send", String(campaignId));
    expect(sent).toMatchObject({ status: "completed", accountedFor: true, counts: { sent: 2 } });
    const messages = world.smtp.messages.filter(({ to }) =>
      to.some((address) => address.endsWith("@cli.example")),
    );
    expect(
      messages.map(({ body }) => /Hello (Ann in Berlin|Eve in Rome)/.test(decodeQuotedPrintable(body ?? ""))),
    ).toEqual([true, true]);

    const sendId = String(sent.sendId);
    const [again, refusals, recipients, dead, letters, late, unknown, wrong] = await Promise.all([
      run("campaign", "send", String(campaignId)),
      run("imports", "refusals", String(imported.importId)),
      run("campaign", "recipients", sendId),
      run("campaign", "recipients", sendId, "--status", "dead"),
      run("dead-letters", "list"),
      run("campaign", "pause", sendId),
      run("campaign", "status", uuidv7()),
      run("campaign", "status", "not-an-id"),
    ]);
    expect(again.stderr).toContain("This run was started before");
    expect(again.stdout).toMatch(/sent\s+2/);
    expect(refusals.stdout).toMatch(/LINE\s+FIELD\s+REASON[^]*3\s+email/);
    expect(recipients.stdout).toContain("ann@cli.example");
    expect(dead.stdout).toBe("No recipient here.\n");
    expect(letters.stdout).toMatch(/import\.row\s+import \S+ line 3/);
    expect(late.stderr).toContain("is completed; it cannot be paused");
    expect([late.code, unknown.code, wrong.code]).toEqual([4, 3, 2]);
  },
  slow,
);

test(
  "a file that is not there makes the import fail with a sentence",
  async () => {
    await world.floe.tenants.create({ tenantId: "acme" });
    const { code, stderr, stdout } = await run(
      "contacts",
      "import",
      join(folder, "missing.csv"),
      "--list",
      "news",
    );
    expect(code).toBe(1);
    expect(stdout).toMatch(/Status\s+failed/);
    expect(stdout).toMatch(/Reason\s+\S+/);
    expect(stderr).not.toMatch(/\n\s+at /);
  },
  slow,
);

test(
  "Ctrl-C stops the watching and says that the send goes on",
  async () => {
    const { tenantId } = await createAudience(world, { contacts: 2, domain: "watched.example" });
    const { campaignId } = await createCampaign(world, tenantId);
    const at = new Date(Date.now() + 3_600_000).toISOString();
    const args = ["campaign", "send", campaignId, "--tenant", tenantId, "--at", at];
    const { code, stderr } = await floe(args, environment(), { interruptAt: "scheduled" });
    expect(code).toBe(130);
    expect(stderr).toContain("Stopped watching. The send goes on: floe campaign status");
    const [send] = await world.floe.campaigns.sends({ tenantId });
    expect(send?.status).toBe("scheduled");
    await world.floe.campaigns.cancel({ tenantId, sendId: send?.sendId ?? "" });
  },
  slow,
);
