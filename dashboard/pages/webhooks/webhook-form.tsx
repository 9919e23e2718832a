import { Checkbox, MultiSelect, NumberInput, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery } from "@tanstack/react-query";
import { useApi, useWho } from "../../data/who.js";
import { FormActions } from "../../parts/form-actions.js";
import { useProblemForm } from "../../parts/problem-form.js";
import { eventTypesQuery, type Webhook } from "./queries.js";

export interface WebhookValues {
  url: string;
  description: string;
  event_types: string[] | null;
  max_attempts: number;
  timeout_ms: number;
  per_second: number | null;
  concurrency: number;
  fifo: boolean;
  region: string | null;
  allow_private?: boolean;
}

export interface WebhookFormProps {
  initial?: Webhook;
  /** The verb on the button. */
  action: string;
  save: (values: WebhookValues) => Promise<unknown>;
  onCancel: () => void;
}

export function WebhookForm({ initial, action, save, onCancel }: WebhookFormProps) {
  const { session } = useWho();
  const { data: known } = useQuery(eventTypesQuery(useApi()));
  const form = useForm({
    initialValues: {
      url: initial?.url ?? "",
      description: initial?.description ?? "",
      event_types: initial?.event_types ?? [],
      max_attempts: initial?.max_attempts ?? 22,
      timeout_ms: initial?.timeout_ms ?? 15_000,
      per_second: initial?.per_second ?? "",
      concurrency: initial?.concurrency ?? 10,
      fifo: initial?.fifo ?? false,
      region: initial?.region ?? "",
      allow_private: initial?.allow_private ?? false,
    },
  });
  const problems = useProblemForm(form, (field) => field.replace(/^event_types\..*/, "event_types"));
  const submit = form.onSubmit(({ event_types: types, allow_private: inside, ...values }) =>
    problems.submit(() =>
      save({
        ...values,
        event_types: types.length === 0 ? null : types,
        per_second: values.per_second === "" ? null : Number(values.per_second),
        region: values.region || null,
        ...(session.user.admin && { allow_private: inside }),
      }),
    ),
  );
  const types = [...new Set([...(known?.data.map(({ type }) => type) ?? []), ...form.values.event_types])];
  const when = new Map(known?.data.map(({ type, when: told }) => [type, told]));
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack>
        <TextInput
          label="URL"
          type="url"
          placeholder="https://example.com/hooks"
          required
          data-autofocus
          {...form.getInputProps("url")}
        />
        <TextInput label="Description" {...form.getInputProps("description")} />
        <MultiSelect
          label="Events"
          description="Empty: every type"
          data={types}
          searchable
          clearable
          hidePickedOptions
          renderOption={({ option }) => (
            <div>
              <div>{option.value}</div>
              <small>{when.has(option.value) && `when ${when.get(option.value)}`}</small>
            </div>
          )}
          {...form.getInputProps("event_types")}
        />
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <NumberInput
            label="Requests a second"
            description="Empty: no limit"
            min={0}
            {...form.getInputProps("per_second")}
          />
          <NumberInput
            label="At once"
            description="Requests under way"
            min={1}
            max={100}
            {...form.getInputProps("concurrency")}
          />
          <NumberInput
            label="Attempts"
            description="Then it is a dead letter"
            min={1}
            max={100}
            {...form.getInputProps("max_attempts")}
          />
          <NumberInput
            label="Time for an answer"
            suffix=" ms"
            min={1_000}
            max={60_000}
            step={1_000}
            thousandSeparator=","
            {...form.getInputProps("timeout_ms")}
          />
          <TextInput
            label="Region"
            description="Of the workers that tell it; empty: any"
            {...form.getInputProps("region")}
          />
        </SimpleGrid>
        <Checkbox
          label="Keep the order of events of one key"
          description="One that fails holds back those behind it"
          {...form.getInputProps("fifo", { type: "checkbox" })}
        />
        {session.user.admin && (
          <Checkbox
            label="Lead to a private network"
            description="Only admins of the platform may allow it"
            {...form.getInputProps("allow_private", { type: "checkbox" })}
          />
        )}
        <FormActions problems={problems} action={action} onCancel={onCancel} />
      </Stack>
    </form>
  );
}
