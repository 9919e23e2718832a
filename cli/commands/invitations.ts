import { Option, type Command } from "commander";
import { roles, type Role } from "../../domain/access.js";
import { withFloe } from "../session.js";
import { parseCount } from "../values.js";

interface InviteOptions {
  tenant?: string;
  role: Role;
  hours: number;
}

/** `floe users invite`, `invitations` and `withdraw`. */
export function addInvitationCommands(command: Command): void {
  command
    .command("invite")
    .description("make a link by which somebody joins, once; pass it on yourself")
    .argument("<email>", "of whom")
    .option("-t, --tenant <tenant>", "to which they belong then; without it, to the platform")
    .addOption(new Option("-r, --role <role>", "what they may then").choices(roles).makeOptionMandatory())
    .option("--hours <n>", "how long it is good", parseCount, 72)
    .action(
      withFloe(async (floe, output, email: string, { tenant, role, hours }: InviteOptions) => {
        const invitation = await floe.users.invite({
          ...{ email, role, tenantId: tenant ?? null, lastsMs: hours * 3_600_000, actor: "command" },
        });
        output.fields(invitation, [
          ["Invitation", invitation.invitationId],
          ["Good until", invitation.expiresAt],
        ]);
        // A cell is cut where it is long; a link must not be.
        if (!output.json) output.result(null, `Link        ${invitation.link}`);
      }),
    );
  command
    .command("invitations")
    .description("invitations, newest first")
    .option("-t, --tenant <tenant>", "to which; without it, to the platform")
    .option("--before <invitation>", "begin after this one")
    .option("--limit <n>", "rows", parseCount, 50)
    .action(
      withFloe(async (floe, output, options: { tenant?: string; before?: string; limit: number }) => {
        const { tenant, ...page } = options;
        output.rows(
          await floe.users.invitations({ tenantId: tenant ?? null, ...page }),
          [
            { title: "ID", value: (i) => i.invitationId },
            { title: "EMAIL", value: (i) => i.email },
            { title: "ROLE", value: (i) => i.role },
            { title: "GOOD UNTIL", value: (i) => i.expiresAt },
            { title: "ACCEPTED", value: (i) => i.acceptedAt },
            { title: "WITHDRAWN", value: (i) => i.withdrawnAt },
          ],
          "Nobody was invited.",
        );
      }),
    );
  command
    .command("withdraw")
    .description("withdraw an invitation: nobody joins by its link")
    .argument("<invitation>", "its id")
    .option("-t, --tenant <tenant>", "to which it is; without it, to the platform")
    .action(
      withFloe(async (floe, output, invitationId: string, { tenant }: { tenant?: string }) => {
        const ref = { invitationId, tenantId: tenant ?? null };
        output.result(await floe.users.withdrawInvitation(ref), `Withdrawn: ${invitationId}.`);
      }),
    );
}
