import { beforeAll, describe, expect, it } from "vitest";
import { createUsersOf } from "../../client/parts.js";
import type { Users } from "../../client/users.js";
import { createTenantPool, asTenant } from "../../db/tenant-pool.js";
import { createTenantStore } from "../../db/tenants.js";
import { testDatabase, type TestDatabase } from "../setup/stack.js";
import { floe } from "../client/cli-process.js";
import { sealerOf } from "../support/keys.js";

/** Each command is a process that loads its libraries. */
const slow = 120_000;
const strong = "tall giraffes hum at noon";
let database: TestDatabase;
let users: Users;

beforeAll(async () => {
  database = await testDatabase();
  users = createUsersOf(database.pool, sealerOf(), { publicUrl: "https://floe.example" });
  for (const tenantId of ["acme", "other"])
    await createTenantStore(database.pool).createTenant({ tenantId, name: tenantId, providerChoice: "auto" });
});

let count = 0;
const address = () => `person${(count += 1)}@people.example`;
const create = (over = {}) => users.create({ email: address(), name: "Somebody", ...over });
const tokenOf = (link: string) => link.split("/").at(-1) ?? "";

describe("Users", () => {
  it("are created once an address, whatever its capitals, with a password that is shown once", async () => {
    const created = await create({ email: "Ann@People.Example" });
    expect(created).toMatchObject({ email: "ann@people.example", mustChangePassword: true, memberships: [] });
    expect(created.password).toMatch(/^([0-9a-z]{4}-){4}[0-9a-z]{4}$/);
    await expect(create({ email: "ann@people.example" })).rejects.toMatchObject({ kind: "Conflict" });
    const { rows } = await database.pool.query("select * from users where user_id = $1", [created.userId]);
    expect(JSON.stringify([rows, await users.list()])).not.toContain(created.password);
    await expect(create({ email: "nobody" })).rejects.toMatchObject({ problems: [{ field: "email" }] });
  });

  it("belong to tenants, each of which sees its own and nothing of the others", async () => {
    const { userId } = await create();
    await users.addTo({ tenantId: "acme", userId, role: "viewer" });
    await users.addTo({ tenantId: "other", userId, role: "owner" });
    const seen = await users.get({ tenantId: "acme", userId });
    expect(seen.memberships).toEqual([{ tenantId: "acme", role: "viewer" }]);
    expect((await users.setRole({ tenantId: "acme", userId, role: "operator" })).memberships).toEqual([
      { tenantId: "acme", role: "operator" },
    ]);
    await users.removeFrom({ tenantId: "acme", userId });
    await expect(users.get({ tenantId: "acme", userId })).rejects.toMatchObject({ kind: "NotFound" });
    await expect(users.setRole({ tenantId: "acme", userId, role: "owner" })).rejects.toMatchObject({
      kind: "NotFound",
    });
    expect((await users.list({ tenantId: "acme" })).map((user) => user.userId)).not.toContain(userId);
    await expect(users.addTo({ tenantId: "nowhere", userId, role: "viewer" })).rejects.toThrow(
      "tenant nowhere",
    );
  });

  it("are seen by nothing that serves tenants, not even for the platform", async () => {
    await create();
    const pool = createTenantPool(database.databaseUrl);
    for (const table of [
      "users",
      "memberships",
      "sessions",
      "invitations",
      "recovery_codes",
      "user_identities",
    ]) {
      const { rows } = await asTenant(null, () => pool.query(`select from ${table}`));
      expect(rows).toHaveLength(0);
    }
    await pool.end();
  });

  it("are disabled and enabled, but never the only admin", async () => {
    const [first, second] = [await create({ admin: true }), await create({ admin: true })];
    const ends = await Promise.allSettled([first, second].map(({ userId }) => users.disable({ userId })));
    expect(ends.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    for (const { userId } of [first, second]) expect((await users.enable({ userId })).disabledAt).toBeNull();
    await expect(users.disable({ userId: "0198c5d2-0000-7000-8000-000000000000" })).rejects.toMatchObject({
      kind: "NotFound",
    });
  });
});

describe("An invitation", () => {
  it("makes its address a user of the tenant, once, with a password that is not easy to guess", async () => {
    const email = address();
    const { link } = await users.invite({ tenantId: "acme", email, role: "operator" });
    const token = tokenOf(link);
    expect(link).toBe(`https://floe.example/invitation/${token}`);
    const accept = (password: string) => users.acceptInvitation({ token, name: "Bob", password });
    for (const weak of ["kurz", "password1234", "aaaaaaaaaaaaaaaa", `${email}1`]) {
      const refused = await accept(weak).catch((error: unknown) => error);
      expect(refused).toMatchObject({ kind: "InvalidInput", problems: [{ field: "password" }] });
      expect(String(refused)).not.toContain(weak);
    }
    const ends = await Promise.allSettled([accept(strong), accept(strong)]);
    expect(ends.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const [joined] = await users.list({ tenantId: "acme", email });
    expect(joined).toMatchObject({ name: "Bob", memberships: [{ tenantId: "acme", role: "operator" }] });
    await expect(accept(strong)).rejects.toMatchObject({ kind: "NotFound" });
  });

  it("adds who is a user already, and is not good when withdrawn, over or another's", async () => {
    const { email, userId } = await create();
    const { link } = await users.invite({ tenantId: "other", email, role: "viewer" });
    await users.acceptInvitation({ token: tokenOf(link) });
    expect((await users.get({ userId })).memberships).toEqual([{ tenantId: "other", role: "viewer" }]);
    const next = await users.invite({ tenantId: "acme", email, role: "viewer" });
    const { invitationId } = next;
    await expect(users.withdrawInvitation({ tenantId: "other", invitationId })).rejects.toMatchObject({
      kind: "NotFound",
    });
    await users.withdrawInvitation({ tenantId: "acme", invitationId });
    await expect(users.acceptInvitation({ token: tokenOf(next.link) })).rejects.toMatchObject({
      kind: "NotFound",
    });
    const over = await users.invite({ tenantId: "acme", email, role: "viewer" });
    await database.pool.query("update invitations set expires_at = now() where invitation_id = $1", [
      over.invitationId,
    ]);
    await expect(users.readInvitation(tokenOf(over.link))).rejects.toMatchObject({ kind: "NotFound" });
    expect(JSON.stringify(await users.invitations({ tenantId: "acme" }))).not.toContain(tokenOf(over.link));
  });

  it("to the platform is for admins, to a tenant for none", async () => {
    const invite = users.invite({ email: address(), role: "owner" });
    await expect(invite).rejects.toMatchObject({ problems: [{ field: "role" }] });
    const toTenant = users.invite({ tenantId: "acme", email: address(), role: "admin" });
    await expect(toTenant).rejects.toMatchObject({ problems: [{ field: "role" }] });
  });
});

it("floe users creates, lists, adds, resets and disables", { timeout: slow }, async () => {
  const run = (...args: string[]) =>
    floe(["users", ...args], {
      DATABASE_URL: database.databaseUrl,
      TEMPORAL_ADDRESS: "127.0.0.1:1",
      REDIS_URL: "redis://127.0.0.1:1",
    });
  const email = address();
  const created = await run("create", email, "--tenant", "acme", "--role", "owner");
  expect(created.stdout).toContain("owner of acme");
  const before = /Password\s+(\S+)/.exec(created.stdout)?.[1];
  const reset = await run("reset-password", email, "--json");
  const { password, userId } = JSON.parse(reset.stdout) as { password: string; userId: string };
  expect(password).not.toBe(before);
  const [listed, added, invited] = await Promise.all([
    run("list", "--tenant", "acme"),
    run("add-to", email, "other", "--role", "viewer"),
    run("invite", address(), "--tenant", "acme", "--role", "viewer"),
  ]);
  expect(listed.stdout).toContain(email);
  expect(listed.stdout).not.toContain(password);
  expect(added.stdout).toBe(`${email} is viewer of other.\n`);
  expect(invited.stdout).toMatch(/Link\s+\/invitation\/\S{43}\n/);
  const [removed, disabled, unknown, king] = await Promise.all([
    run("remove-from", email, "other"),
    run("disable", userId),
    run("disable", "no@body.example"),
    run("add-to", email, "acme", "--role", "king"),
  ]);
  expect(removed.stdout).toContain("does not belong to other");
  expect(disabled.stdout).toContain("is disabled");
  expect([unknown.code, king.code]).toEqual([3, 2]);
});
