import { Argument, Command } from "commander";
import { confirm } from "../confirm.js";
import { withFloe } from "../session.js";
import { parseCount, parsePositive } from "../values.js";

type Scope = "tenant" | "node" | "mailbox-provider";

interface SetOptions {
  perSecond?: number;
  burst?: number;
  perDay?: number;
  concurrency?: number;
}

export function limitsCommand(): Command {
  const command = new Command("limits").description(
    "how much may leave: by tenant, node and mailbox provider",
  );

  command
    .command("list")
    .description("list limits")
    .action(
      withFloe(async (floe, output) => {
        output.rows(
          await floe.limits.list(),
          [
            { title: "SCOPE", value: (l) => l.scope },
            { title: "KEY", value: (l) => l.key },
            { title: "PER SECOND", value: (l) => l.perSecond, align: "right" },
            { title: "BURST", value: (l) => l.burst, align: "right" },
            { title: "PER DAY", value: (l) => l.perDay, align: "right" },
            { title: "AT ONCE", value: (l) => l.concurrency, align: "right" },
          ],
          "No limits are set. Set one: floe limits set tenant <tenant> --per-second 20",
        );
      }),
    );

  ofLimit(command, "set", "set all limits of one tenant, node or mailbox provider; acts within seconds")
    .option("--per-second <n>", "messages a second, such as 20 or 0.5", parsePositive)
    .option("--burst <n>", "messages that may go at once after a silence", parseCount)
    .option("--per-day <n>", "messages a day", parseCount)
    .option("--concurrency <n>", "messages on the wire at once", parseCount)
    .addHelpText(
      "after",
      `
Examples:
  $ floe limits set tenant acme --per-second 50 --burst 200
  $ floe limits set node n1 --per-day 500
  $ floe limits set mailbox-provider gmail --per-second 10
  $ floe limits set node n1/gmail --per-second 5
  $ floe limits set node '*/gmail' --per-second 20
  $ floe limits set tenant acme/gmail --per-second 2`,
    )
    .action(
      withFloe(async (floe, output, scope: Scope, key: string, options: SetOptions) => {
        const limit = await floe.limits.set({ scope, key, ...options });
        output.result(limit, `The limits of ${scope} ${key} are set.`);
      }),
    );

  ofLimit(command, "remove", "take the limits of one tenant, node or mailbox provider away")
    .option("-y, --yes", "do not ask")
    .action(
      withFloe(async (floe, output, scope: Scope, key: string, { yes }: { yes?: boolean }) => {
        if (!(await confirm(`Remove every limit of ${scope} ${key}?`, yes)))
          return output.note("Nothing was changed.");
        const { removed } = await floe.limits.remove({ scope, key });
        output.result(
          { removed },
          removed ? `${scope} ${key} has no limits now.` : `${scope} ${key} had no limits.`,
        );
      }),
    );

  ofLimit(command, "reset", "forget what was spent of a limit today, and what providers slowed down")
    .option("-y, --yes", "do not ask")
    .action(
      withFloe(async (floe, output, scope: Scope, key: string, { yes }: { yes?: boolean }) => {
        const question = `Forget what ${scope} ${key} has spent? As much again may leave today.`;
        if (!(await confirm(question, yes))) return output.note("Nothing was changed.");
        await floe.limits.reset({ scope, key });
        output.result({ scope, key, reset: true }, `${scope} ${key} begins anew.`);
      }),
    );

  command
    .command("status")
    .description("what of each limit is spent now, and which paths providers slowed down")
    .action(
      withFloe(async (floe, output) => {
        const status = await floe.limits.status();
        if (output.json) return output.result(status, "");
        output.rows(
          status.limits,
          [
            { title: "LIMIT", value: ({ limit }) => `${limit.scope} ${limit.key}` },
            { title: "PER SECOND", value: ({ limit }) => limit.perSecond, align: "right" },
            { title: "TOKENS LEFT", value: ({ tokens }) => tokens && Math.floor(tokens), align: "right" },
            { title: "USED TODAY", value: (s) => s.usedToday, align: "right" },
            {
              title: "OF",
              value: ({ limit }) => (limit.stoppedUntil === undefined ? limit.perDay : "stopped"),
              align: "right",
            },
            { title: "ON THE WIRE", value: (s) => s.onTheWire, align: "right" },
            { title: "OF", value: ({ limit }) => limit.concurrency, align: "right" },
          ],
          "No limits are set.",
        );
        for (const { limit } of status.limits)
          if (limit.reason !== undefined) output.note(`${limit.scope} ${limit.key}: ${limit.reason}`);
        if (status.slowedPaths.length === 0) return;
        output.note("");
        output.rows(
          status.slowedPaths,
          [
            { title: "SLOWED PATH", value: (p) => `${p.nodeId} to ${p.mailboxProvider}` },
            { title: "PER SECOND", value: (p) => p.perSecond, align: "right" },
            { title: "STOPPED FOR (s)", value: (p) => Math.ceil(p.blockedForMs / 1000), align: "right" },
          ],
          "",
        );
        if (status.suspensions.length === 0) return;
        output.note("");
        output.rows(
          status.suspensions,
          [
            { title: "SUSPENDED PATH", value: (s) => `${s.nodeId} to ${s.mailboxProvider}` },
            { title: "UNTIL", value: (s) => s.until.toISOString() },
            {
              title: "LEAVES MEANWHILE",
              value: (s) => (s.perSecond === null ? "nothing" : `${s.perSecond}/s`),
            },
            { title: "RULE", value: (s) => s.rule },
            { title: "IT SAID", value: ({ reply }) => [reply.code, reply.enhanced, reply.text].join(" ") },
          ],
          "",
        );
      }),
    );

  command
    .command("resume")
    .description("let mail leave again on a way that a mailbox provider suspended or slowed down")
    .argument("<node>", "node id")
    .argument("[provider]", "mailbox provider such as gmail; left out: all of them")
    .option("-y, --yes", "do not ask")
    .action(
      withFloe(
        async (
          floe,
          output,
          nodeId: string,
          mailboxProvider: string | undefined,
          { yes }: { yes?: boolean },
        ) => {
          const way = `${nodeId} to ${mailboxProvider ?? "every mailbox provider"}`;
          if (!(await confirm(`Let mail leave from ${way}? It was asked to wait.`, yes)))
            return output.note("Nothing was changed.");
          const result = await floe.limits.resume({ nodeId, ...(mailboxProvider && { mailboxProvider }) });
          output.result(result, `Mail leaves from ${way} again (${result.lifted} suspensions lifted).`);
        },
      ),
    );
  return command;
}

function ofLimit(limits: Command, name: string, description: string): Command {
  return limits
    .command(name)
    .description(description)
    .addArgument(
      new Argument("<scope>", "what it belongs to").choices(["tenant", "node", "mailbox-provider"]),
    )
    .argument(
      "<key>",
      "tenant id, node id (either with a mailbox provider: n1/gmail), or mailbox provider such as gmail",
    );
}
