import { Command } from "commander";
import type { AbTestInput } from "../../client/ab-test-input.js";
import type { AbTestResults } from "../../client/ab-tests.js";
import { confirm } from "../confirm.js";
import type { Output } from "../output.js";
import { withFloe } from "../session.js";
import { parseCount, readJsonFile } from "../values.js";

interface TenantOption {
  tenant: string;
}

export function abTestCommand(): Command {
  const command = new Command("ab-test").description(
    "variants to a part of an audience, the better one to the rest",
  );

  command
    .command("create")
    .description("compose an A/B test from a JSON file; nothing is sent yet")
    .argument("<file>", "what it consists of")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .addHelpText("after", createHelp)
    .action(
      withFloe(async (floe, output, file: string, { tenant }: TenantOption) => {
        const composed = await readJsonFile<Omit<AbTestInput, "tenantId">>("file", file);
        const created = await floe.abTests.create({ ...composed, tenantId: tenant });
        output.result(created, `Created A/B test ${created.abTestId}.`);
        output.note(`Start it: floe ab-test start ${created.abTestId} --tenant ${tenant}`);
      }),
    );

  ofTest(command, "edit", "compose a draft anew from a JSON file; once started, it stays")
    .argument("<file>", "what it is to consist of, all of it")
    .action(
      withFloe(async (floe, output, abTestId: string, file: string, { tenant }: TenantOption) => {
        const composed = await readJsonFile<Omit<AbTestInput, "tenantId">>("file", file);
        const changed = await floe.abTests.replace({ ...composed, tenantId: tenant, abTestId });
        output.result(changed, `A/B test ${changed.name} is changed.`);
      }),
    );

  ofTest(command, "delete", "delete one that was never started; its templates and audience stay")
    .option("-y, --yes", "do not ask")
    .action(
      withFloe(async (floe, output, abTestId: string, { tenant, yes }: TenantOption & { yes?: boolean }) => {
        const ref = { tenantId: tenant, abTestId };
        const { name } = await floe.abTests.get(ref);
        if (!(await confirm(`Delete A/B test ${name}?`, yes))) return output.note("Nothing was changed.");
        await floe.abTests.remove(ref);
        output.result({ abTestId, removed: true }, `A/B test ${name} is deleted.`);
      }),
    );

  ofTest(command, "start", "send the variants; safe to repeat")
    .option("--at <time>", "an ISO date and time with its zone; without it: at once")
    .action(
      withFloe(async (floe, output, abTestId: string, { tenant, at }: TenantOption & { at?: string }) => {
        await floe.abTests.start({ tenantId: tenant, abTestId, ...(at !== undefined && { at }) });
        output.result(
          { abTestId, asked: "start" },
          `A/B test ${abTestId} ${at ? `starts at ${at}` : "has started"}.`,
        );
        output.note(`How the variants do: floe ab-test results ${abTestId} --tenant ${tenant}`);
      }),
    );

  ofTest(command, "results", "each variant's figures, and what the rules would choose").action(
    withFloe(async (floe, output, abTestId: string, { tenant }: TenantOption) =>
      showResults(await floe.abTests.results({ tenantId: tenant, abTestId }), output),
    ),
  );

  ofTest(command, "pick", "choose the winner yourself; it goes out once the variants have been sent")
    .requiredOption("--variant <variant>", "its number or name")
    .option("-y, --yes", "do not ask")
    .action(
      withFloe(
        async (
          floe,
          output,
          abTestId: string,
          options: TenantOption & { variant: string; yes?: boolean },
        ) => {
          const { tenant, variant, yes } = options;
          if (!(await confirm(`Send variant ${variant} to the rest of the audience?`, yes)))
            return output.note("Nothing was changed.");
          const wanted = /^\d+$/.test(variant) ? Number(variant) : variant;
          await floe.abTests.pickWinner({ tenantId: tenant, abTestId, variant: wanted });
          output.result({ abTestId, variant: wanted }, `Variant ${variant} goes to the rest.`);
        },
      ),
    );

  ofTest(command, "pause", "hold its sends, and the choice").action(
    withFloe(async (floe, output, abTestId: string, { tenant }: TenantOption) => {
      await floe.abTests.pause({ tenantId: tenant, abTestId });
      output.result({ abTestId, asked: "pause" }, `A/B test ${abTestId} pauses.`);
    }),
  );

  ofTest(command, "resume", "go on; a choice whose time has passed is made then").action(
    withFloe(async (floe, output, abTestId: string, { tenant }: TenantOption) => {
      await floe.abTests.resume({ tenantId: tenant, abTestId });
      output.result({ abTestId, asked: "resume" }, `A/B test ${abTestId} goes on.`);
    }),
  );

  ofTest(command, "cancel", "end its sends; the rest gets nothing")
    .option("-y, --yes", "do not ask")
    .action(
      withFloe(async (floe, output, abTestId: string, { tenant, yes }: TenantOption & { yes?: boolean }) => {
        if (!(await confirm(`Cancel A/B test ${abTestId}? Nobody else gets a message.`, yes)))
          return output.note("Nothing was changed.");
        await floe.abTests.cancel({ tenantId: tenant, abTestId });
        output.result({ abTestId, asked: "cancel" }, `A/B test ${abTestId} is being cancelled.`);
      }),
    );

  command
    .command("list")
    .description("list A/B tests, newest first")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("--before <test>", "begin after this one")
    .option("--limit <n>", "rows", parseCount, 20)
    .action(
      withFloe(
        async (floe, output, { tenant, ...page }: TenantOption & { before?: string; limit: number }) => {
          output.rows(
            await floe.abTests.list({ tenantId: tenant, ...page }),
            [
              { title: "A/B TEST", value: (t) => t.abTestId },
              { title: "NAME", value: (t) => t.name },
              { title: "STATUS", value: (t) => (t.paused ? `${t.status}, paused` : t.status) },
              { title: "VARIANTS", value: (t) => t.variants.length, align: "right" },
              { title: "WINNER", value: (t) => winnerOf(t.variants, t.winner) },
              { title: "CREATED", value: (t) => t.createdAt },
            ],
            "No A/B tests yet. Compose one: floe ab-test create <file>",
          );
        },
      ),
    );
  return command;
}

function showResults(results: AbTestResults, output: Output): void {
  if (output.json) return output.result(results, "");
  const { test, variants, standing } = results;
  output.fields(results, [
    ["A/B test", test.name],
    ["Status", test.paused ? `${test.status}, paused` : test.status],
    ["Chosen by", test.rules.metric],
    ["Choice at", test.decideAt],
    ["Winner", winnerOf(test.variants, test.winner)],
    ["Reason", test.reason],
    ["Standing", `${winnerOf(test.variants, standing.variant) ?? "none"} (${standing.reason})`],
  ]);
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  output.rows(
    variants,
    [
      { title: "VARIANT", value: (v) => `${v.variant} ${v.name}` },
      { title: "DELIVERED", value: (v) => v.delivered, align: "right" },
      { title: "OPENS", value: (v) => v.opens, align: "right" },
      { title: "CLICKS", value: (v) => v.clicks, align: "right" },
      { title: "UNSUBSCRIBED", value: (v) => v.unsubscribes, align: "right" },
      { title: "RATE", value: (v) => percent(v.rate.rate), align: "right" },
      { title: "95 %", value: (v) => `${percent(v.rate.low)} to ${percent(v.rate.high)}` },
    ],
    "It has no variants.",
  );
}

function winnerOf(
  variants: readonly { variant: number; name: string }[],
  winner: number | null,
): string | null {
  return variants.find(({ variant }) => variant === winner)?.name ?? null;
}

const createHelp = `
The file, for example:
  { "name": "Spring", "list": "news", "fromEmail": "hello@acme.example",
    "variants": [{ "template": "short" }, { "template": "long", "fromName": "Ann of Acme" }],
    "metric": "opens", "sharePercent": 20, "duration": { "hours": 4 },
    "minimumDelivered": 100, "mostUnsubscribesPercent": 1,
    "onUnclear": "best", "lateAfter": { "days": 1 }, "onLate": "hold" }

Metrics: opens and clicks of what was delivered, click-to-open of what was opened; people, not events. A variant is clearly better
with 95 % confidence. Otherwise the best so far goes out (onUnclear best), or the test waits for floe ab-test pick (hold).`;

function ofTest(command: Command, name: string, description: string): Command {
  return command
    .command(name)
    .description(description)
    .argument("<test>", "its id")
    .requiredOption("-t, --tenant <tenant>", "whose");
}
