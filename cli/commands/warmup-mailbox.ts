import type { Command } from "commander";
import type { WarmupMailbox } from "../../client/warmup-mailboxes.js";
import { confirm } from "../confirm.js";
import { operator, type TenantOption } from "../operator.js";
import type { Output } from "../output.js";
import { withFloe } from "../session.js";
import { parseCount, readTextFile } from "../values.js";

interface MailboxOptions extends TenantOption {
  node?: string;
  host?: string;
  port?: number;
  starttls?: boolean;
  user?: string;
  passwordFile?: string;
  caFile?: string;
}

/** Below `floe warmup`. */
export function addMailboxCommand(warmup: Command): void {
  const command = warmup
    .command("mailbox")
    .description("mailboxes of your own that write to each other while they warm up; off by default");

  withSettings(command.command("add").argument("<address>", "of the mailbox"))
    .description("add a mailbox; it takes no part before it is opted in")
    .action(
      withFloe(async (floe, output, address: string, { tenant, ...options }: MailboxOptions) => {
        const { node = "", host = "" } = options;
        const { imapPassword = "", ...settings } = await settingsOf(options);
        show(
          output,
          await floe.warmupMailboxes.add({
            ...{ tenantId: tenant, address, ...settings },
            ...{ nodeId: node, imapHost: host, imapPassword },
          }),
        );
      }),
    );

  withSettings(ofMailbox(command, "set", "change how it is read; what is left out stays"), false).action(
    withFloe(async (floe, output, mailboxId: string, { tenant, ...options }: MailboxOptions) => {
      const edit = await settingsOf(options);
      show(output, await floe.warmupMailboxes.update({ tenantId: tenant, mailboxId, ...edit }));
    }),
  );

  command
    .command("list")
    .description("list them by address")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .action(
      withFloe(async (floe, output, { tenant }: TenantOption) => {
        output.rows(
          await floe.warmupMailboxes.list({ tenantId: tenant }),
          [
            { title: "MAILBOX", value: (m) => m.mailboxId },
            { title: "ADDRESS", value: (m) => m.address },
            { title: "NODE", value: (m) => m.nodeId },
            { title: "TAKES PART", value: (m) => m.optedInAt !== null },
            { title: "SENT", value: (m) => m.sent, align: "right" },
            { title: "IN JUNK", value: (m) => m.inJunk, align: "right" },
            { title: "PROBLEM", value: (m) => m.problem },
          ],
          "No mailboxes. Add one: floe warmup mailbox add <address> --tenant <tenant> --node <node> --host <host> --password-file <file>",
        );
      }),
    );

  ofMailbox(command, "check", "log in by IMAP, and say what is wrong").action(
    withFloe(async (floe, output, mailboxId: string, { tenant }: TenantOption) => {
      const checked = await floe.warmupMailboxes.check({ tenantId: tenant, mailboxId });
      if (checked.problem !== null) process.exitCode = 1;
      output.result(
        checked,
        checked.problem ??
          `It can be read. Spam is looked for in ${checked.junkFolder ?? "no folder: its server names none"}.`,
      );
    }),
  );

  ofMailbox(command, "opt-in", "let it write to the others that opted in, and react").action(
    withFloe(async (floe, output, mailboxId: string, { tenant }: TenantOption) => {
      show(output, await floe.warmupMailboxes.optIn({ tenantId: tenant, mailboxId, actor: operator() }));
    }),
  );

  ofMailbox(command, "opt-out", "stop all that it takes part in, at once").action(
    withFloe(async (floe, output, mailboxId: string, { tenant }: TenantOption) => {
      show(output, await floe.warmupMailboxes.optOut({ tenantId: tenant, mailboxId, actor: operator() }));
    }),
  );

  ofMailbox(command, "messages", "what it wrote and got, newest first").action(
    withFloe(async (floe, output, mailboxId: string, { tenant }: TenantOption) => {
      output.rows(
        await floe.warmupMailboxes.messages({ tenantId: tenant, mailboxId }),
        [
          { title: "DUE", value: (m) => m.dueAt },
          { title: "FROM", value: (m) => m.from },
          { title: "TO", value: (m) => m.to },
          { title: "STATUS", value: (m) => m.reason ?? m.status },
          { title: "FOUND", value: (m) => m.placement },
          { title: "DONE", value: (m) => m.actions.join(", ") },
        ],
        "It has written and got nothing yet.",
      );
    }),
  );

  ofMailbox(command, "remove", "forget it, with all that it wrote and got")
    .option("-y, --yes", "do not ask")
    .action(
      withFloe(async (floe, output, mailboxId: string, { tenant, yes }: TenantOption & { yes?: boolean }) => {
        if (!(await confirm(`Remove mailbox ${mailboxId} from the pool?`, yes)))
          return output.note("Nothing was changed.");
        await floe.warmupMailboxes.remove({ tenantId: tenant, mailboxId, actor: operator() });
        output.result({ mailboxId, removed: true }, `Mailbox ${mailboxId} is removed.`);
      }),
    );
}

function ofMailbox(mailboxes: Command, name: string, description: string): Command {
  return mailboxes
    .command(name)
    .description(description)
    .argument("<mailbox>", "its id")
    .requiredOption("-t, --tenant <tenant>", "whose");
}

function withSettings(command: Command, isNew = true): Command {
  const needed = (flags: string, text: string): Command =>
    isNew ? command.requiredOption(flags, text) : command.option(flags, text);
  if (isNew) command.requiredOption("-t, --tenant <tenant>", "whose");
  needed("--node <node>", "that its mail leaves from");
  needed("--host <host>", "of its IMAP server");
  needed("--password-file <file>", "file that holds its password, or an app password");
  return command
    .option("--port <port>", "default: 993, or 143 with --starttls", parseCount)
    .option("--starttls", "TLS begins by STARTTLS")
    .option("--user <name>", "default: its address")
    .option("--ca-file <file>", "PEM of the authority that signed the server's certificate");
}

async function settingsOf({
  node,
  host,
  port,
  starttls,
  user,
  passwordFile,
  caFile,
}: Omit<MailboxOptions, "tenant">) {
  const password =
    passwordFile === undefined ? undefined : await readTextFile("--password-file", passwordFile);
  return {
    ...(node !== undefined && { nodeId: node }),
    ...(host !== undefined && { imapHost: host }),
    ...(port !== undefined && { imapPort: port }),
    ...(starttls && { imapSecure: false }),
    ...(user !== undefined && { imapUser: user }),
    ...(password !== undefined && { imapPassword: password.replace(/\r?\n$/, "") }),
    ...(caFile !== undefined && { imapCa: await readTextFile("--ca-file", caFile) }),
  };
}

function show(output: Output, mailbox: WarmupMailbox): void {
  const { imapHost, imapPort, imapSecure, optedInAt, optedInBy, warmupId } = mailbox;
  output.fields(mailbox, [
    ["Mailbox", mailbox.mailboxId],
    ["Address", mailbox.address],
    ["Sends from", mailbox.nodeId],
    ["Read from", `${imapHost}:${imapPort} (${imapSecure ? "TLS" : "STARTTLS"})`],
    [
      "Takes part",
      optedInAt === null ? "no" : `since ${optedInAt.toISOString()}, by ${optedInBy ?? "nobody"}`,
    ],
    ["Warmup", warmupId ?? `none: floe warmup start mailbox ${mailbox.address} --preset mailbox`],
    ["Sent", mailbox.sent],
    ["In junk", mailbox.inJunk],
    ["Problem", mailbox.problem],
  ]);
}
