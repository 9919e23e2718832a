import { Command, Option } from "commander";
import type { Floe } from "../../client/connect.js";
import type { User, UserWithPassword } from "../../client/users.js";
import { memberRoles, type MemberRole } from "../../domain/access.js";
import { NotFound } from "../../domain/errors.js";
import type { Output } from "../output.js";
import { withFloe } from "../session.js";
import { parseCount } from "../values.js";
import { addInvitationCommands } from "./invitations.js";

export function usersCommand(): Command {
  const command = new Command("users").description("people who sign in, and what they may where");
  addCreate(command);
  addList(command);
  addAccess(command);
  addMembership(command);
  addTotpPolicy(command);
  addInvitationCommands(command);
  return command;
}

interface CreateOptions {
  name?: string;
  admin?: boolean;
  tenant?: string;
  role: MemberRole;
}

function addCreate(command: Command): void {
  command
    .command("create")
    .description("create a user, and show the password that they change when they first sign in")
    .argument("<email>", "by which they sign in")
    .option("--name <name>", "name shown to people")
    .option("--admin", "may everything, in every tenant")
    .option("-t, --tenant <tenant>", "where they belong to")
    .addOption(roleOption("what they may there").default("viewer"))
    .addHelpText(
      "after",
      "\nExample:\n  $ floe users create ann@acme.example --name Ann --tenant acme --role owner",
    )
    .action(
      withFloe(async (floe, output, email: string, { name, admin, tenant, role }: CreateOptions) => {
        // Asked first, so that no user is left behind who belongs nowhere.
        if (tenant !== undefined) await floe.tenants.get(tenant);
        const created = await floe.users.create({ email, name: name ?? email, admin, actor: "command" });
        const member =
          tenant === undefined
            ? created
            : await floe.users.addTo({ tenantId: tenant, userId: created.userId, role });
        showPassword(output, { ...member, password: created.password });
      }),
    );
}

function addList(command: Command): void {
  command
    .command("list")
    .description("users of a tenant, or everybody")
    .option("-t, --tenant <tenant>", "only those who belong to it")
    .option("--after <user>", "begin after this id")
    .option("--limit <n>", "rows", parseCount, 100)
    .action(
      withFloe(async (floe, output, options: { tenant?: string; after?: string; limit: number }) => {
        const { tenant, ...page } = options;
        const users = await floe.users.list({ tenantId: tenant ?? null, ...page });
        output.rows(
          users,
          [
            { title: "ID", value: (u) => u.userId },
            { title: "EMAIL", value: (u) => u.email },
            { title: "NAME", value: (u) => u.name },
            { title: "MAY", value: rightsOf },
            { title: "TOTP", value: (u) => u.totp },
            { title: "LAST SIGN-IN", value: (u) => u.lastSignedInAt },
            { title: "DISABLED", value: (u) => u.disabledAt },
          ],
          "No users yet. Create one: floe users create <email>",
        );
        if (users.length === page.limit) output.note(`More: --after ${users.at(-1)?.userId ?? ""}`);
      }),
    );
}

function addAccess(command: Command): void {
  const action = (
    name: string,
    description: string,
    work: (floe: Floe, user: User) => Promise<string>,
  ): void => {
    command
      .command(name)
      .description(description)
      .argument("<user>", "email or id")
      .action(
        withFloe(async (floe, output, user: string) => {
          const found = await findUser(floe, user);
          const said = await work(floe, found);
          output.result(await floe.users.get({ userId: found.userId }), said);
        }),
      );
  };
  action("disable", "let nobody in as this user any more, at once", async (floe, { userId, email }) => {
    await floe.users.disable({ userId });
    return `${email} is disabled; every session ended.`;
  });
  action("enable", "let a disabled user in again", async (floe, { userId, email }) => {
    await floe.users.enable({ userId });
    return `${email} may sign in.`;
  });
  action(
    "reset-totp",
    "take the second factor from somebody who lost it",
    async (floe, { userId, email }) => {
      await floe.users.resetTotp({ userId });
      return `${email} signs in without a code; every session ended.`;
    },
  );
  action("sign-out", "end every session of a user", async (floe, { userId, email }) => {
    const { ended } = await floe.users.signOut({ userId });
    return `${ended} sessions of ${email} ended.`;
  });
  command
    .command("reset-password")
    .description("give a user a new password, and end every session")
    .argument("<user>", "email or id")
    .action(
      withFloe(async (floe, output, user: string) => {
        const { userId } = await findUser(floe, user);
        showPassword(output, await floe.users.resetPassword({ userId }));
      }),
    );
}

function addMembership(command: Command): void {
  command
    .command("add-to")
    .description("add a user to a tenant, or change the role there")
    .argument("<user>", "email or id")
    .argument("<tenant>", "which")
    .addOption(roleOption("what they may there").makeOptionMandatory())
    .action(
      withFloe(async (floe, output, user: string, tenantId: string, { role }: { role: MemberRole }) => {
        const { userId, email } = await findUser(floe, user);
        output.result(
          await floe.users.addTo({ tenantId, userId, role }),
          `${email} is ${role} of ${tenantId}.`,
        );
      }),
    );
  command
    .command("remove-from")
    .description("remove a user from a tenant, at once")
    .argument("<user>", "email or id")
    .argument("<tenant>", "which")
    .action(
      withFloe(async (floe, output, user: string, tenantId: string) => {
        const { userId, email } = await findUser(floe, user);
        await floe.users.removeFrom({ tenantId, userId });
        output.result(await floe.users.get({ userId }), `${email} does not belong to ${tenantId}.`);
      }),
    );
}

function addTotpPolicy(command: Command): void {
  command
    .command("require-totp")
    .description("open a tenant only to who showed a code of TOTP")
    .argument("<tenant>", "which")
    .option("--off", "open it to everybody of it again")
    .action(
      withFloe(async (floe, output, tenantId: string, { off }: { off?: boolean }) => {
        const policy = await floe.users.setTotpPolicy({ tenantId, required: !off });
        output.result(policy, `${tenantId} is open ${off ? "without" : "only with"} a code of TOTP.`);
      }),
    );
}

function roleOption(description: string): Option {
  return new Option("-r, --role <role>", description).choices(memberRoles);
}

async function findUser(floe: Floe, user: string): Promise<User> {
  if (!user.includes("@")) return floe.users.get({ userId: user });
  const [found] = await floe.users.list({ email: user, limit: 1 });
  if (!found) throw new NotFound("user", user);
  return found;
}

function rightsOf({ admin, memberships }: User): string {
  const rights = memberships.map(({ tenantId, role }) => `${role} of ${tenantId}`);
  return [...(admin ? ["admin"] : []), ...rights].join(", ");
}

function showPassword(output: Output, user: UserWithPassword): void {
  output.fields(user, [
    ["User", user.userId],
    ["Email", user.email],
    ["May", rightsOf(user)],
    ["Password", user.password],
  ]);
  output.note(
    "The password is shown this once, is good for seven days, and is changed at the first sign-in.",
  );
}
