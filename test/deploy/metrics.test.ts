import { readFileSync } from "node:fs";
import { Runtime } from "@temporalio/worker";
import type { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { createApiMetrics } from "../../api/metrics.js";
import { createMetrics } from "../../workers/metrics.js";
import { sampleAlerts } from "../../workers/alert-sampler.js";
import { sampleParts } from "../../workers/part-sampler.js";
import { sampleTenants } from "../../workers/tenant-sampler.js";
import { temporalMetrics } from "../../workers/temporal-metrics.js";
import { request, runApi } from "../api/fixture.js";
import { freePort } from "../../runtime/embedded/process.js";
import { createAudience, createCampaign, startWorld } from "../support/world.js";
import { alerts, dashboards, expressions, selectorsOf } from "./promql.js";

const docs = new URL("../../docs/", import.meta.url);
/** Of node_exporter, the kubelet and cAdvisor. */
const ofMachines = /^(node_filesystem|kubelet_volume_stats)_/;
/** Temporal's SDK shows these with the first failure only. */
const ofFailures = ["temporal_workflow_failed", "temporal_request_failure"];

/** Names, as series have them. */
function namesOf(text: string): Set<string> {
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  return new Set(
    types.flatMap(([, name = "", type]) =>
      type === "histogram" ? ["_bucket", "_sum", "_count"].map((end) => `${name}${end}`) : [name],
    ),
  );
}

interface MetricOfRegistry {
  name: string;
  help: string;
  labelNames: string[];
}

/** Floe's own: without those that prom-client has of every process. */
function ownMetrics(): MetricOfRegistry[] {
  const worker = createMetrics("tested").registry;
  const nobody = async (): Promise<void> => undefined;
  sampleParts({ postgres: nobody, redis: nobody, temporal: nobody }, worker).stop();
  sampleTenants(async () => [], worker).stop();
  sampleAlerts(async () => [], worker).stop();
  return [worker, createApiMetrics().registry].flatMap((registry: Registry) =>
    registry
      .getMetricsAsArray()
      .map((metric) => metric as unknown as MetricOfRegistry)
      .filter(({ name }) => !/^(process|nodejs)_/.test(name)),
  );
}

describe("What dashboards, alerts and scaling ask for", () => {
  it("is what a started world shows", async () => {
    const port = await freePort();
    Runtime.install({ shutdownSignals: [], ...temporalMetrics(port) });
    const apiToken = "a-token-of-the-metrics-tests";
    const world = await startWorld();
    const { databaseUrl, redisUrl, temporal } = world.config;
    const { api, url } = await runApi(databaseUrl, { redisUrl, temporal, apiToken });
    const { tenantId } = await createAudience(world, { contacts: 2, domain: "metrics.deploy.example" });
    const send = await world.floe.campaigns.start(await createCampaign(world, tenantId));
    await world.floe.campaigns.wait(send);
    const headers = { authorization: `Bearer ${apiToken}` };
    const ofApi = await (await request(`${url}/metrics`, { headers })).text();
    const ofSdk = await (await request(`http://127.0.0.1:${port}/metrics`)).text();
    await api.close();
    const shown = namesOf([await world.metrics(), ofApi, ofSdk].join("\n"));
    for (const expression of expressions()) {
      for (const { metric } of selectorsOf(expression)) {
        if (ofMachines.test(metric) || ofFailures.includes(metric)) continue;
        expect(shown, `${expression.where} asks for ${metric}`).toContain(metric);
      }
    }
  });

  it("names labels that the metrics have", () => {
    const labels = new Map(ownMetrics().map(({ name, labelNames }) => [name, labelNames]));
    for (const expression of expressions()) {
      for (const { metric, labels: asked } of selectorsOf(expression)) {
        const known = labels.get(metric);
        for (const label of known ? asked : []) expect(known, expression.where).toContain(label);
      }
    }
  });

  it("shows every metric of Floe somewhere", () => {
    const asked = expressions().flatMap(selectorsOf);
    const names = new Set(asked.map(({ metric }) => metric.replace(/_(bucket|sum|count)$/, "")));
    expect(ownMetrics().filter(({ name }) => !names.has(name))).toEqual([]);
  });

  it("is refused where the grammar refuses it", () => {
    const wrong = { where: "a panel", text: "sum by (rate(sends_total[5m])" };
    expect(() => selectorsOf(wrong)).toThrow("a panel: a mistake");
  });

  it("is on dashboards whose panels have a number each and do not overlap", () => {
    for (const { file, panels } of dashboards()) {
      expect(new Set(panels.map(({ id }) => id)).size, file).toBe(panels.length);
      const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
      );
      expect(new Set(cells).size, file).toBe(cells.length);
    }
  });
});

describe("docs/observability.md", () => {
  const text = readFileSync(new URL("observability.md", docs), "utf8");

  it("has a row for every metric, with its labels, and no other", () => {
    const rows = [...text.matchAll(/^\| `([a-z_]+)` +\| ([^|]*?) +\| /gm)].map(([, name, labels = ""]) => ({
      name,
      labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label),
    }));
    const expected = ownMetrics().map(({ name, labelNames: labels }) => ({ name, labels }));
    const byName = (a: { name?: string }, b: { name?: string }) => (a.name ?? "").localeCompare(b.name ?? "");
    expect(rows.toSorted(byName)).toEqual(expected.toSorted(byName));
  });

  it("says of every alert what to do", () => {
    for (const { alert } of alerts()) expect(text).toContain(`\`${alert}\``);
  });

  it("and what else alerts refer to is there", () => {
    for (const { annotations } of alerts()) {
      const { runbook } = annotations;
      const [file = "", anchor] = runbook.split("#");
      const found = readFileSync(new URL(file.replace("docs/", ""), docs), "utf8");
      const anchors = [...found.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
        title
          .toLowerCase()
          .replaceAll(/[^\w -]/g, "")
          .replaceAll(" ", "-"),
      );
      if (anchor !== undefined) expect(anchors, runbook).toContain(anchor);
    }
  });
});
