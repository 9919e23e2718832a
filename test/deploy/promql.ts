import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parser } from "@prometheus-io/lezer-promql";
import { parse } from "yaml";
import { z } from "zod";

export const deployFolder = fileURLToPath(new URL("../../deploy", import.meta.url));
const read = (path: string): string => readFileSync(`${deployFolder}/${path}`, "utf8");

export interface Expression {
  /** File and title, for whoever has to mend it. */
  where: string;
  text: string;
}

export interface Selector {
  metric: string;
  /** Labels that it is narrowed by. */
  labels: string[];
}

const dashboard = z.looseObject({
  uid: z.string(),
  title: z.string(),
  panels: z.array(
    z.looseObject({
      id: z.int(),
      title: z.string(),
      gridPos: z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
      targets: z.array(z.looseObject({ refId: z.string(), expr: z.string(), legendFormat: z.string() })),
    }),
  ),
});

export function dashboards() {
  return readdirSync(`${deployFolder}/grafana`).map((file) => ({
    file,
    ...dashboard.parse(JSON.parse(read(`grafana/${file}`))),
  }));
}

const rules = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string(),
          expr: z.string(),
          for: z.string().optional(),
          labels: z.object({ severity: z.enum(["critical", "warning", "info"]) }),
          annotations: z.strictObject({ summary: z.string(), runbook: z.string() }),
        }),
      ),
    }),
  ),
});

export function alerts() {
  return rules.parse(parse(read("prometheus/alerts.yaml"))).groups.flatMap((group) => group.rules);
}

const scaling = z.looseObject({ autoscaling: z.looseObject({ queries: z.record(z.string(), z.string()) }) });

/** Everything that Prometheus is asked by what is deployed. */
export function expressions(): Expression[] {
  const values = scaling.parse(parse(read("helm/floe/values.yaml")));
  return [
    ...dashboards().flatMap(({ file, panels }) =>
      panels.flatMap(({ title, targets }) =>
        targets.map(({ expr }) => ({
          where: `${file}: ${title}`,
          text: expr.replaceAll("$__rate_interval", "5m"),
        })),
      ),
    ),
    ...alerts().map(({ alert, expr }) => ({ where: alert, text: expr })),
    ...Object.entries(values.autoscaling.queries).map(([role, text]) => ({ where: `KEDA: ${role}`, text })),
  ];
}

/** By Prometheus's own grammar. @throws Error naming the place of a mistake */
export function selectorsOf({ where, text }: Expression): Selector[] {
  const found: Selector[] = [];
  parser.parse(text).iterate({
    enter: ({ type, from, to, node }) => {
      if (type.isError) throw new Error(`${where}: a mistake at ${from}: ${text}`);
      if (type.name === "Identifier") found.push({ metric: text.slice(from, to), labels: [] });
      if (type.name === "LabelName" && node.parent?.name === "UnquotedLabelMatcher")
        found.at(-1)?.labels.push(text.slice(from, to));
    },
  });
  return found;
}
