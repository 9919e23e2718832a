import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import type { Registry } from "prom-client";

export interface HealthInput {
  port: number;
  registry: Registry;
  /** What is not ready, by name; empty: ready. */
  unready: () => string[];
}

/** `/health/live`, `/health/ready` and `/metrics` of one process. Port 0 takes any. */
export async function startHealth({
  port,
  registry,
  unready,
}: HealthInput): Promise<{ port: number; close: () => Promise<void> }> {
  const app = express().disable("x-powered-by");
  app.get("/health/live", (_request, response) => void response.json({ status: "live" }));
  app.get("/health/ready", (_request, response) => {
    const missing = unready();
    response
      .status(missing.length === 0 ? 200 : 503)
      .json({ status: missing.length === 0 ? "ready" : "not ready", missing });
  });
  app.get("/metrics", async (_request, response) => {
    response.type(registry.contentType).send(await registry.metrics());
  });
  const server = await new Promise<Server>((resolve, reject) => {
    const listening = app.listen(port, (error?: Error) => (error ? reject(error) : resolve(listening)));
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
