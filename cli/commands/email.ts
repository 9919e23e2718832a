import { Command, Option } from "commander";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Email } from "../../client/emails.js";
import { InvalidInput } from "../../domain/errors.js";
import { lanes, type Lane } from "../../domain/lanes.js";
import {
  recipientStatuses,
  unknownResolutions,
  type RecipientStatus,
  type UnknownResolution,
} from "../../domain/recipient-status.js";
import { operator } from "../operator.js";
import type { Output } from "../output.js";
import { withFloe } from "../session.js";
import { collectPairs, parseCount, parseInstant, readTextFile } from "../values.js";

interface SendOptions {
  tenant: string;
  template?: string;
  subject?: string;
  html?: string;
  text?: string;
  var?: Record<string, string>;
  campaign?: string;
  from?: string;
  fromName?: string;
  cc?: string[];
  bcc?: string[];
  replyTo?: string;
  attach?: string[];
  header?: Record<string, string>;
  lane?: Lane;
  at?: Date;
  key?: string;
  wait?: boolean;
}

interface ListOptions {
  tenant: string;
  status?: RecipientStatus;
  campaign?: string;
  to?: string;
  before?: string;
  limit: number;
}

export function emailCommand(): Command {
  const command = new Command("email").description("single emails: receipts, passwords, codes");
  addSend(command);
  addStatus(command);
  addList(command);
  addSteering(command);
  addResolve(command);
  return command;
}

function addSend(command: Command): void {
  command
    .command("send")
    .description("send one email; it is durable when its id is printed")
    .argument("<recipient>", "the address it goes to")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("--template <template>", "a template's name or id; or else a subject and a file:")
    .option("--subject <text>", "subject line")
    .option("--html <file>", "file with the html part")
    .option("--text <file>", "file with the text part; absent: made from the html")
    .option("--var <name=value>", "a variable of the template; may be repeated", collectPairs)
    .option("-c, --campaign <campaign>", "gives it its sender, tracking and List-Unsubscribe")
    .option("--from <address>", "the sender; absent: the campaign's")
    .option("--from-name <name>", "the sender's name")
    .option("--cc <address...>", "copies")
    .option("--bcc <address...>", "blind copies")
    .option("--reply-to <address>", "where answers go")
    .option("--attach <file...>", "attachments, 10 MB in all")
    .option("--header <name=value>", "another header; may be repeated", collectPairs)
    .addOption(new Option("--lane <lane>", "its urgency").choices(lanes))
    .option("--at <instant>", "when it leaves, such as 2026-12-01T09:00:00Z; absent: at once", parseInstant)
    .option("--key <key>", "idempotency key: a repeat under the same key is the same email")
    .option("-w, --wait", "stay until it is settled")
    .addHelpText(
      "after",
      `
Examples:
  $ floe email send ann@example.com --tenant acme --template receipt --var number=7 --from shop@acme.example
  $ floe email send ann@example.com --tenant acme --subject 'Your code' --text code.txt --from id@acme.example --key code-1`,
    )
    .action(
      withFloe(async (floe, output, recipient: string, options: SendOptions) => {
        const sent = await floe.emails.send({
          tenantId: options.tenant,
          recipient,
          template: options.template,
          subject: options.subject,
          html: options.html === undefined ? undefined : await readTextFile("--html", options.html),
          text: options.text === undefined ? undefined : await readTextFile("--text", options.text),
          variables: options.var,
          campaignId: options.campaign,
          fromEmail: options.from,
          fromName: options.fromName,
          cc: options.cc,
          bcc: options.bcc,
          replyTo: options.replyTo,
          attachments: await Promise.all((options.attach ?? []).map(readAttachment)),
          headers: options.header,
          lane: options.lane,
          sendAt: options.at,
          idempotencyKey: options.key,
          actor: operator(),
        });
        if (options.wait) return showEmail(await floe.emails.wait(sent), output);
        const what = sent.created ? "is on its way" : "was asked for before under this key";
        output.result(sent, `Email ${sent.emailId} ${what}.`);
      }),
    );
}

async function readAttachment(path: string): Promise<{ filename: string; content: Buffer }> {
  try {
    return { filename: basename(path), content: await readFile(path) };
  } catch (error) {
    throw new InvalidInput([{ field: "--attach", problem: `${path}: cannot be read` }], { cause: error });
  }
}

function addStatus(command: Command): void {
  command
    .command("status")
    .description("what became of an email")
    .argument("<email>", "its id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("-w, --wait", "stay until it is settled")
    .action(
      withFloe(
        async (floe, output, emailId: string, { tenant, wait }: { tenant: string; wait?: boolean }) => {
          const email = { tenantId: tenant, emailId };
          showEmail(await (wait ? floe.emails.wait(email) : floe.emails.status(email)), output);
        },
      ),
    );
}

function addList(command: Command): void {
  command
    .command("list")
    .description("list emails, newest first")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .addOption(new Option("--status <status>", "with a recipient in this status").choices(recipientStatuses))
    .option("-c, --campaign <campaign>", "only of this campaign")
    .option("--to <address>", "only to this address, copies included")
    .option("--before <email>", "begin before this email")
    .option("--limit <n>", "rows", parseCount, 20)
    .action(
      withFloe(async (floe, output, { tenant, campaign, to, ...page }: ListOptions) => {
        const query = { tenantId: tenant, campaignId: campaign, recipient: to, ...page };
        const emails = await floe.emails.list(query);
        output.rows(
          emails,
          [
            { title: "EMAIL", value: (e) => e.emailId },
            { title: "TO", value: (e) => e.recipients[0]?.email },
            { title: "STATUS", value: (e) => e.status },
            { title: "REASON", value: (e) => e.recipients.find(({ reason }) => reason)?.reason },
            { title: "LANE", value: (e) => e.lane },
            { title: "CREATED", value: (e) => e.createdAt },
          ],
          "No emails here. Send one: floe email send <address> --template <template> --from <address>",
        );
        if (emails.length === page.limit) output.note(`More: --before ${emails.at(-1)?.emailId ?? ""}`);
      }),
    );
}

function addSteering(command: Command): void {
  command
    .command("cancel")
    .description("stop what has not left")
    .argument("<email>", "its id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .action(
      withFloe(async (floe, output, emailId: string, { tenant }: { tenant: string }) => {
        const email = await floe.emails.cancel({ tenantId: tenant, emailId });
        output.result(email, `Email ${emailId} is ${email.status}.`);
      }),
    );

  command
    .command("retry")
    .description("try the dead recipients of an email again")
    .argument("<email>", "its id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .action(
      withFloe(async (floe, output, emailId: string, { tenant }: { tenant: string }) => {
        const retried = await floe.emails.retry({ tenantId: tenant, emailId });
        output.result(retried, `${retried.revived} recipients are tried again.`);
      }),
    );
}

function addResolve(command: Command): void {
  command
    .command("resolve-unknown")
    .description("settle recipients held because nobody knows whether they got it")
    .argument("<email>", "its id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .addOption(
      new Option("--as <resolution>", "they got it, or send it again")
        .choices(unknownResolutions)
        .makeOptionMandatory(),
    )
    .action(
      withFloe(
        async (floe, output, emailId: string, { tenant, as }: { tenant: string; as: UnknownResolution }) => {
          const done = await floe.emails.resolveUnknown({ tenantId: tenant, emailId, as });
          output.result(done, `${done.resolved} recipients are settled.`);
        },
      ),
    );
}

function showEmail(email: Email, output: Output): void {
  if (output.json) return output.result(email, "");
  output.fields(email, [
    ["Email", email.emailId],
    ["Status", email.status],
    ["From", email.fromEmail],
    ["Lane", email.lane],
    ["Campaign", email.campaignId],
    ["Leaves at", email.sendAt],
    ["Created", email.createdAt],
  ]);
  output.rows(
    email.recipients,
    [
      { title: "KIND", value: (r) => r.kind },
      { title: "EMAIL", value: (r) => r.email },
      { title: "STATUS", value: (r) => r.status },
      { title: "TRIES", value: (r) => r.attempts, align: "right" },
      { title: "REASON", value: (r) => r.reason },
      { title: "REPLY", value: (r) => [r.replyCode, r.enhancedCode].filter(Boolean).join(" ") },
      { title: "NODE", value: (r) => r.nodeId },
      { title: "SETTLED", value: (r) => r.settledAt },
      { title: "CAME BACK", value: (r) => r.returnedAt },
      { title: "AS", value: (r) => [r.returnedAs, r.returnedCode].filter(Boolean).join(" ") },
    ],
    "",
  );
}
