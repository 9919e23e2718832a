import { Anchor, Button, NumberInput, SimpleGrid, Text, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useState } from "react";
import type { WarmupKind } from "../../../domain/warmup-allowance.js";
import { curveOf } from "../../../domain/warmup-curve.js";
import { warmupPresets, type WarmupPreset } from "../../../domain/warmup-presets.js";
import { Chart } from "../../parts/chart.js";
import type { Column } from "../../parts/data-table.js";
import { count, shortCount } from "../../parts/numbers.js";
import { Panel } from "../../parts/panel.js";
import { PlainTable } from "../../parts/plain-table.js";
import { curvePoints, draftPlan, formatDay, isFor, ownCurve, type PlanValues } from "./plan.js";

/** Presets side by side, or a curve of one's own; drawn as it would be. */
export function PlanFields<Values extends PlanValues>({
  form: given,
  kind,
}: {
  form: UseFormReturnType<Values>;
  kind: WarmupKind;
}) {
  const form = given as unknown as UseFormReturnType<PlanValues>;
  const { preset } = form.values;
  const [today] = useState(() => new Date().toISOString().slice(0, 10));
  const { plan, problems } = draftPlan(form.values);
  const errorOf = (field: keyof PlanValues) => ({
    error: form.errors[field] ?? (form.isDirty(field) ? problems[field] : undefined),
  });
  const take = (name: string): void => form.setFieldValue("preset", name);
  const fitting = warmupPresets.filter((one) => isFor(one.preset, kind));
  const points = plan === null ? [] : curvePoints(plan, today);
  return (
    <>
      <Panel title="Curve">
        <PlainTable
          label="Presets"
          columns={columnsOf(preset, take)}
          rows={fitting}
          rowId={({ preset: name }) => name}
        />
        <Button
          mt="sm"
          style={{ alignSelf: "flex-start" }}
          size="compact-sm"
          variant={preset === ownCurve ? "filled" : "default"}
          aria-pressed={preset === ownCurve}
          onClick={() => take(ownCurve)}
        >
          A curve of your own
        </Button>
        {form.errors.preset && (
          <Text size="sm" c="var(--mantine-color-error)" mt="xs" role="alert">
            {form.errors.preset}
          </Text>
        )}
      </Panel>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        {preset === ownCurve && (
          <>
            <TextInput
              label="First days"
              description="Messages of each, such as 20, 30, 45"
              {...form.getInputProps("first_days")}
              {...errorOf("first_days")}
            />
            <NumberInput
              label="Then each day times"
              min={1}
              max={2}
              step={0.05}
              decimalScale={2}
              {...form.getInputProps("growth")}
              {...errorOf("growth")}
            />
            <NumberInput
              label="… and so many more"
              min={0}
              {...form.getInputProps("step")}
              {...errorOf("step")}
            />
          </>
        )}
        <NumberInput
          label="Target"
          description={
            preset === ownCurve ? "Messages a day at which it is warm" : "Messages a day; empty: the preset’s"
          }
          min={1}
          thousandSeparator=","
          {...form.getInputProps("target")}
          {...errorOf("target")}
        />
      </SimpleGrid>
      <Chart
        title="Messages a day"
        summary={`It reaches ${count(plan?.target ?? 0)} messages a day on day ${count(points.length)}.`}
        series={[{ id: "planned", title: "Planned", color: "blue" }]}
        points={points}
        format={shortCount}
        formatTime={formatDay}
        aside={
          <Text size="sm" c="var(--floe-quiet)">
            {plan === null
              ? "This curve cannot be followed yet"
              : `${count(plan.target)} a day on day ${count(points.length)}, if each day goes well`}
          </Text>
        }
      />
    </>
  );
}

function columnsOf(chosen: string, take: (preset: string) => void): Column<WarmupPreset>[] {
  return [
    {
      id: "take",
      title: "Preset",
      cell: ({ preset }) => (
        <Button
          size="compact-sm"
          variant={preset === chosen ? "filled" : "default"}
          aria-pressed={preset === chosen}
          onClick={() => take(preset)}
        >
          {preset}
        </Button>
      ),
    },
    {
      id: "first",
      title: "First days",
      align: "right",
      cell: (preset) => curveOf(preset).slice(0, 4).map(count).join(", "),
    },
    { id: "then", title: "Then", align: "right", cell: riseOf },
    { id: "target", title: "Target", align: "right", cell: ({ target }) => count(target) },
    { id: "days", title: "Days", align: "right", cell: (preset) => count(curveOf(preset).length) },
    { id: "of", title: "Of", cell: ({ total }) => (total ? "all mail" : "each provider") },
    { id: "source", title: "Source", cell: (preset) => <Source preset={preset} /> },
  ];
}

function riseOf({ growth, step }: WarmupPreset): string {
  return step > 0 ? `+ ${count(step)}` : `× ${growth}`;
}

function Source({ preset: { source } }: { preset: WarmupPreset }) {
  const address = /https:\/\/[^\s)]+/.exec(source)?.[0];
  const [name = source] = source.split(/[,:.]/);
  if (address === undefined) return name;
  return (
    <Anchor href={address} target="_blank" rel="noreferrer" size="sm" title={source}>
      {name}
    </Anchor>
  );
}
