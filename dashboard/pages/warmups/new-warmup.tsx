import { Autocomplete, Input, SegmentedControl, SimpleGrid, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { warmupKinds, type WarmupKind } from "../../../domain/warmup-allowance.js";
import { answerOf } from "../../data/client.js";
import { FormActions } from "../../parts/form-actions.js";
import { PageHeader } from "../../parts/page-header.js";
import { useProblemForm } from "../../parts/problem-form.js";
import { tellDone } from "../../parts/telling.js";
import { PlanFields } from "./plan-fields.js";
import { blankPlan, bodyOfPlan, isFor, ownCurve, type PlanValues } from "./plan.js";
import { nodesQuery } from "./queries.js";
import { placeOf } from "./place.js";
import { useWhose } from "./whose.js";

interface StartValues extends PlanValues {
  kind: WarmupKind;
  key: string;
}

const told: Record<WarmupKind, { label: string; description: string }> = {
  node: { label: "Node", description: "The id of a node: its address is warmed up" },
  domain: { label: "Domain", description: "Of the From address, such as example.com" },
  mailbox: { label: "Mailbox", description: "The address of From, such as anna@example.com" },
};

export function NewWarmup() {
  const whose = useWhose();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const nodes = useQuery(nodesQuery(whose.api));
  const form = useForm<StartValues>({ initialValues: { kind: "node", key: "", ...blankPlan } });
  const problems = useProblemForm(form, placeOf);
  const { kind } = form.values;
  const submit = form.onSubmit((values) =>
    problems.submit(async () => {
      const body = { kind: values.kind, key: values.key.trim(), ...bodyOfPlan(values) };
      const { warmup_id: id } = await answerOf(whose.api.POST("/api/warmups", { body }));
      tellDone(`${body.key} is warming up; its first day begins at once.`);
      await queries.invalidateQueries({ queryKey: ["warmups"] });
      void navigate(`/warmups/${id}${whose.search}`);
    }),
  );
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <PageHeader
        title="A new warmup"
        description="It limits what leaves, and lets it rise; it sends nothing of its own."
        trail={[{ title: "Warmups", to: `/warmups${whose.search}` }]}
      />
      <Stack>
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <Input.Wrapper label="Kind" description="What the receiving side is to get to know">
            <SegmentedControl
              aria-label="Kind"
              fullWidth
              mt={4}
              data={[...warmupKinds]}
              value={kind}
              onChange={(next) => {
                form.setFieldValue("kind", next);
                if (!isFor(form.values.preset, next)) form.setFieldValue("preset", ownCurve);
              }}
            />
          </Input.Wrapper>
          <Autocomplete
            {...told[kind]}
            required
            data={kind === "node" ? (nodes.data?.data.map(({ node_id: id }) => id) ?? []) : []}
            {...form.getInputProps("key")}
          />
        </SimpleGrid>
        <PlanFields form={form} kind={kind} />
        <FormActions
          problems={problems}
          action="Start"
          onCancel={() => void navigate(`/warmups${whose.search}`)}
        />
      </Stack>
    </form>
  );
}
