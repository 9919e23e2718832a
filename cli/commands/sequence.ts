import { Command } from "commander";
import type { SequenceInput } from "../../client/sequence-input.js";
import { confirm } from "../confirm.js";
import { withFloe } from "../session.js";
import { readJsonFile } from "../values.js";
import { addSequenceReports } from "./sequence-reports.js";

interface TenantOption {
  tenant: string;
}

interface EnrollOptions extends TenantOption {
  list?: string;
  segment?: string;
  contact?: string[];
}

export function sequenceCommand(): Command {
  const command = new Command("sequence").description(
    "steps with delays, conditions and exits: drip campaigns",
  );

  command
    .command("create")
    .description("compose a sequence from a JSON file; nothing is sent yet")
    .argument("<file>", "what it consists of")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .addHelpText("after", createHelp)
    .action(
      withFloe(async (floe, output, file: string, { tenant }: TenantOption) => {
        const created = await floe.sequences.create({
          ...(await readJsonFile<Omit<SequenceInput, "tenantId">>("file", file)),
          tenantId: tenant,
        });
        output.result(created, `Created sequence ${created.sequenceId}.`);
        output.note(`Start it: floe sequence start ${created.sequenceId} --tenant ${tenant}`);
      }),
    );

  ofSequence(command, "edit", "compose a draft anew from a JSON file; once started, it stays")
    .argument("<file>", "what it is to consist of, all of it")
    .action(
      withFloe(async (floe, output, sequenceId: string, file: string, { tenant }: TenantOption) => {
        const changed = await floe.sequences.replace({
          ...(await readJsonFile<Omit<SequenceInput, "tenantId">>("file", file)),
          ...{ tenantId: tenant, sequenceId },
        });
        output.result(changed, `Sequence ${changed.name} is changed.`);
      }),
    );

  ofSequence(command, "delete", "delete one that was never started; its templates and audience stay")
    .option("-y, --yes", "do not ask")
    .action(
      withFloe(
        async (floe, output, sequenceId: string, { tenant, yes }: TenantOption & { yes?: boolean }) => {
          const ref = { tenantId: tenant, sequenceId };
          const { name } = await floe.sequences.get(ref);
          if (!(await confirm(`Delete sequence ${name}?`, yes))) return output.note("Nothing was changed.");
          await floe.sequences.remove(ref);
          output.result({ sequenceId, removed: true }, `Sequence ${name} is deleted.`);
        },
      ),
    );

  ofSequence(command, "start", "enroll its audience and begin; safe to repeat").action(
    withFloe(async (floe, output, sequenceId: string, { tenant }: TenantOption) => {
      await floe.sequences.start({ tenantId: tenant, sequenceId });
      output.result({ sequenceId, asked: "start" }, `Sequence ${sequenceId} has started.`);
      output.note(`How far it is: floe sequence progress ${sequenceId} --tenant ${tenant}`);
    }),
  );

  ofSequence(command, "pause", "take no step up; what a send has taken already leaves").action(
    withFloe(async (floe, output, sequenceId: string, { tenant }: TenantOption) => {
      await floe.sequences.pause({ tenantId: tenant, sequenceId });
      output.result({ sequenceId, asked: "pause" }, `Sequence ${sequenceId} pauses.`);
    }),
  );

  ofSequence(
    command,
    "resume",
    "go on; what became late meanwhile is skipped or sent as the sequence says",
  ).action(
    withFloe(async (floe, output, sequenceId: string, { tenant }: TenantOption) => {
      await floe.sequences.resume({ tenantId: tenant, sequenceId });
      output.result({ sequenceId, asked: "resume" }, `Sequence ${sequenceId} goes on.`);
    }),
  );

  ofSequence(command, "cancel", "end it: nobody gets a further step")
    .option("-y, --yes", "do not ask")
    .action(
      withFloe(
        async (floe, output, sequenceId: string, { tenant, yes }: TenantOption & { yes?: boolean }) => {
          const question = `Cancel sequence ${sequenceId}? Nobody gets a further step.`;
          if (!(await confirm(question, yes))) return output.note("Nothing was changed.");
          await floe.sequences.cancel({ tenantId: tenant, sequenceId });
          output.result({ sequenceId, asked: "cancel" }, `Sequence ${sequenceId} is being cancelled.`);
        },
      ),
    );

  ofSequence(command, "enroll", "enroll more contacts; those enrolled already stay where they are")
    .option("-l, --list <list>", "a list's name or id")
    .option("-s, --segment <segment>", "a segment's name or id")
    .option("--contact <id...>", "these contacts")
    .addHelpText(
      "after",
      "\nExample:\n  $ floe sequence enroll 0198c5d2-… --tenant acme --contact 17 --contact 42",
    )
    .action(
      withFloe(async (floe, output, sequenceId: string, options: EnrollOptions) => {
        const { tenant, contact, ...audience } = options;
        await floe.sequences.enroll({
          ...audience,
          ...{ tenantId: tenant, sequenceId },
          ...(contact && { contactIds: contact }),
        });
        output.result(
          { sequenceId, asked: "enroll" },
          `They begin sequence ${sequenceId} at its first step.`,
        );
      }),
    );

  command
    .command("reply")
    .description("say that a recipient of a step has replied")
    .argument("<send>", "the step's send")
    .argument("<contact>", "the contact's id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .action(
      withFloe(async (floe, output, sendId: string, contactId: string, { tenant }: TenantOption) => {
        await floe.sequences.recordReply({ tenantId: tenant, sendId, contactId });
        output.result({ sendId, contactId }, `Contact ${contactId} has replied.`);
      }),
    );

  addSequenceReports(command);
  return command;
}

const createHelp = `
The file, for example:
  { "name": "Welcome", "list": "new", "fromEmail": "hello@acme.example",
    "timeZone": "Europe/Berlin",
    "businessHours": { "days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00" },
    "steps": [
      { "template": "hello" },
      { "template": "tour", "delay": { "days": 2 }, "conditions": [{ "kind": "did-not", "event": "click", "step": 1 }] },
      { "template": "offer", "delay": { "days": 3, "hours": 4 },
        "conditions": [{ "kind": "contact", "filter": { "field": "attributes.plan", "op": "eq", "value": "free" } }] }
    ],
    "exits": { "contact": { "field": "attributes.plan", "op": "eq", "value": "paid" } },
    "lateAfter": { "hours": 6 }, "onLate": "skip" }

Days are calendar days of the recipient, hours pass by the clock; both end in business hours, in the recipient's time zone.
Conditions: did and did-not with event open, click or reply of an earlier step (from 1); contact with a segment's filter. A
step whose conditions do not all hold is skipped. Exits replied, unsubscribed and bounced are on unless set to false.`;

function ofSequence(command: Command, name: string, description: string): Command {
  return command
    .command(name)
    .description(description)
    .argument("<sequence>", "its id")
    .requiredOption("-t, --tenant <tenant>", "whose");
}
