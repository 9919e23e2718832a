import { Command, InvalidArgumentError, Option } from "commander";
import type {
  Reputation,
  ReputationGate,
  ReputationKind,
  ReputationReport,
} from "../../client/reputation.js";
import { reputationGates } from "../../domain/reputation-gates.js";
import { reputationKinds } from "../../domain/reputation.js";
import { confirm } from "../confirm.js";
import { authorOf, type AuthorOptions } from "../operator.js";
import type { Output } from "../output.js";
import { withFloe } from "../session.js";
import { parseCount } from "../values.js";

interface Of {
  tenant?: string;
  mailboxProvider?: string;
}

interface ListOptions extends Of {
  kind?: ReputationKind;
  gate?: ReputationGate;
  below?: number;
  limit: number;
}

export function reputationCommand(): Command {
  const command = new Command("reputation").description(
    "how mailbox providers may think of domains, nodes and a tenant's mail: scores of 0 to 100, and gates",
  );

  command
    .command("list")
    .description("scores and gates, newest first")
    .option("-t, --tenant <tenant>", "only this tenant's, and nodes that all may use")
    .addOption(new Option("--kind <kind>", "only these").choices([...reputationKinds]))
    .addOption(new Option("--gate <gate>", "only these").choices([...reputationGates]))
    .option("--below <score>", "only scores below it", parseCount)
    .option("--mailbox-provider <name>", "of domains and nodes: towards gmail, outlook, …")
    .option("--limit <n>", "rows", parseCount, 100)
    .action(
      withFloe(async (floe, output, { tenant, ...query }: ListOptions) => {
        output.rows(
          await floe.reputation.list({ ...query, tenantId: tenant }),
          [
            { title: "TENANT", value: ownerOf },
            { title: "KIND", value: (r) => r.kind },
            { title: "OF", value: (r) => r.subject },
            { title: "SCORE", value: (r) => r.score, align: "right" },
            { title: "DAY", value: (r) => r.day },
            { title: "GATE", value: (r) => r.gate },
            { title: "COSTS MOST", value: worstOf },
          ],
          "Nothing is scored yet. That happens at night; now: floe reputation recalculate --tenant <tenant>",
        );
      }),
    );

  ofReputation(command, "show", "what each factor costs, and how it is towards each mailbox provider")
    .option("--mailbox-provider <name>", "only towards it, such as gmail")
    .action(
      withFloe(async (floe, output, kind: ReputationKind, subject: string, of: Of) => {
        show(output, await floe.reputation.show(refOf(kind, subject, of)));
      }),
    );

  ofReputation(command, "history", "its days, newest first")
    .option("--mailbox-provider <name>", "only towards it, such as gmail")
    .option("--limit <n>", "days", parseCount, 30)
    .action(
      withFloe(
        async (
          floe,
          output,
          kind: ReputationKind,
          subject: string,
          { limit, ...of }: Of & { limit: number },
        ) => {
          output.rows(
            await floe.reputation.history({ ...refOf(kind, subject, of), limit }),
            [
              { title: "DAY", value: (d) => d.day },
              { title: "SCORE", value: (d) => d.score, align: "right" },
              { title: "MESSAGES", value: (d) => d.tried, align: "right" },
              { title: "GATE", value: (d) => d.gate },
              { title: "COSTS MOST", value: worstOf },
            ],
            "No day of it was scored yet.",
          );
        },
      ),
    );

  ofReputation(command, "release", "let a domain or a node that was slowed down or stopped go on")
    .option("--because <reason>", "why, for the audit log")
    .option("-y, --yes", "do not ask")
    .action(
      withFloe(
        async (
          floe,
          output,
          kind: ReputationKind,
          subject: string,
          { yes, ...options }: Of & AuthorOptions & { yes?: boolean },
        ) => {
          if (!(await confirm(`Release ${kind} ${subject}? Its mail leaves again at once.`, yes)))
            return output.note("Nothing was changed.");
          const ref = { kind, subject, tenantId: options.tenant };
          show(output, await floe.reputation.release({ ...ref, ...authorOf(options) }));
        },
      ),
    );

  command
    .command("recalculate")
    .description("score and look at gates now, instead of at night")
    .option("-t, --tenant <tenant>", "whose; absent: of the nodes that all may use")
    .action(
      withFloe(async (floe, output, { tenant }: { tenant?: string }) => {
        const done = await floe.reputation.recalculate({ tenantId: tenant });
        for (const { kind, subject, previous, gate } of done.changes)
          output.note(`${kind} ${subject}: ${previous} → ${gate}`);
        output.result(done, `${done.scored} scores of ${done.day}.`);
      }),
    );
  return command;
}

function ofReputation(reputations: Command, name: string, description: string): Command {
  return reputations
    .command(name)
    .description(description)
    .argument("<kind>", reputationKinds.join(", "), parseKind)
    .argument("<of>", "domain, node id, or mailbox provider such as gmail")
    .option("-t, --tenant <tenant>", "whose, where several write from the same domain");
}

function parseKind(text: string): ReputationKind {
  const kind = reputationKinds.find((known) => known === text);
  if (kind) return kind;
  throw new InvalidArgumentError(`It must be one of ${reputationKinds.join(", ")}.`);
}

function refOf(kind: ReputationKind, subject: string, { tenant, mailboxProvider }: Of) {
  return { kind, subject, tenantId: tenant, mailboxProvider };
}

function ownerOf({ tenantId }: Reputation): string {
  return tenantId === "*" ? "the platform" : tenantId;
}

function worstOf({ factors }: Pick<Reputation, "factors">): string {
  const worst = factors.reduce((most, one) => (one.lost > most.lost ? one : most), { lost: 0, reason: "" });
  return worst.reason;
}

function show(output: Output, report: ReputationReport): void {
  const { kind, subject, score, day, gate, gateReason, perDay, resumeAt, factors, mailboxProviders } = report;
  output.fields(report, [
    [kind, subject],
    ["Of", ownerOf(report)],
    ["Score", score ?? (day === null ? "not calculated yet" : "not enough mail")],
    ["Day", day],
    ["Gate", gate],
    ["Since", report.gateSince],
    ...(perDay === null ? [] : [["Messages a day", perDay] as [string, number]]),
    ...(resumeAt === null ? [] : [["Goes on", resumeAt] as [string, Date]]),
  ]);
  if (output.json) return;
  if (gateReason !== null) output.note(gateReason);
  if (factors.length > 0) {
    output.note("");
    output.rows(
      factors,
      [
        { title: "FACTOR", value: ({ name }) => name },
        { title: "COSTS", value: ({ lost }) => lost, align: "right" },
        { title: "OF", value: ({ max }) => max, align: "right" },
        { title: "WHY", value: ({ reason }) => reason },
      ],
      "",
    );
  }
  if (mailboxProviders.length === 0) return;
  output.note("");
  output.rows(
    mailboxProviders,
    [
      { title: "TOWARDS", value: ({ mailboxProvider }) => mailboxProvider },
      { title: "SCORE", value: ({ score: of }) => of, align: "right" },
      { title: "MESSAGES", value: ({ tried }) => tried, align: "right" },
      { title: "COSTS MOST", value: worstOf },
    ],
    "",
  );
}
