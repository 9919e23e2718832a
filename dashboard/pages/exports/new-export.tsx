import { Checkbox, MultiSelect, NumberInput, Select, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { exportKinds, filtersOf, type ExportFilter, type ExportKind } from "../../../domain/exports.js";
import { answerOf } from "../../data/client.js";
import { useApi } from "../../data/who.js";
import { ListPicker, SegmentPicker } from "../../parts/audience-pickers.js";
import { DetailDrawer } from "../../parts/detail-drawer.js";
import { FormActions } from "../../parts/form-actions.js";
import { useProblemForm } from "../../parts/problem-form.js";
import { tellDone } from "../../parts/telling.js";

const eventKinds = ["open", "click", "unsubscribe", "bounce", "complaint", "reply"] as const;
type EventKind = (typeof eventKinds)[number];

export function NewExport() {
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const form = useForm({
    initialValues: {
      kind: "contacts" as ExportKind,
      ...{ list: "", segment: "", send_id: "", campaign_id: "", from: "", to: "" },
      event_kinds: [] as EventKind[],
      gzip: false,
      raw: false,
      keep_days: 7,
    },
  });
  const problems = useProblemForm(form);
  const { kind } = form.values;
  const has = (filter: keyof ExportFilter): boolean => filtersOf[kind].includes(filter);
  const submit = form.onSubmit(({ event_kinds: events, gzip, raw, keep_days, ...texts }) =>
    problems.submit(async () => {
      const filters = Object.fromEntries(
        (
          [
            ["list"],
            ["segment"],
            ["send_id", "sendId"],
            ["campaign_id", "campaignId"],
            ["from"],
            ["to"],
          ] as const
        )
          .filter(([name, filter = name]) => texts[name] !== "" && has(filter as keyof ExportFilter))
          .map(([name]) => [name, texts[name].trim()]),
      );
      const body = {
        ...{ kind, gzip, raw, keep_days, ...filters },
        ...(has("eventKinds") && events.length > 0 && { event_kinds: events }),
      };
      const { export_id: id } = await answerOf(api.POST("/api/exports", { body }));
      tellDone("The export has begun.");
      await queries.invalidateQueries({ queryKey: ["exports"] });
      void navigate(`/exports/${id}`);
    }),
  );
  return (
    <DetailDrawer title="Start an export" backTo="/exports">
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack>
          <Select label="Of" data={[...exportKinds]} allowDeselect={false} {...form.getInputProps("kind")} />
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            {has("list") && (
              <ListPicker placeholder="All" {...form.getInputProps("list")} value={form.values.list} />
            )}
            {has("segment") && (
              <SegmentPicker
                placeholder="All"
                {...form.getInputProps("segment")}
                value={form.values.segment}
              />
            )}
            {has("sendId") && (
              <TextInput label="Send" placeholder="its id" {...form.getInputProps("send_id")} />
            )}
            {has("campaignId") && (
              <TextInput label="Campaign" placeholder="its id" {...form.getInputProps("campaign_id")} />
            )}
            {has("eventKinds") && (
              <MultiSelect
                label="Events"
                placeholder="All"
                data={[...eventKinds]}
                {...form.getInputProps("event_kinds")}
              />
            )}
            {has("from") && <TextInput type="date" label="From" {...form.getInputProps("from")} />}
            {has("to") && <TextInput type="date" label="Before" {...form.getInputProps("to")} />}
            <NumberInput
              label="Keep the file for"
              suffix=" days"
              min={1}
              max={365}
              {...form.getInputProps("keep_days")}
            />
          </SimpleGrid>
          <Checkbox label="Packed with gzip" {...form.getInputProps("gzip", { type: "checkbox" })} />
          <Checkbox
            label="Values exactly as they are"
            description="Else what a spreadsheet would run as a formula is made plain text"
            {...form.getInputProps("raw", { type: "checkbox" })}
          />
          <FormActions problems={problems} action="Start" onCancel={() => void navigate("/exports")} />
        </Stack>
      </form>
    </DetailDrawer>
  );
}
