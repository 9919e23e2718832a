import { Checkbox, Grid, Group, JsonInput, Select, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery } from "@tanstack/react-query";
import { answerOf } from "../../data/client.js";
import { useApi } from "../../data/who.js";
import { ListPicker, SegmentPicker } from "../../parts/audience-pickers.js";
import { FormActions } from "../../parts/form-actions.js";
import { count } from "../../parts/numbers.js";
import { Panel } from "../../parts/panel.js";
import { useProblemForm } from "../../parts/problem-form.js";
import { TemplatePreview } from "./template-preview.js";

export interface CampaignValues {
  name: string;
  template: string;
  /** Names; one of the two is empty. */
  list: string;
  segment: string;
  from_email: string;
  from_name: string;
  reply_to: string;
  track_opens: boolean;
  track_clicks: boolean;
  headers: Record<string, string>;
}

export interface CampaignFormProps {
  initial?: CampaignValues;
  action: string;
  save: (values: CampaignValues) => Promise<unknown>;
  onCancel: () => void;
}

const mostNames = 1_000;

export function CampaignForm({ initial, action, save, onCancel }: CampaignFormProps) {
  const form = useForm({
    initialValues: {
      ...{ name: "", template: "", list: "", segment: "", from_email: "", from_name: "", reply_to: "" },
      ...{ track_opens: true, track_clicks: true },
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
            <Group align="flex-start">
              <ListPicker
                value={list}
                error={form.errors.list}
                onChange={(name) => form.setValues({ list: name, segment: "" })}
              />
              <SegmentPicker
                value={segment}
                error={form.errors.segment}
                onChange={(name) => form.setValues({ segment: name, list: "" })}
              />
            </Group>
            <AudienceCount list={list} segment={segment} />
            <SimpleGrid cols={{ base: 1, xs: 2 }}>
              <TextInput label="From" type="email" required {...form.getInputProps("from_email")} />
              <TextInput label="Name of the sender" {...form.getInputProps("from_name")} />
            </SimpleGrid>
            <TextInput label="Reply to" type="email" {...form.getInputProps("reply_to")} />
            <Group>
              <Checkbox label="Count opens" {...form.getInputProps("track_opens", { type: "checkbox" })} />
              <Checkbox label="Count clicks" {...form.getInputProps("track_clicks", { type: "checkbox" })} />
            </Group>
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

function TemplatePicker({
  value,
  onChange,
  error,
}: {
  value: string;
  onChange: (name: string) => void;
  error?: unknown;
}) {
  const api = useApi();
  const { data } = useQuery({
    queryKey: ["templates", "names"],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/templates", { params: { query: { limit: mostNames } }, signal })),
  });
  const names = (data?.data ?? []).map(({ name }) => ({ value: name, label: name }));
  // One version, as a draft keeps it.
  const isVersion = value !== "" && !names.some((one) => one.value === value);
  return (
    <Select
      label="Template"
      description="Its latest version, as it is now"
      required
      searchable
      limit={100}
      data={isVersion ? [{ value, label: "The version that it has" }, ...names] : names}
      value={value === "" ? null : value}
      onChange={(name) => onChange(name ?? "")}
      error={typeof error === "string" ? error : undefined}
      nothingFoundMessage="No template has this in its name"
    />
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
