import type { Command } from "commander";
import { withFloe } from "../session.js";
import { parseCount } from "../values.js";

interface TenantOption {
  tenant: string;
}

/** `list`, `progress`, `enrollments`. */
export function addSequenceReports(sequence: Command): void {
  sequence
    .command("list")
    .description("list sequences, newest first")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("--limit <n>", "rows", parseCount, 20)
    .action(
      withFloe(async (floe, output, { tenant, limit }: TenantOption & { limit: number }) => {
        output.rows(
          await floe.sequences.list({ tenantId: tenant, limit }),
          [
            { title: "SEQUENCE", value: (s) => s.sequenceId },
            { title: "NAME", value: (s) => s.name },
            { title: "STATUS", value: (s) => s.status },
            { title: "STEPS", value: (s) => s.rules.steps.length, align: "right" },
            { title: "CREATED", value: (s) => s.createdAt },
          ],
          "No sequences yet. Compose one: floe sequence create <file>",
        );
      }),
    );

  sequence
    .command("progress")
    .description("how many contacts stand where, step by step")
    .argument("<sequence>", "its id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .action(
      withFloe(async (floe, output, sequenceId: string, { tenant }: TenantOption) => {
        const progress = await floe.sequences.progress({ tenantId: tenant, sequenceId });
        if (output.json) return output.result(progress, "");
        const { enrolled, active, finished, exited, cancelled, exits } = progress;
        output.fields(progress, [
          ...[["Enrolled", enrolled] as [string, number], ["Active", active] as [string, number]],
          ...[["Finished", finished] as [string, number], ["Cancelled", cancelled] as [string, number]],
          ["Exited", exited],
          ...Object.entries(exits).map(([reason, count]): [string, number] => [`  ${reason}`, count]),
        ]);
        output.rows(
          progress.steps,
          [
            { title: "STEP", value: (s) => s.step, align: "right" },
            { title: "WAITING", value: (s) => s.waiting, align: "right" },
            { title: "SENT", value: (s) => s.sent, align: "right" },
            { title: "LATE", value: (s) => s.sentLate, align: "right" },
            { title: "SKIPPED", value: (s) => s.skippedByCondition, align: "right" },
            { title: "TOO LATE", value: (s) => s.skippedAsLate, align: "right" },
            { title: "OPENED", value: (s) => s.opened, align: "right" },
            { title: "CLICKED", value: (s) => s.clicked, align: "right" },
            { title: "REPLIED", value: (s) => s.replied, align: "right" },
          ],
          "It has no steps.",
        );
      }),
    );

  sequence
    .command("enrollments")
    .description("each contact's place, by contact")
    .argument("<sequence>", "its id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("--after <contact>", "begin after this contact")
    .option("--limit <n>", "rows", parseCount, 50)
    .action(
      withFloe(
        async (
          floe,
          output,
          sequenceId: string,
          { tenant, ...page }: TenantOption & { after?: string; limit: number },
        ) => {
          output.rows(
            await floe.sequences.enrollments({ tenantId: tenant, sequenceId, ...page }),
            [
              { title: "CONTACT", value: (e) => e.contactId },
              { title: "STATUS", value: (e) => e.status },
              {
                title: "NEXT STEP",
                value: (e) => (e.status === "active" ? e.nextStep : null),
                align: "right",
              },
              { title: "DUE", value: (e) => (e.status === "active" ? e.dueAt : null) },
              { title: "EXIT", value: (e) => e.exitReason },
            ],
            "Nobody is enrolled.",
          );
        },
      ),
    );
}
