import { Checkbox, Group, SimpleGrid, Stack, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { answerOf, type ApiClient } from "../data/client.js";
import { ListPicker, SegmentPicker } from "./audience-pickers.js";
import { Panel } from "./panel.js";

/** Who writes to whom: of campaigns, sequences and A/B tests. */
export interface ComposingValues {
  name: string;
  /** Names; one of the two is empty. */
  list: string;
  segment: string;
  from_email: string;
  from_name: string;
  reply_to: string;
  track_opens: boolean;
  track_clicks: boolean;
}

export const nothingComposed: ComposingValues = {
  ...{ name: "", list: "", segment: "", from_email: "", from_name: "", reply_to: "" },
  ...{ track_opens: true, track_clicks: true },
};

// Forms differ in what else they have.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type AnyForm = UseFormReturnType<any>;

/** All of it, where nothing stands between. */
export function ComposingPanel({ form }: { form: AnyForm }) {
  return (
    <Panel title="Who writes to whom">
      <Stack maw={760}>
        <TextInput label="Name" required {...form.getInputProps("name")} />
        <AudienceFields form={form} />
        <SenderFields form={form} />
      </Stack>
    </Panel>
  );
}

export function AudienceFields({ form }: { form: AnyForm }) {
  const { list, segment } = form.values as ComposingValues;
  return (
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
  );
}

export function SenderFields({ form }: { form: AnyForm }) {
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <TextInput label="From" type="email" required {...form.getInputProps("from_email")} />
        <TextInput label="Name of the sender" {...form.getInputProps("from_name")} />
      </SimpleGrid>
      <TextInput label="Reply to" type="email" {...form.getInputProps("reply_to")} />
      <Group>
        <Checkbox label="Count opens" {...form.getInputProps("track_opens", { type: "checkbox" })} />
        <Checkbox label="Count clicks" {...form.getInputProps("track_clicks", { type: "checkbox" })} />
      </Group>
    </>
  );
}

/** As a body has it: what is empty is left out. */
export function composed(values: ComposingValues) {
  const { list, segment, from_name, reply_to, name, from_email, track_opens, track_clicks } = values;
  const given = Object.entries({ list, segment, from_name, reply_to }).filter(([, value]) => value !== "");
  return { name, from_email, track_opens, track_clicks, ...Object.fromEntries(given) } as {
    name: string;
    from_email: string;
  };
}

/** What a draft has, as its form has it; and what the form does not show, so that it stays. */
export async function composingOf(api: ApiClient, id: string) {
  const campaign = await answerOf(
    api.GET("/api/campaigns/{campaign_id}", { params: { path: { campaign_id: id } } }),
  );
  const { list_id: listId, segment_id: segmentId } = campaign;
  const list =
    listId === null
      ? ""
      : (await answerOf(api.GET("/api/lists/{list}", { params: { path: { list: listId } } }))).name;
  const segment =
    segmentId === null
      ? ""
      : (await answerOf(api.GET("/api/segments/{segment}", { params: { path: { segment: segmentId } } })))
          .name;
  const values: ComposingValues = {
    ...{ name: campaign.name, list, segment, from_email: campaign.from_email },
    ...{ from_name: campaign.from_name ?? "", reply_to: campaign.reply_to ?? "" },
    ...{ track_opens: campaign.track_opens, track_clicks: campaign.track_clicks },
  };
  const { headers, lane, on_unknown, on_missing_variable } = campaign;
  return { values, kept: { headers, lane, on_unknown, on_missing_variable }, campaign };
}
