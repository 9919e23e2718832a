import { Counter, type Registry } from "prom-client";

export interface DmarcMetrics {
  received: (result: "recorded" | "repeated" | "refused") => void;
}

export function createDmarcMetrics(registry: Registry): DmarcMetrics {
  const reports = new Counter({
    name: "dmarc_uploads_total",
    help: "DMARC aggregate reports that were uploaded, by what was done with them.",
    labelNames: ["result"],
    registers: [registry],
  });
  return { received: (result) => reports.inc({ result }) };
}
