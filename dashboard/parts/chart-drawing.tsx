import { useComputedColorScheme } from "@mantine/core";
import {
  Area,
  AreaChart,
  CartesianGrid,
  Legend,
  Line,
  LineChart,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import type { ChartProps } from "./chart.js";

type DrawingProps = ChartProps & { height: number };

/** The part of a chart that needs a library: loaded when the first one is shown. */
export default function ChartDrawing(props: DrawingProps) {
  const { series, points, format, formatTime, kind = "line", height } = props;
  const shade = useComputedColorScheme() === "dark" ? 4 : 7;
  const data = points.map(({ at, values }) => ({ at: Date.parse(at), ...values }));
  const label = (at: unknown): string => formatTime(new Date(Number(at)));
  const common = (
    <>
      <CartesianGrid vertical={false} stroke="var(--floe-line)" />
      <XAxis
        dataKey="at"
        type="number"
        scale="time"
        domain={["dataMin", "dataMax"]}
        tickFormatter={label}
        tick={axis}
        stroke="var(--floe-line)"
        minTickGap={40}
      />
      <YAxis
        tickFormatter={(value: number) => format(value)}
        tick={axis}
        stroke="var(--floe-line)"
        width={64}
      />
      <Tooltip
        labelFormatter={label}
        formatter={(value) => (typeof value === "number" ? format(value) : "—")}
        contentStyle={tip}
        isAnimationActive={false}
      />
      {series.length > 1 && <Legend wrapperStyle={{ fontSize: 13 }} formatter={legend} />}
    </>
  );
  const color = (name: string): string => `var(--mantine-color-${name}-${shade})`;
  return (
    <ResponsiveContainer width="100%" height={height}>
      {kind === "line" ? (
        <LineChart data={data} accessibilityLayer={false}>
          {common}
          {series.map(({ id, title, color: name }) => (
            <Line
              key={id}
              dataKey={id}
              name={title}
              stroke={color(name)}
              strokeWidth={2}
              {...still}
              dot={false}
            />
          ))}
        </LineChart>
      ) : (
        <AreaChart data={data} accessibilityLayer={false}>
          {common}
          {series.map(({ id, title, color: name }) => (
            <Area
              key={id}
              dataKey={id}
              name={title}
              stackId="all"
              stroke={color(name)}
              fill={color(name)}
              fillOpacity={0.35}
              {...still}
            />
          ))}
        </AreaChart>
      )}
    </ResponsiveContainer>
  );
}

/** A series' colour marks it; as text it could not be read by everybody. */
const legend = (title: string) => <span style={{ color: "var(--mantine-color-text)" }}>{title}</span>;
const axis = { fontSize: 12, fill: "var(--floe-quiet)" };
const still = { isAnimationActive: false, type: "monotone" } as const;
const tip = {
  background: "var(--mantine-color-body)",
  border: "1px solid var(--floe-line)",
  borderRadius: 8,
  fontSize: 13,
};
