import { Router } from "express";
import { collectDefaultMetrics, Counter, Registry } from "prom-client";
import type { RateLimitCheck } from "../domain/rate-limits.js";
import { allowed, type AllowedPorts } from "./allowed.js";
import { createCallbackMetrics, type CallbackMetrics } from "./callback-metrics.js";
import { createDmarcMetrics, type DmarcMetrics } from "./dmarc-metrics.js";

export interface ApiMetrics {
  registry: Registry;
  rateLimitChecked: (check: RateLimitCheck) => void;
  signedIn: (outcome: string) => void;
  callbacks: CallbackMetrics;
  dmarc: DmarcMetrics;
}

/** Prometheus metrics of one API process. */
export function createApiMetrics(): ApiMetrics {
  const registry = new Registry();
  registry.setDefaultLabels({ role: "api" });
  collectDefaultMetrics({ register: registry });
  const checks = new Counter({
    name: "rate_limit_checks_total",
    help: "Requests that a rate limit allowed or refused.",
    labelNames: ["limit", "result"],
    registers: [registry],
  });
  const signIns = new Counter({
    name: "sign_ins_total",
    help: "Attempts of people to sign in, by what came of them.",
    labelNames: ["outcome"],
    registers: [registry],
  });
  return {
    registry,
    signedIn: (outcome) => signIns.inc({ outcome }),
    rateLimitChecked: ({ limit, allowed }) => checks.inc({ limit, result: allowed ? "allowed" : "refused" }),
    callbacks: createCallbackMetrics(registry),
    dmarc: createDmarcMetrics(registry),
  };
}

export interface MetricsRoutePorts extends AllowedPorts {
  registry: Registry;
}

const metrics = { resource: "metrics", level: "platform", method: "get" } as const;

/** `GET /metrics`: for the platform alone, because the port is open to the world. */
export function createMetricsRoutes({ registry, authentication }: MetricsRoutePorts): Router {
  const router = Router();
  router.get("/metrics", ...allowed({ authentication }, metrics), async (_request, response) => {
    response.type(registry.contentType).send(await registry.metrics());
  });
  return router;
}
