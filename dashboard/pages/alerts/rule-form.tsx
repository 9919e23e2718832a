import { MultiSelect, NumberInput, Select, SimpleGrid, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { alertKinds, alertKindNames, isKindOf, routesFor, type AlertKind } from "../../../domain/alerts.js";
import { openForm } from "../../parts/form-dialog.js";
import type { AlertRule, Severity } from "./queries.js";

export type RuleValues = Pick<
  AlertRule,
  | "name"
  | "severity"
  | "fire_above"
  | "clear_at_most"
  | "for_seconds"
  | "clear_for_seconds"
  | "subject"
  | "routes"
>;

export interface NewRule extends RuleValues {
  kind: AlertKind;
}

export function openRule(rule: AlertRule, save: (values: RuleValues) => Promise<unknown>): void {
  const { name, severity, fire_above, clear_at_most, for_seconds, clear_for_seconds, subject, routes } = rule;
  openForm<RuleValues>({
    title: rule.name,
    about: `It fires when ${alertKinds[rule.kind].what}.`,
    action: "Save",
    initial: {
      ...{ name, severity, fire_above, clear_at_most, for_seconds, clear_for_seconds },
      ...{ subject: subject ?? "", routes },
    },
    fields: (form) => (
      <RuleFields form={form} unit={alertKinds[rule.kind].unit} isOfTenants={rule.scope !== "platform"} />
    ),
    run: (values) => save(withoutBlanks(values)),
  });
}

export function openNewRule(owner: "tenant" | "platform", create: (rule: NewRule) => Promise<unknown>): void {
  openForm<NewRule>({
    title: "Watch something",
    action: "Watch",
    initial: {
      ...{ kind: "dead-letters", name: "", severity: "warning", fire_above: 100, clear_at_most: 50 },
      ...{ for_seconds: 300, clear_for_seconds: 300, subject: "", routes: routesFor(owner) },
    },
    fields: (form) => (
      <>
        <Select
          label="What"
          data={alertKindNames
            .filter((kind) => isKindOf(kind, owner))
            .map((kind) => ({ value: kind, label: `${kind}: ${alertKinds[kind].what}` }))}
          allowDeselect={false}
          {...form.getInputProps("kind")}
        />
        <RuleFields form={form} unit={alertKinds[form.values.kind].unit} isOfTenants={owner === "tenant"} />
      </>
    ),
    run: (values) => create(withoutBlanks(values)),
  });
}

function withoutBlanks<Values extends RuleValues>(values: Values): Values {
  return { ...values, subject: values.subject === "" ? null : values.subject };
}

const severities: Severity[] = ["info", "warning", "critical"];

function RuleFields<Values extends RuleValues>({
  form: given,
  unit,
  isOfTenants,
}: {
  form: UseFormReturnType<Values>;
  unit: string;
  isOfTenants: boolean;
}) {
  const form = given as unknown as UseFormReturnType<RuleValues>;
  const range = unit === "share" ? { min: 0, step: 0.01, decimalScale: 4 } : { min: 0 };
  const of = unit === "share" ? "a share, 0 to 1" : unit;
  return (
    <>
      <TextInput label="Name" required {...form.getInputProps("name")} />
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <NumberInput label={`Fires above (${of})`} {...range} {...form.getInputProps("fire_above")} />
        <NumberInput label="Seconds until it fires" min={0} {...form.getInputProps("for_seconds")} />
        <NumberInput label="Clears when at most" {...range} {...form.getInputProps("clear_at_most")} />
        <NumberInput label="Seconds until it clears" min={0} {...form.getInputProps("clear_for_seconds")} />
        <Select
          label="Severity"
          data={severities}
          allowDeselect={false}
          {...form.getInputProps("severity")}
        />
        <TextInput
          label="One alone"
          description="A queue, part or process; empty: each"
          {...form.getInputProps("subject")}
        />
      </SimpleGrid>
      <MultiSelect
        label="Told by"
        description="None: it stands in the history alone"
        data={routesFor(isOfTenants ? "tenant" : "platform")}
        {...form.getInputProps("routes")}
      />
    </>
  );
}
