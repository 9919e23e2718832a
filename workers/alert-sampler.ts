import { Gauge, type Registry } from "prom-client";
import { severities, type Severity } from "../domain/notification-kinds.js";

const everyMs = 30_000;

/** Shows how many alerts are open. Postgres away: as it last was, and `part_up` says the rest. */
export function sampleAlerts(
  count: () => Promise<{ severity: Severity; count: number }[]>,
  registry: Registry,
): { stop: () => void } {
  const open = new Gauge({
    name: "floe_alerts_open",
    help: "Alerts that are open, of the platform and of all tenants. Several orchestrators show the same.",
    labelNames: ["severity"],
    registers: [registry],
  });
  const sample = async (): Promise<void> => {
    const counts = await count();
    for (const severity of severities)
      open.set({ severity }, counts.find((one) => one.severity === severity)?.count ?? 0);
  };
  const look = (): void => void sample().catch(() => undefined);
  look();
  const timer = setInterval(look, everyMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
