import { Grid, JsonInput, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery } from "@tanstack/react-query";
import { answerOf } from "../../data/client.js";
import { useApi } from "../../data/who.js";
import {
  AudienceFields,
  nothingComposed,
  SenderFields,
  type ComposingValues,
} from "../../parts/composing-fields.js";
import { FormActions } from "../../parts/form-actions.js";
import { count } from "../../parts/numbers.js";
import { Panel } from "../../parts/panel.js";
import { useProblemForm } from "../../parts/problem-form.js";
import { TemplatePicker } from "../../parts/template-picker.js";
import { TemplatePreview } from "./template-preview.js";

export interface CampaignValues extends ComposingValues {
  template: string;
  headers: Record<string, string>;
}

export interface CampaignFormProps {
  initial?: CampaignValues;
  action: string;
  save: (values: CampaignValues) => Promise<unknown>;
  onCancel: () => void;
}

export function CampaignForm({ initial, action, save, onCancel }: CampaignFormProps) {
  const form = useForm({
    initialValues: {
      ...nothingComposed,
      template: "",
      ...initial,
      headers: JSON.stringify(initial?.headers ?? {}, null, 2),
    },
    validate: {
      name: (name) => (name.trim() === "" ? "is empty" : null),
      template: (template) => (template === "" ? "choose one" : null),
      headers: (text) =>
        headersOf(text) === null ? 'must be a JSON object, such as {"X-Team": "news"}' : null,
    },
  });
  const problems = useProblemForm(form, (field) => field.replace(/^headers\..*/, "headers"));
  const submit = form.onSubmit((values) =>
    problems.submit(() => save({ ...values, headers: headersOf(values.headers) ?? {} })),
  );
  const { list, segment, template } = form.values;
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, lg: 6 }}>
          <Stack>
            <TextInput label="Name" required {...form.getInputProps("name")} />
            <TemplatePicker {...form.getInputProps("template")} value={template} />
            <AudienceFields form={form} />
            <AudienceCount list={list} segment={segment} />
            <SenderFields form={form} />
            <JsonInput
              label="Additional headers"
              description="Of every message, as a JSON object"
              autosize
              styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
              {...form.getInputProps("headers")}
            />
            <FormActions problems={problems} action={action} onCancel={onCancel} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 6 }}>
          <Panel title="Preview">
            {template === "" ? (
              <Text size="sm" c="var(--floe-quiet)">
                Choose a template to see it.
              </Text>
            ) : (
              <TemplatePreview template={template} />
            )}
          </Panel>
        </Grid.Col>
      </Grid>
    </form>
  );
}

/** How many there are now; a send takes those that are there when it starts. */
function AudienceCount({ list, segment }: { list: string; segment: string }) {
  const api = useApi();
  const query = useQuery({
    queryKey: ["segments", "count", segment],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/segments/{segment}/count", { params: { path: { segment } }, signal })),
    enabled: segment !== "",
    refetchInterval: 30_000,
  });
  const listed = useQuery({
    queryKey: ["lists", "one", list],
    queryFn: ({ signal }) => answerOf(api.GET("/api/lists/{list}", { params: { path: { list } }, signal })),
    enabled: list !== "",
  });
  const contacts = list === "" ? query.data?.contacts : listed.data?.contact_count;
  const about = list === "" && query.data?.estimated ? "About " : "";
  if (list === "" && segment === "") return null;
  return (
    <Text size="sm" role="status">
      {contacts === undefined ? "Counting…" : `${about}${count(contacts)} contacts now`}
    </Text>
  );
}

function headersOf(text: string): Record<string, string> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, string>)
      : null;
  } catch {
    return null;
  }
}
