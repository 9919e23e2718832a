import { Command, CommanderError } from "commander";
import { abTestCommand } from "./commands/ab-test.js";
import { listsCommand, segmentsCommand } from "./commands/audience.js";
import { alertCommand } from "./commands/alert.js";
import { analyticsCommand } from "./commands/analytics.js";
import { auditCommand } from "./commands/audit.js";
import { blacklistCommand } from "./commands/blacklist.js";
import { bouncesCommand } from "./commands/bounces.js";
import { campaignCommand } from "./commands/campaign.js";
import { contactsCommand } from "./commands/contacts.js";
import { deadLettersCommand } from "./commands/dead-letters.js";
import { dkimCommand } from "./commands/dkim.js";
import { dmarcCommand } from "./commands/dmarc.js";
import { domainsCommand } from "./commands/domains.js";
import { emailCommand } from "./commands/email.js";
import { exportsCommand } from "./commands/exports.js";
import { graphCommand } from "./commands/graph.js";
import { importsCommand } from "./commands/imports.js";
import { leadsCommand } from "./commands/leads.js";
import { jobCommand } from "./commands/job.js";
import { limitsCommand } from "./commands/limits.js";
import { maintenanceCommand } from "./commands/maintenance.js";
import { notificationsCommand } from "./commands/notifications.js";
import { nodesCommand } from "./commands/nodes.js";
import { secretsCommand } from "./commands/secrets.js";
import { schedulesCommand } from "./commands/schedules.js";
import { progressCommand } from "./commands/progress.js";
import { sequenceCommand } from "./commands/sequence.js";
import { queuesCommand } from "./commands/queues.js";
import { rateLimitCommand } from "./commands/rate-limit.js";
import { suppressionsCommand } from "./commands/suppressions.js";
import { templatesCommand } from "./commands/templates.js";
import { tenantsCommand } from "./commands/tenants.js";
import { usersCommand } from "./commands/users.js";
import { reputationCommand } from "./commands/reputation.js";
import { warmupCommand } from "./commands/warmup.js";
import { webhooksCommand } from "./commands/webhooks.js";
import { exitCodes, exitCodesHelp } from "./exit-codes.js";
import { report } from "./session.js";

function createProgram(): Command {
  const program = new Command("floe")
    .description("Email campaigns as durable workflows.")
    .option("--json", "print results as JSON")
    .option("--debug", "show where an error came from")
    .addHelpText(
      "after",
      `
Where: DATABASE_URL, TEMPORAL_ADDRESS, REDIS_URL; without them, the stack that runs in this folder.
${exitCodesHelp}

A first campaign:
  $ floe tenants create acme
  $ floe contacts import people.csv --tenant acme --list news
  $ floe templates save hello --tenant acme --subject 'Hello {{first_name}}' --html hello.html
  $ floe campaign create Hello --tenant acme --template hello --list news --from hello@acme.example
  $ floe campaign send <campaign> --tenant acme`,
    );
  const commands = [
    tenantsCommand(),
    usersCommand(),
    contactsCommand(),
    importsCommand(),
    leadsCommand(),
    exportsCommand(),
    listsCommand(),
    segmentsCommand(),
    templatesCommand(),
    campaignCommand(),
    sequenceCommand(),
    abTestCommand(),
    emailCommand(),
    graphCommand(),
    progressCommand(),
    queuesCommand(),
    alertCommand(),
    webhooksCommand(),
    jobCommand(),
    deadLettersCommand(),
    auditCommand(),
    analyticsCommand(),
    notificationsCommand(),
    limitsCommand(),
    rateLimitCommand(),
    nodesCommand(),
    warmupCommand(),
    reputationCommand(),
    suppressionsCommand(),
    bouncesCommand(),
    blacklistCommand(),
    dkimCommand(),
    domainsCommand(),
    dmarcCommand(),
    secretsCommand(),
    schedulesCommand(),
    maintenanceCommand(),
  ];
  for (const command of commands) program.addCommand(command);
  everyCommand(program, (command) =>
    command.exitOverride().showHelpAfterError("(add --help for how to use it)"),
  );
  return program;
}

function everyCommand(command: Command, apply: (command: Command) => void): void {
  apply(command);
  for (const child of command.commands) everyCommand(child, apply);
}

try {
  await createProgram().parseAsync();
} catch (error) {
  // commander has said what is wrong with the command line; help and version end with 0.
  if (error instanceof CommanderError)
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.badInput;
  else report(error, process.argv.includes("--debug"));
}
