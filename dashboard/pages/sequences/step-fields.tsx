import { ActionIcon, Button, Group, JsonInput, Select, Stack, Tooltip } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { DelayFields } from "../../parts/delay-fields.js";
import { Panel } from "../../parts/panel.js";
import { TemplatePicker } from "../../parts/template-picker.js";
import { emptyCondition, type SequenceValues } from "./draft.js";

type SequenceFormOf = UseFormReturnType<SequenceValues>;

/** One step: what is sent, how long after the step before, and to whom only. */
export function StepFields({ form, at }: { form: SequenceFormOf; at: number }) {
  const path = `steps.${at}`;
  const { steps } = form.values;
  const move = (to: number): void => form.reorderListItem("steps", { from: at, to });
  const tools = (
    <Group gap={4}>
      <Tool label={`Move step ${at + 1} up`} disabled={at === 0} onClick={() => move(at - 1)}>
        <IconArrowUp size={16} />
      </Tool>
      <Tool
        label={`Move step ${at + 1} down`}
        disabled={at === steps.length - 1}
        onClick={() => move(at + 1)}
      >
        <IconArrowDown size={16} />
      </Tool>
      <Tool
        label={`Remove step ${at + 1}`}
        disabled={steps.length === 1}
        onClick={() => form.removeListItem("steps", at)}
      >
        <IconTrash size={16} />
      </Tool>
    </Group>
  );
  return (
    <Panel title={`Step ${at + 1}`} aside={tools}>
      <Stack maw={760}>
        <TemplatePicker
          label={`Template of step ${at + 1}`}
          {...form.getInputProps(`${path}.template`)}
          value={steps[at]?.template ?? ""}
        />
        <DelayFields
          form={form}
          path={`${path}.delay`}
          label={at === 0 ? "After the enrollment" : `After step ${at}`}
        />
        {steps[at]?.conditions.map((condition, nth) => (
          <ConditionFields key={condition.key} form={form} at={at} nth={nth} />
        ))}
        <Group>
          <Button
            size="compact-sm"
            variant="subtle"
            leftSection={<IconPlus size={14} />}
            onClick={() => form.insertListItem(`${path}.conditions`, emptyCondition(at))}
          >
            Add a condition
          </Button>
        </Group>
      </Stack>
    </Panel>
  );
}

/** Whoever does not meet it skips the step. */
function ConditionFields({ form, at, nth }: { form: SequenceFormOf; at: number; nth: number }) {
  const path = `steps.${at}.conditions.${nth}`;
  const isOfContact = form.values.steps[at]?.conditions[nth]?.kind === "contact";
  const earlier = Array.from({ length: at }, (_, before) => String(before + 1));
  return (
    <Group align="flex-start" gap="xs" role="group" aria-label={`Condition ${nth + 1} of step ${at + 1}`}>
      <Select
        aria-label="Only who"
        w={190}
        allowDeselect={false}
        data={[
          ...(at === 0
            ? []
            : [
                { value: "did", label: "Only who did" },
                { value: "did-not", label: "Only who did not" },
              ]),
          { value: "contact", label: "Only who matches" },
        ]}
        {...form.getInputProps(`${path}.kind`)}
      />
      {isOfContact ? (
        <JsonInput
          aria-label="Filter of contacts"
          placeholder='{"field": "attributes.plan", "op": "eq", "value": "pro"}'
          autosize
          flex={1}
          miw={260}
          styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
          {...form.getInputProps(`${path}.filter`)}
        />
      ) : (
        <>
          <Select
            aria-label="What"
            w={130}
            allowDeselect={false}
            data={[
              { value: "open", label: "open" },
              { value: "click", label: "click in" },
              { value: "reply", label: "reply to" },
            ]}
            {...form.getInputProps(`${path}.event`)}
          />
          <Select
            aria-label="Which step"
            w={110}
            allowDeselect={false}
            data={earlier.map((step) => ({ value: step, label: `step ${step}` }))}
            {...form.getInputProps(`${path}.step`)}
          />
        </>
      )}
      <Tool
        label={`Remove condition ${nth + 1} of step ${at + 1}`}
        onClick={() => form.removeListItem(`steps.${at}.conditions`, nth)}
      >
        <IconTrash size={16} />
      </Tool>
    </Group>
  );
}

interface ToolProps {
  label: string;
  disabled?: boolean;
  onClick: () => void;
  children: ReactNode;
}

function Tool({ label, disabled = false, onClick, children }: ToolProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={label}
        disabled={disabled}
        onClick={onClick}
        mt={4}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
}
