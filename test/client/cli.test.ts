import { expect, test } from "vitest";
import { floe } from "./cli-process.js";

const nowhere = {
  DATABASE_URL: "postgres://u:p@127.0.0.1:9/floe",
  TEMPORAL_ADDRESS: "127.0.0.1:9",
  REDIS_URL: "redis://127.0.0.1:9",
};
const stack = /\n\s+at .*:\d+:\d+/;

test("help shows every command, examples and the exit codes", async () => {
  const { code, stdout } = await floe(["--help"]);
  expect(code).toBe(0);
  for (const word of [
    "contacts",
    "campaign",
    "dead-letters",
    "limits",
    "nodes",
    "suppressions",
    "dkim",
    "secrets",
    "imports",
  ]) {
    expect(stdout).toContain(word);
  }
  expect(stdout).toContain("Exit codes:");
  expect(stdout).toContain("$ floe campaign send");
  const one = await floe(["contacts", "import", "--help"]);
  expect(one).toMatchObject({ code: 0 });
  expect(one.stdout).toContain("--map col_0=email");
});

test("wrong usage ends with 2 and says which option is wrong", async () => {
  const wrong: [args: string[], said: RegExp][] = [
    [["nonsense"], /unknown command 'nonsense'/],
    [["campaign", "send"], /--tenant/],
    [["campaign", "set-rate", "x", "fast", "--tenant", "acme"], /number above zero/],
    [["campaign", "send", "x", "--tenant", "acme", "--at", "tomorrow"], /date and time with its zone/],
    [["limits", "set", "planet", "earth"], /Allowed choices are tenant, node, mailbox-provider/],
    [["contacts", "import", "f.csv", "--tenant", "acme", "--map", "email"], /name=value/],
    [["segments", "create", "s", "--tenant", "acme", "--filter", "{"], /It must be JSON/],
  ];
  const ends = await Promise.all(wrong.map(([args]) => floe(args, nowhere)));
  ends.forEach(({ code, stderr }, i) => {
    expect(stderr).toMatch(wrong[i]?.[1] ?? "");
    expect([wrong[i]?.[0], code]).toEqual([wrong[i]?.[0], 2]);
    expect(stderr).not.toMatch(stack);
  });
});

test("where no stack runs and none is named, it says so and what to do", async () => {
  const { code, stderr } = await floe(["tenants", "list"]);
  expect(code).toBe(2);
  expect(stderr).toContain("DATABASE_URL: is not set");
  expect(stderr).toContain("npm start");
  expect(stderr).not.toMatch(stack);
});

test("a part that is away ends with 5 and a sentence; the stack only with --debug", async () => {
  const { code, stdout, stderr } = await floe(["tenants", "list"], nowhere);
  expect(code).toBe(5);
  expect(stdout).toBe("");
  expect(stderr).toContain("Postgres is away.");
  expect(stderr).not.toMatch(stack);
  expect((await floe(["tenants", "list", "--debug"], nowhere)).stderr).toMatch(stack);
});

test("something that cannot be taken back is not done without being asked for", async () => {
  const { code, stderr } = await floe(["campaign", "cancel", "x", "--tenant", "acme"], nowhere);
  expect(code).toBe(2);
  expect(stderr).toContain("--yes");
});
