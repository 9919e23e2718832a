import { Button, Stack, Table, Text } from "@mantine/core";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { Panel } from "./panel.js";
import { ScrollRegion } from "./scroll-region.js";
import { LoadingState } from "./states.js";

export interface ChartSeries {
  /** Field of a point. */
  id: string;
  title: string;
  /** Of Mantine, such as `blue`. */
  color: string;
}

export interface ChartPoint {
  /** ISO 8601. */
  at: string;
  /** By series; null: not known. */
  values: Record<string, number | null>;
}

export interface ChartProps {
  title: string;
  /** What the chart says, in a sentence: read out in its place. */
  summary: string;
  series: readonly ChartSeries[];
  points: readonly ChartPoint[];
  /** How a value is written. */
  format: (value: number) => string;
  /** How an instant is written below the chart. */
  formatTime: (at: Date) => string;
  kind?: "line" | "stacked";
  height?: number;
  aside?: ReactNode;
}

const Drawing = lazy(() => import("./chart-drawing.js"));

/** Values over time; the same as a table, for whoever cannot see it or wants the numbers. */
export function Chart(props: ChartProps) {
  const { title, summary, points, height = 240, aside } = props;
  const [asTable, setAsTable] = useState(false);
  const toggle = (
    <Button
      size="compact-sm"
      variant="subtle"
      color="gray"
      onClick={() => setAsTable(!asTable)}
      aria-pressed={asTable}
    >
      {asTable ? "As a chart" : "As a table"}
    </Button>
  );
  return (
    <Panel
      title={title}
      aside={
        <>
          {aside}
          {points.length > 0 && toggle}
        </>
      }
    >
      {points.length === 0 ? (
        <Text c="var(--floe-quiet)" size="sm">
          Nothing was measured in this time yet. Points appear as work is done.
        </Text>
      ) : asTable ? (
        <Values {...props} />
      ) : (
        <Stack gap="xs">
          <div role="img" aria-label={`${title}. ${summary}`}>
            <Suspense fallback={<LoadingState rows={4} />}>
              <Drawing {...props} height={height} />
            </Suspense>
          </div>
        </Stack>
      )}
    </Panel>
  );
}

function Values({ title, series, points, format, formatTime }: ChartProps) {
  return (
    <ScrollRegion label={`${title}, as a table`} maxHeight={320}>
      <Table stickyHeader verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Time</Table.Th>
            {series.map(({ id, title: name }) => (
              <Table.Th key={id} ta="right">
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody className="floe-number">
          {points.map(({ at, values }) => (
            <Table.Tr key={at}>
              <Table.Td>{formatTime(new Date(at))}</Table.Td>
              {series.map(({ id }) => (
                <Table.Td key={id} ta="right">
                  {values[id] === null || values[id] === undefined ? "—" : format(values[id])}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollRegion>
  );
}
