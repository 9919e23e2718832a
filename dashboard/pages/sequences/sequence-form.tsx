import { Button, Checkbox, Group, Select, SimpleGrid, Stack, Switch, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconPlus } from "@tabler/icons-react";
import { ComposingPanel } from "../../parts/composing-fields.js";
import { DelayFields } from "../../parts/delay-fields.js";
import { FormActions } from "../../parts/form-actions.js";
import { Panel } from "../../parts/panel.js";
import { useProblemForm } from "../../parts/problem-form.js";
import { bodyOf, emptyStep, isFilter, weekdays, type SequenceBody, type SequenceValues } from "./draft.js";
import { StepFields } from "./step-fields.js";

export interface SequenceFormProps {
  initial: SequenceValues;
  action: string;
  save: (body: SequenceBody) => Promise<unknown>;
  onCancel: () => void;
}

const zones = Intl.supportedValuesOf("timeZone");

/** A sequence as it is composed: who writes to whom, its steps, and when it ends and leaves. */
export function SequenceForm({ initial, action, save, onCancel }: SequenceFormProps) {
  const form = useForm<SequenceValues>({
    initialValues: initial,
    validate: {
      name: (name) => (name.trim() === "" ? "is empty" : null),
      steps: {
        template: (template) => (template === "" ? "choose one" : null),
        conditions: { filter: (filter, values, path) => filterProblem(filter, values, path) },
      },
    },
  });
  const problems = useProblemForm(form, (field) => field.replace(/(conditions\.\d+\.filter)\..*/, "$1"));
  const submit = form.onSubmit((values) => problems.submit(() => save(bodyOf(values))));
  const { steps, by_hours: byHours } = form.values;
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack>
        <ComposingPanel form={form} />
        {steps.map((step, at) => (
          <StepFields key={step.key} form={form} at={at} />
        ))}
        <Group>
          <Button
            variant="default"
            leftSection={<IconPlus size={16} />}
            disabled={steps.length >= 100}
            onClick={() => form.insertListItem("steps", emptyStep(1))}
          >
            Add a step
          </Button>
        </Group>
        <Panel title="When it ends, and when it leaves">
          <Stack maw={760}>
            <Group role="group" aria-label="Ends for whom">
              <Checkbox
                label="Ends for who answers"
                {...form.getInputProps("exits.replied", { type: "checkbox" })}
              />
              <Checkbox
                label="Ends for who unsubscribes"
                {...form.getInputProps("exits.unsubscribed", { type: "checkbox" })}
              />
              <Checkbox
                label="Ends for whose mail bounces"
                {...form.getInputProps("exits.bounced", { type: "checkbox" })}
              />
            </Group>
            <Switch
              label="Leaves in business hours only, where the recipient is"
              {...form.getInputProps("by_hours", { type: "checkbox" })}
            />
            {byHours && (
              <Group align="flex-start">
                <TextInput type="time" label="From" {...form.getInputProps("business_hours.from")} />
                <TextInput type="time" label="To" {...form.getInputProps("business_hours.to")} />
                <Checkbox.Group label="Days" {...form.getInputProps("business_hours.days")}>
                  <Group gap="xs" mt={6}>
                    {weekdays.map((day) => (
                      <Checkbox key={day} value={day} label={day} />
                    ))}
                  </Group>
                </Checkbox.Group>
              </Group>
            )}
            <SimpleGrid cols={{ base: 1, xs: 2 }}>
              <Select
                label="Time zone"
                description="Of recipients who have none"
                searchable
                limit={100}
                data={zones.includes("UTC") ? zones : ["UTC", ...zones]}
                {...form.getInputProps("time_zone")}
              />
              <Select
                label="A late step"
                description="Such as after a long pause"
                allowDeselect={false}
                data={[
                  { value: "skip", label: "is skipped" },
                  { value: "send", label: "is sent all the same" },
                ]}
                {...form.getInputProps("on_late")}
              />
            </SimpleGrid>
            <DelayFields form={form} path="late_after" label="Late after" />
            <FormActions problems={problems} action={action} onCancel={onCancel} />
          </Stack>
        </Panel>
      </Stack>
    </form>
  );
}

/** Only a condition on the contact has a filter. */
function filterProblem(filter: string, { steps }: SequenceValues, path: string): string | null {
  const [, step, condition] = /^steps\.(\d+)\.conditions\.(\d+)/.exec(path) ?? [];
  const kind = steps[Number(step)]?.conditions[Number(condition)]?.kind;
  if (kind !== "contact" || isFilter(filter)) return null;
  return 'must be a filter, such as {"field": "attributes.plan", "op": "eq", "value": "pro"}';
}
