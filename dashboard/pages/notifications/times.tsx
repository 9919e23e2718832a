import { Button, Group, SegmentedControl, Select, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { Tagged } from "../../data/client.js";
import { useMay, useWho } from "../../data/who.js";
import { Panel } from "../../parts/panel.js";
import { useProblemForm } from "../../parts/problem-form.js";
import { ProblemState, QueryState } from "../../parts/states.js";
import { tellDone } from "../../parts/telling.js";
import { settingsQuery, type Settings } from "./queries.js";

const digests = [
  { value: "off", label: "As they come" },
  { value: "hourly", label: "Every hour" },
  { value: "daily", label: "Once a day" },
];

/** When somebody is told. */
export function Times() {
  const { api } = useWho();
  const query = useQuery(settingsQuery(api));
  return (
    <Panel title="When it is sent">
      <QueryState query={query}>{(seen) => <TimesForm key={seen.tag} seen={seen} />}</QueryState>
    </Panel>
  );
}

function TimesForm({ seen: { value, tag } }: { seen: Tagged<Settings> }) {
  const { api, settings } = useWho();
  const queries = useQueryClient();
  const may = useMay({ resource: "notifications", level: "self" });
  const form = useForm({
    initialValues: {
      quiet: value.quiet_hours !== null,
      from: value.quiet_hours?.from ?? "22:00",
      to: value.quiet_hours?.to ?? "07:00",
      digest: value.digest,
      digest_at: value.digest_at,
      time_zone: value.time_zone,
    },
  });
  const problems = useProblemForm(form, (field) => field.replace("quiet_hours.", ""));
  const { quiet, digest } = form.values;
  const save = form.onSubmit(
    ({ quiet, from, to, ...rest }) =>
      void problems.submit(async () => {
        const body = { ...rest, quiet_hours: quiet ? { from, to } : null };
        await api.PUT("/api/notification-settings", { body, params: { header: { "If-Match": tag } } });
        tellDone("Saved; it counts for what waits already.");
        await queries.invalidateQueries({ queryKey: ["notification-wishes", "settings"] });
      }),
  );
  return (
    <form onSubmit={save} noValidate>
      <Stack>
        <Switch
          label="Quiet hours"
          description="What is not critical waits until they end."
          {...form.getInputProps("quiet", { type: "checkbox" })}
        />
        {quiet && (
          <Group align="flex-start">
            <TextInput type="time" label="From" {...form.getInputProps("from")} />
            <TextInput type="time" label="To" {...form.getInputProps("to")} />
          </Group>
        )}
        <Stack gap={4}>
          <Text size="sm" fw={500} id="digest-of-emails">
            Emails
          </Text>
          <Group align="flex-end">
            <SegmentedControl
              size="xs"
              aria-labelledby="digest-of-emails"
              data={digests}
              {...form.getInputProps("digest")}
            />
            {digest === "daily" && <TextInput type="time" label="At" {...form.getInputProps("digest_at")} />}
          </Group>
        </Stack>
        <Select
          label="Time zone"
          description="On whose clock these times are."
          placeholder={`As Floe: ${settings.time_zone}`}
          data={Intl.supportedValuesOf("timeZone")}
          searchable
          clearable
          limit={50}
          maw={320}
          {...form.getInputProps("time_zone")}
        />
        {problems.problem && <ProblemState problem={problems.problem} />}
        {may && (
          <Group justify="flex-end">
            <Button type="submit" loading={problems.busy} disabled={!form.isDirty()}>
              Save
            </Button>
          </Group>
        )}
      </Stack>
    </form>
  );
}
